import { GetItemCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import type { ChangeDriver, Filter, IndexModel, WriteResult } from '@holdfast/core/driver'
import { beforeAll, describe, expect, test } from 'vitest'
import { model, patch, put, request, writeId as id } from '@holdfast/contract-tests/models'
import { testPlace } from '../place.ts'

const place = testPlace()
const KEY = { partition: ['p'], sort: ['s'] } as const
const byState: IndexModel = {
  name: 'byState',
  partition: ['p', 'state'],
  sort: ['rank'],
  unique: false,
}
const paper = model(
  'paper',
  { p: 'string', s: 'string', state: 'string?', rank: 'integer?', note: 'string?', ends: 'date?' },
  KEY,
  { indexes: [byState], expiresAt: 'ends' },
)
const wide = model(
  'wide',
  {
    p: 'string',
    s: 'string',
    ...Object.fromEntries(Array.from({ length: 400 }, (_, at) => [`f${at}`, 'integer?'] as const)),
  },
  KEY,
)

let driver: ChangeDriver
beforeAll(async () => {
  driver = place.open()
  await driver.schema.apply([paper, wide])
})

const table = (): string => `${place.prefix}paper`
const rawKey = (s: string) => ({ _p: { S: 'p!paper' }, _s: { S: `6${s}!` } })
const raw = async (s: string) =>
  (await place.client().send(new GetItemCommand({ TableName: table(), Key: rawKey(s) }))).Item ?? {}
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
  const value = full('a', { state: 'open', rank: 7, ends })
  await one(put(paper, { key: ['p', 'a'], id: id(1), value }))
  await one(put(paper, { key: ['p', 'a'], id: id(2, 'B'), value: { ...value, note: 'n' } }))
  const { _hA, _hB, _v, ...rest } = await raw('a')
  expect([_v, _hA, _hB]).toEqual([{ S: id(2, 'B') }, { S: id(1) }, { S: id(2, 'B') }])
  expect(rest).toMatchObject({
    ...rawKey('a'),
    _e: { S: 'paper' },
    // Whole seconds, never before the instant itself.
    _t: { N: String(Math.ceil(ends.getTime() / 1000)) },
    '_p.byState': { S: 'p!paper!open' },
    '_s.byState': { S: '425017!6a!' },
    p: { S: 'p' },
    s: { S: 'a' },
    state: { S: 'open' },
    rank: { N: '7' },
    note: { S: 'n' },
    ends: { S: '2999-01-01T00:00:00.500Z' },
  })
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
    const { A = '', B = '', C = '', P = '' } = ids
    expect(await stored('hist')).toMatchObject({ version, history: A + B + C + P })
  }
})

test('a refusal tells which record refused, with its history, in the same call', async () => {
  const key = ['p', 'guard']
  await one(put(paper, { key, id: id(5), value: full('guard', { rank: 1 }) }))
  const current = { value: full('guard', { rank: 1 }), version: id(5), history: id(5) }
  const late = await one(put(paper, { key, id: id(4), value: full('guard') }))
  expect(late).toEqual({ applied: false, current })
  const other = patch(paper, { key, id: id(6), version: id(3), set: { rank: 2 } })
  expect(await one(other)).toEqual({ applied: false, current })
  const condition: Filter = { op: 'gt', field: 'rank', value: 1 }
  const wrong = { kind: 'delete', entity: paper, key, id: id(6), expect: 'present' } as const
  expect(await one({ ...wrong, condition })).toEqual({ applied: false, current })
  const none = patch(paper, { key: ['p', 'nobody'], id: id(6), set: { rank: 2 } })
  expect(await one(none)).toEqual({ applied: false, current: null })
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
    expect((await stored('move'))?.history).toBe(id(1, 'A') + id(2, 'B'))
  })

  test('takes the record out of the index when it is removed, or null in its partition', async () => {
    for (const [s, change] of [
      ['out1', { remove: ['rank'] }],
      ['out2', { set: { state: null } }],
      ['out3', { set: { state: null, rank: 3 } }],
    ] as const) {
      await one(put(paper, { key: ['p', s], id: id(1), value: full(s, { state: s, rank: 1 }) }))
      expect(await inIndex(s)).toEqual([s])
      await one(patch(paper, { key: ['p', s], id: id(2), ...change }))
      expect(await inIndex(s)).toEqual([])
    }
  })

  test('keeps what another program added to the item', async () => {
    const key = ['p', 'extra']
    await one(put(paper, { key, id: id(1), value: full('extra', { state: 'x', rank: 1 }) }))
    const change = {
      TableName: table(),
      Key: rawKey('extra'),
      UpdateExpression: 'SET theirs = :1',
      ExpressionAttributeValues: { ':1': { S: 'kept' } },
    }
    await place.client().send(new UpdateItemCommand(change))
    await one(patch(paper, { key, id: id(2), set: { state: 'y' } }))
    expect((await raw('extra'))['theirs']).toEqual({ S: 'kept' })
  })

  test('loses nothing when many change the record at once', async () => {
    const key = ['p', 'race']
    await one(put(paper, { key, id: id(1), value: full('race', { state: 's', rank: 0 }) }))
    const writes = Array.from({ length: 8 }, (_, at) =>
      patch(paper, { key, id: id(at + 2), increment: { rank: 1 } }),
    )
    const results = await driver.write(writes, { atomic: false })
    const applied = results.filter((result) => result.applied).length
    expect(applied).toBeGreaterThan(0)
    expect((await stored('race'))?.value['rank']).toBe(applied)
  })
})

test('an increment counts null and missing as 0', async () => {
  const counter = model('counter', { p: 'string', s: 'string', n: 'integer?', b: 'bigint?' }, KEY)
  await driver.schema.apply([counter])
  const key = ['p', 'x']
  await one(put(counter, { key, id: id(1), value: full('x', { n: null }) }))
  const write = patch(counter, { key, id: id(2), increment: { n: 3, b: 2n ** 62n } })
  expect(await one(write)).toMatchObject({
    applied: true,
    record: { value: { n: 3, b: 2n ** 62n }, version: id(2) },
  })
})

test('a record with more fields than an expression takes is written and patched all the same', async () => {
  const key = ['p', 'w']
  const fields = Object.fromEntries(Array.from({ length: 400 }, (_, at) => [`f${at}`, at]))
  await one(put(wide, { key, id: id(1, 'A'), value: full('w') }))
  await one(put(wide, { key, id: id(2, 'B'), value: full('w', fields) }))
  const more = Object.fromEntries(Object.entries(fields).map(([name, at]) => [name, at + 1]))
  await one(patch(wide, { key, id: id(3, 'A'), set: more }))
  const [record] = await driver.get(wide, [key], { history: true })
  expect(record).toEqual({
    value: full('w', more),
    version: id(3),
    history: id(3, 'A') + id(2, 'B'),
  })
  const stale = put(wide, { key, id: id(2), value: full('w', fields) })
  expect(await one(stale)).toMatchObject({ applied: false, current: { version: id(3) } })
})

test('a condition larger than an expression is judged all the same', async () => {
  const key = ['p', 'large']
  await one(put(paper, { key, id: id(1), value: full('large', { rank: 350 }) }))
  const of = Array.from({ length: 400 }, (_, at): Filter => ({
    op: 'eq',
    field: 'rank',
    value: at,
  }))
  const condition: Filter = { op: 'or', of }
  const right = patch(paper, { key, id: id(2), set: { note: 'in' }, condition })
  expect(await one(right)).toMatchObject({ applied: true })
  const wrong = patch(paper, {
    key,
    id: id(3),
    set: { note: 'out' },
    condition: { op: 'not', of: condition },
  })
  expect(await one(wrong)).toMatchObject({ applied: false, current: { version: id(2) } })
})

test('an item that another program made without a version can be read, guarded and written', async () => {
  const Item = { ...rawKey('alien'), p: { S: 'p' }, s: { S: 'alien' }, _e: { S: 'paper' } }
  await place.client().send(new PutItemCommand({ TableName: table(), Item }))
  const key = ['p', 'alien']
  expect(await stored('alien')).toEqual({ value: full('alien'), version: '', history: '' })
  const create = put(paper, { key, id: id(1), expect: 'absent', value: full('alien') })
  expect(await one(create)).toMatchObject({ applied: false })
  const write = patch(paper, { key, id: id(2), version: '', set: { note: 'ours' } })
  expect(await one(write)).toMatchObject({ applied: true })
  expect(await stored('alien')).toMatchObject({ version: id(2), history: id(2) })
})

describe('an atomic list', () => {
  test('tells the new state of what it patched, and the old of what it deleted', async () => {
    await one(put(paper, { key: ['p', 't1'], id: id(1), value: full('t1', { rank: 1 }) }))
    const results = await driver.write(
      [
        patch(paper, { key: ['p', 't1'], id: id(2), increment: { rank: 1 } }),
        put(paper, { key: ['p', 't2'], id: id(2), value: full('t2') }),
      ],
      { atomic: true },
    )
    expect(results).toEqual([
      { applied: true, record: { value: full('t1', { rank: 2 }), version: id(2) } },
      { applied: true },
    ])
  })

  test('that is sent again after it was done is done once', async () => {
    const writes = ['u1', 'u2'].map((s) =>
      put(paper, { key: ['p', s], id: id(7), expect: 'absent', value: full(s) }),
    )
    const first = await driver.write(writes, { atomic: true })
    expect(await driver.write(writes, { atomic: true })).toEqual(first)
    expect((await stored('u1'))?.history).toBe(id(7))
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
  })
})
