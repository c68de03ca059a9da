import type { ChangeDriver, EntityModel, StoredChange } from '@holdfast/core/driver'
import { beforeAll, expect, test } from 'vitest'
import { model, patch, put, writeId as id } from '@holdfast/contract-tests/models'
import { testPlace } from '../place.ts'

const place = testPlace()
const KEY = { partition: ['p'], sort: ['s'] } as const
const shape = { p: 'string', s: 'string', n: 'integer', mail: 'string?' } as const
const byMail = { name: 'byMail', partition: ['p'], sort: ['mail'], unique: true }
const left = model('left', shape, KEY, { group: 'feed', indexes: [byMail] })
const right = model('right', shape, KEY, { group: 'feed' })

let driver: ChangeDriver
beforeAll(async () => {
  driver = place.open()
  await driver.schema.apply([left, right])
})

const read = async (
  entity: EntityModel,
  count: number,
  from?: string,
): Promise<readonly StoredChange[]> => {
  const seen: StoredChange[] = []
  const signal = AbortSignal.timeout(20_000)
  for await (const change of driver.changes(entity, from, { signal })) {
    seen.push(change)
    if (seen.length === count) break
  }
  return seen
}
const said = (changes: readonly StoredChange[]): readonly string[] =>
  changes.map(({ type, key, record }) => `${type} ${String(key[1])} ${String(record?.value['n'])}`)
const value = (s: string, n: number) => ({ p: 'p', s, n })
const write = async (...writes: Parameters<ChangeDriver['write']>[0]) => {
  for (const one of writes) await driver.write([one], { atomic: false })
}
const gone = (entity: EntityModel, s: string, at: number) =>
  ({ kind: 'delete', entity, key: ['p', s], id: id(at), expect: 'present' }) as const

test('an entity sees its own changes in the order of their writes, deletes before and after it looks', async () => {
  await write(
    put(left, { key: ['p', 'z'], id: id(1), value: { ...value('z', 1), mail: 'x' } }),
    put(right, { key: ['p', 'r'], id: id(1), value: value('r', 1) }),
    put(left, { key: ['p', 'a'], id: id(1), value: value('a', 2) }),
    put(left, { key: ['p', 'd'], id: id(1), value: value('d', 3) }),
    gone(left, 'd', 2),
    patch(left, { key: ['p', 'z'], id: id(2), set: { n: 4 } }),
  )
  const first = await read(left, 3)
  expect(said(first)).toEqual(['delete d undefined', 'upsert a 2', 'upsert z 4'])
  const cursor = first.at(-1)?.position
  await write(gone(left, 'a', 3), put(left, { key: ['p', 'b'], id: id(1), value: value('b', 5) }))
  const next = await read(left, 2, cursor)
  expect(said(next)).toEqual(['delete a undefined', 'upsert b 5'])
  expect(said(await read(right, 1))).toEqual(['upsert r 1'])
})

test('a record that came back after a delete is told last', async () => {
  const back = model('back', shape, KEY)
  await write(
    put(back, { key: ['p', 'x'], id: id(1), value: value('x', 1) }),
    gone(back, 'x', 2),
    put(back, { key: ['p', 'x'], id: id(3), value: value('x', 3) }),
  )
  expect(said(await read(back, 2)).at(-1)).toBe('upsert x 3')
})

test('a cursor that Firestore has forgotten begins anew, and misses no delete', async () => {
  const lost = model('lost', shape, KEY)
  await write(
    put(lost, { key: ['p', 'x'], id: id(1), value: value('x', 1) }),
    put(lost, { key: ['p', 'y'], id: id(1), value: value('y', 1) }),
  )
  const [, last] = await read(lost, 2)
  await write(gone(lost, 'x', 2))
  const [time] = String(last?.position).split('.')
  for (const token of ['', Buffer.from('no token of Firestore').toString('base64')])
    expect(said(await read(lost, 2, `${time}.${token}`)).toSorted()).toEqual([
      'delete x undefined',
      'upsert y 1',
    ])
})

test('changes arrive while somebody listens', async () => {
  const live = model('live', shape, KEY)
  await write(put(live, { key: ['p', 'a'], id: id(1), value: value('a', 0) }))
  const seen: string[] = []
  const signal = AbortSignal.timeout(20_000)
  for await (const change of driver.changes(live, undefined, { signal })) {
    seen.push(...said([change]))
    const n = Number(change.record?.value['n'])
    if (n === 3) await write(gone(live, 'a', 9))
    else if (change.type === 'delete') break
    else await write(patch(live, { key: ['p', 'a'], id: id(n + 2), set: { n: n + 1 } }))
  }
  expect(seen).toEqual([
    'upsert a 0',
    'upsert a 1',
    'upsert a 2',
    'upsert a 3',
    'delete a undefined',
  ])
})

test('a record that another program removes is told as deleted while somebody listens', async () => {
  const removed = model('removed', shape, KEY)
  await write(put(removed, { key: ['p', 'a'], id: id(1), value: value('a', 1) }))
  const seen: string[] = []
  const signal = AbortSignal.timeout(20_000)
  for await (const change of driver.changes(removed, undefined, { signal })) {
    seen.push(...said([change]))
    if (change.type === 'delete') break
    await place.client().doc(`${place.prefix}removed/6p!6a!`).delete()
  }
  expect(seen).toEqual(['upsert a 1', 'delete a undefined'])
})

test('a cursor of another kind is INVALID, and one too old has expired', async () => {
  await expect(read(left, 1, '{}')).rejects.toMatchObject({ code: 'INVALID' })
  await expect(read(left, 1, '1000.QUJD')).rejects.toMatchObject({ code: 'CURSOR_EXPIRED' })
})

test('where deletes are not noted there is no feed', async () => {
  const some = place.open({ changes: ['other'] })
  const next = some.changes(left, undefined, {})[Symbol.asyncIterator]().next()
  await expect(next).rejects.toMatchObject({ code: 'MISCONFIGURED', entity: 'left' })
  expect(place.open({ changes: false }).capabilities.changes).toBe('none')
  await some.write([put(left, { key: ['q', 'a'], id: id(1), value: { p: 'q', s: 'a', n: 1 } })], {
    atomic: false,
  })
  await some.write([{ ...gone(left, 'a', 2), key: ['q', 'a'] }], { atomic: false })
  const note = await place.client().doc(`${place.prefix}left.deleted/6q!6a!`).get()
  expect(note.exists).toBe(false)
})

test('the note of a delete is removed after two days', async () => {
  const noted = model('noted', shape, KEY)
  await write(put(noted, { key: ['p', 'a'], id: id(1), value: value('a', 1) }), gone(noted, 'a', 2))
  const note = await place.client().doc(`${place.prefix}noted.deleted/6p!6a!`).get()
  const { _t: until, ...rest } = note.data() ?? {}
  expect(rest).toEqual({ _v: id(2), p: 'p', s: 'a' })
  const hours = (until.toMillis() - Date.now()) / 3_600_000
  expect(hours).toBeGreaterThan(47.9)
  expect(hours).toBeLessThan(48.1)
})

test('a feed ends at once when its signal aborts, or the store is closed', async () => {
  for (const end of ['abort', 'close'] as const) {
    const own = place.open()
    const controller = new AbortController()
    const seen: StoredChange[] = []
    setTimeout(() => (end === 'abort' ? controller.abort() : void own.close()), 300)
    for await (const change of own.changes(right, undefined, { signal: controller.signal }))
      seen.push(change)
    expect(seen).toHaveLength(1)
    await own.close()
  }
})

test('a feed that nobody reads any more keeps nobody from closing', async () => {
  const own = place.open()
  const iterator = own.changes(right, undefined, {})[Symbol.asyncIterator]()
  expect((await iterator.next()).value).toMatchObject({ type: 'upsert' })
  const started = Date.now()
  await own.close()
  expect(Date.now() - started).toBeLessThan(2000)
  expect(await iterator.next()).toMatchObject({ done: true })
})
