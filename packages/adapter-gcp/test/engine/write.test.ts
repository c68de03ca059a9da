import { Timestamp } from '@google-cloud/firestore'
import { Decimal, type ChangeDriver, type Filter, type WriteResult } from '@holdfast/core/driver'
import { beforeAll, describe, expect, test } from 'vitest'
import { model, patch, put, request, writeId as id } from '@holdfast/contract-tests/models'
import { testPlace } from '../place.ts'

const place = testPlace()
const KEY = { partition: ['p'], sort: ['s'] } as const
const byState = { name: 'byState', partition: ['p', 'state'], sort: ['rank'], unique: false }
const paper = model(
  'paper',
  {
    p: 'string',
    s: 'string',
    state: 'string?',
    rank: 'integer?',
    note: 'string?',
    ends: 'date?',
    big: 'bigint?',
    cost: 'decimal?',
    'odd `name': 'json?',
  },
  KEY,
  { indexes: [byState], expiresAt: 'ends' },
)

let driver: ChangeDriver
beforeAll(async () => {
  driver = place.open()
  await driver.schema.apply([paper])
})

const document = (s: string) => place.client().doc(`${place.prefix}paper/6p!6${s}!`)
const raw = async (s: string) => (await document(s).get()).data() ?? {}
const one = async (...writes: Parameters<ChangeDriver['write']>[0]): Promise<WriteResult> => {
  const [result] = await driver.write(writes, { atomic: false })
  if (result === undefined) throw new Error('no result')
  return result
}
const stored = async (s: string) => (await driver.get(paper, [['p', s]], { history: true }))[0]
const inIndex = async (state: string): Promise<unknown[]> => {
  const page = await driver.query(request(paper, { index: byState, partition: ['p', state] }), {})
  return page.records.map(({ value }) => value['s'])
}
const full = (s: string, more: object = {}) => ({ p: 'p', s, ...more })

test('what is stored is readable: fields under their names, ours beginning with _', async () => {
  const ends = new Date('2999-01-01T00:00:00.500Z')
  const value = full('a', {
    state: 'open',
    rank: 7,
    ends,
    big: 2n ** 62n,
    cost: Decimal.from('19.99'),
    'odd `name': [[1]],
  })
  await one(put(paper, { key: ['p', 'a'], id: id(1), value }))
  await one(put(paper, { key: ['p', 'a'], id: id(2, 'B'), value: { ...value, note: 'n' } }))
  expect(await raw('a')).toEqual({
    _v: id(2, 'B'),
    _h: { A: id(1), B: id(2, 'B') },
    _k: '6p!6a!',
    _i_byState: '6p!6open!425017!',
    p: 'p',
    s: 'a',
    state: 'open',
    rank: 7n,
    note: 'n',
    ends: Timestamp.fromDate(ends),
    big: String(2n ** 62n),
    cost: '19.99',
    'odd `name': [{ $a: [1n] }],
  })
  expect((await stored('a'))?.value).toEqual({ ...value, note: 'n' })
})

test('a record keeps the newest version of each lane, through puts and patches', async () => {
  const key = ['p', 'hist']
  const ids: Record<string, string> = {}
  for (const [at, lane] of [...'BABCAPBA'].entries()) {
    const version = (ids[lane] = id(at, lane))
    await one(
      at % 2 === 0
        ? put(paper, { key, id: version, value: full('hist') })
        : patch(paper, { key, id: version, set: { note: `${at}` } }),
    )
    const record = await stored('hist')
    expect(record?.version).toBe(version)
    expect(record?.history?.match(/.{22}/g)?.toSorted()).toEqual(Object.values(ids).toSorted())
  }
})

test('a refusal tells which record refused, with its history', async () => {
  const key = ['p', 'guard']
  await one(put(paper, { key, id: id(5), value: full('guard', { rank: 1 }) }))
  const current = { value: full('guard', { rank: 1 }), version: id(5), history: id(5) }
  const late = await one(put(paper, { key, id: id(4), value: full('guard') }))
  expect(late).toEqual({ applied: false, current })
  const again = await one(put(paper, { key, id: id(5), value: full('guard') }))
  expect(again).toEqual({ applied: false, current })
  const other = patch(paper, { key, id: id(6), version: id(3), set: { rank: 2 } })
  expect(await one(other)).toEqual({ applied: false, current })
  const condition: Filter = { op: 'gt', field: 'rank', value: 1 }
  const wrong = { kind: 'delete', entity: paper, key, id: id(6), expect: 'present' } as const
  expect(await one({ ...wrong, condition })).toEqual({ applied: false, current })
  const none = patch(paper, { key: ['p', 'nobody'], id: id(6), set: { rank: 2 } })
  expect(await one(none)).toEqual({ applied: false, current: null })
  const create = put(paper, { key, id: id(6), expect: 'absent', value: full('guard') })
  expect(await one(create)).toEqual({ applied: false })
})

describe('a write on a version read before', () => {
  const write = (s: string, at: number, version: string) =>
    put(paper, {
      key: ['p', s],
      id: id(at),
      expect: 'present',
      version,
      value: full(s, { rank: at }),
    })

  test('keeps what other programs and other lanes wrote', async () => {
    await one(
      put(paper, { key: ['p', 'seen'], id: id(1, 'C'), value: full('seen', { note: 'n' }) }),
    )
    await document('seen').update({ theirs: 'kept' })
    await stored('seen')
    expect(await one(write('seen', 2, id(1, 'C')))).toEqual({ applied: true })
    expect(await raw('seen')).toMatchObject({
      theirs: 'kept',
      rank: 2n,
      _h: { A: id(2), C: id(1, 'C') },
    })
    expect(await raw('seen')).not.toHaveProperty('note')
  })

  test('is refused when the record has changed since, or is gone', async () => {
    for (const s of ['changed', 'gone']) {
      await one(put(paper, { key: ['p', s], id: id(1), value: full(s) }))
      await stored(s)
    }
    const other = place.open()
    await other.write([patch(paper, { key: ['p', 'changed'], id: id(2), set: { note: 'x' } })], {
      atomic: false,
    })
    await document('gone').delete()
    expect(await one(write('changed', 3, id(1)))).toMatchObject({
      applied: false,
      current: { version: id(2) },
    })
    expect(await one(write('gone', 3, id(1)))).toEqual({ applied: false, current: null })
  })

  test('is refused though the newer one was read too', async () => {
    await one(put(paper, { key: ['p', 'newer'], id: id(1), value: full('newer') }))
    await stored('newer')
    await one(patch(paper, { key: ['p', 'newer'], id: id(2), set: { note: 'x' } }))
    await stored('newer')
    expect(await one(write('newer', 3, id(1)))).toMatchObject({
      applied: false,
      current: { version: id(2) },
    })
  })

  test('is applied though another program touched the record and left its version', async () => {
    await one(put(paper, { key: ['p', 'touched'], id: id(1), value: full('touched') }))
    await stored('touched')
    await document('touched').update({ theirs: 1 })
    expect(await one(write('touched', 2, id(1)))).toEqual({ applied: true })
  })
})

describe('a patch of an indexed field', () => {
  test('moves the record within the index by what else is stored', async () => {
    const key = ['p', 'move']
    await one(put(paper, { key, id: id(1), value: full('move', { state: 'old', rank: 1 }) }))
    const result = await one(patch(paper, { key, id: id(2, 'B'), set: { state: 'new' } }))
    expect(result).toEqual({
      applied: true,
      record: { value: full('move', { state: 'new', rank: 1 }), version: id(2, 'B') },
    })
    expect([await inIndex('old'), await inIndex('new')]).toEqual([[], ['move']])
  })

  test('takes the record out of the index when it is removed, or null in its partition', async () => {
    for (const [s, change] of [
      ['out1', { remove: ['rank'] }],
      ['out2', { set: { state: null } }],
    ] as const) {
      const key = ['p', s]
      await one(put(paper, { key, id: id(1), value: full(s, { state: s, rank: 1 }) }))
      expect(await inIndex(s)).toEqual([s])
      await one(patch(paper, { key, id: id(2), ...change }))
      expect(await inIndex(s)).toEqual([])
      expect(await raw(s)).not.toHaveProperty('_i_byState')
    }
  })

  test('leaves the fields of other programs alone', async () => {
    const key = ['p', 'extra']
    await one(put(paper, { key, id: id(1), value: full('extra', { state: 'x' }) }))
    await document('extra').update({ theirs: 'kept' })
    await one(patch(paper, { key, id: id(2), set: { state: 'y' }, increment: { rank: 2 } }))
    expect(await raw('extra')).toMatchObject({ theirs: 'kept', state: 'y', rank: 2n })
  })

  test('loses nothing when many change the record at once', async () => {
    const key = ['p', 'race']
    await one(put(paper, { key, id: id(1), value: full('race', { state: 's', rank: 0 }) }))
    const writes = Array.from({ length: 8 }, (_, at) =>
      patch(paper, { key, id: id(at + 2), increment: { rank: 1 } }),
    )
    const results = await Promise.all(writes.map((write) => one(write)))
    const applied = results.filter((result) => result.applied).length
    expect(applied).toBeGreaterThan(0)
    expect((await stored('race'))?.value['rank']).toBe(applied)
  })
})

test('an increment counts null and missing as 0', async () => {
  const key = ['p', 'zero']
  await one(put(paper, { key, id: id(1), value: full('zero', { rank: null }) }))
  const write = patch(paper, { key, id: id(2), increment: { rank: 3, big: 2n ** 62n } })
  expect(await one(write)).toMatchObject({
    applied: true,
    record: { value: { rank: 3, big: 2n ** 62n }, version: id(2) },
  })
})

test('a document that another program made without a version can be read, guarded and written', async () => {
  await document('alien').set({ p: 'p', s: 'alien' })
  const key = ['p', 'alien']
  expect(await stored('alien')).toEqual({ value: full('alien'), version: '', history: '' })
  const create = put(paper, { key, id: id(1), expect: 'absent', value: full('alien') })
  expect(await one(create)).toMatchObject({ applied: false })
  const write = patch(paper, { key, id: id(2), version: '', set: { note: 'ours' } })
  expect(await one(write)).toMatchObject({ applied: true })
  expect(await stored('alien')).toMatchObject({ version: id(2), history: id(2) })
})

describe('a list that is not atomic', () => {
  test('has one outcome for each write', async () => {
    await one(put(paper, { key: ['p', 'b1'], id: id(5), value: full('b1') }))
    await one(put(paper, { key: ['p', 'b4'], id: id(1), value: full('b4', { rank: 1 }) }))
    await one(put(paper, { key: ['p', 'b5'], id: id(1), value: full('b5') }))
    const results = await driver.write(
      [
        put(paper, { key: ['p', 'b1'], id: id(6), expect: 'absent', value: full('b1') }),
        put(paper, { key: ['p', 'b2'], id: id(6), expect: 'absent', value: full('b2') }),
        put(paper, { key: ['p', 'b1'], id: id(4), value: full('b1') }),
        patch(paper, { key: ['p', 'b4'], id: id(6), increment: { rank: 1 } }),
        { kind: 'delete', entity: paper, key: ['p', 'b5'], id: id(6), expect: 'present' },
        { kind: 'delete', entity: paper, key: ['p', 'b6'], id: id(6), expect: 'present' },
      ],
      { atomic: false },
    )
    expect(results).toEqual([
      { applied: false },
      { applied: true },
      { applied: false, current: { value: full('b1'), version: id(5), history: id(5) } },
      { applied: true, record: { value: full('b4', { rank: 2 }), version: id(6) } },
      { applied: true, record: { value: full('b5'), version: id(1) } },
      { applied: false, current: null },
    ])
    expect(await stored('b5')).toBeUndefined()
  })

  test('of large records is sent in parts', async () => {
    const note = 'x'.repeat(300_000)
    const writes = Array.from({ length: 40 }, (_, at) =>
      put(paper, {
        key: ['large', `k${at}`],
        id: id(1),
        expect: 'absent',
        value: { p: 'large', s: `k${at}`, note },
      }),
    )
    const results = await driver.write(writes, { atomic: false })
    expect(results.every(({ applied }) => applied)).toBe(true)
    const count = await driver.query(request(paper, { partition: ['large'], count: true }), {})
    expect(count.count).toBe(40)
  })
})

describe('an atomic list', () => {
  test('tells the new state of what it patched, and the old of what it deleted', async () => {
    await one(put(paper, { key: ['p', 't1'], id: id(1), value: full('t1', { rank: 1 }) }))
    await one(put(paper, { key: ['p', 't3'], id: id(1), value: full('t3') }))
    const results = await driver.write(
      [
        patch(paper, { key: ['p', 't1'], id: id(2), increment: { rank: 1 } }),
        put(paper, { key: ['p', 't2'], id: id(2), value: full('t2') }),
        { kind: 'delete', entity: paper, key: ['p', 't3'], id: id(2), expect: 'present' },
      ],
      { atomic: true },
    )
    expect(results).toEqual([
      { applied: true, record: { value: full('t1', { rank: 2 }), version: id(2) } },
      { applied: true },
      { applied: true, record: { value: full('t3'), version: id(1) } },
    ])
  })

  test('that is sent again after it was done is refused by what it did', async () => {
    const writes = ['u1', 'u2'].map((s) =>
      put(paper, { key: ['p', s], id: id(7), expect: 'absent', value: full(s) }),
    )
    await driver.write(writes, { atomic: true })
    const again = await driver.write(writes, { atomic: true })
    expect(again).toMatchObject([
      { applied: false, current: { version: id(7), history: id(7) } },
      { applied: false, current: { version: id(7), history: id(7) } },
    ])
  })

  test('writes nothing when one is refused, and says by which record', async () => {
    await one(put(paper, { key: ['p', 'v1'], id: id(5), value: full('v1') }))
    const results = await driver.write(
      [
        put(paper, { key: ['p', 'v2'], id: id(6), value: full('v2') }),
        put(paper, { key: ['p', 'v1'], id: id(6), expect: 'absent', value: full('v1') }),
        { kind: 'check', entity: paper, key: ['p', 'v3'], id: id(6), expect: 'present' },
      ],
      { atomic: true },
    )
    expect(results.map(({ applied }) => applied)).toEqual([true, false, false])
    expect(results[1]).toMatchObject({ current: { version: id(5) } })
    expect(results[2]).toMatchObject({ current: null })
    expect(await stored('v2')).toBeUndefined()
    // Nothing is held: a write that follows does not wait.
    const started = Date.now()
    await one(put(paper, { key: ['p', 'v1'], id: id(8), value: full('v1') }))
    expect(Date.now() - started).toBeLessThan(5000)
  })

  test('holds what it only checks', async () => {
    await one(put(paper, { key: ['p', 'w1'], id: id(1), value: full('w1') }))
    const check = (s: string, more: object) => ({
      kind: 'check' as const,
      entity: paper,
      key: ['p', s],
      id: id(6),
      ...more,
    })
    const writes = [
      check('w1', { expect: 'present' as const, version: id(1) }),
      check('w2', { expect: 'absent' as const }),
      put(paper, { key: ['p', 'w3'], id: id(6), expect: 'absent', value: full('w3') }),
    ] as Parameters<ChangeDriver['write']>[0]
    expect(await driver.write(writes, { atomic: true })).toEqual([
      { applied: true },
      { applied: true },
      { applied: true },
    ])
    expect((await stored('w1'))?.version).toBe(id(1))
  })
})
