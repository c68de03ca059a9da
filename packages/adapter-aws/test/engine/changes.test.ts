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
  for await (const change of driver.changes(entity, from, {
    signal: AbortSignal.timeout(20_000),
  })) {
    seen.push(change)
    if (seen.length === count) break
  }
  return seen
}

test('an entity sees its own changes in order, with the key of what was deleted', async () => {
  const value = { p: 'p', s: 'a', n: 1, mail: 'x' }
  const key = ['p', 'a']
  await driver.write([put(left, { key, id: id(1), value })], { atomic: false })
  await driver.write([put(right, { key, id: id(1), value })], { atomic: false })
  await driver.write([patch(left, { key, id: id(2), increment: { n: 1 } })], { atomic: false })
  await driver.write([{ kind: 'delete', entity: left, key, id: id(3), expect: 'present' }], {
    atomic: false,
  })
  const seen = await read(left, 3)
  expect(
    seen.map(({ type, key: of, record }) =>
      record === undefined ? { type, key: of } : { type, key: of, record },
    ),
  ).toEqual([
    { type: 'upsert', key, record: { value, version: id(1) } },
    { type: 'upsert', key, record: { value: { ...value, n: 2 }, version: id(2) } },
    { type: 'delete', key },
  ])
  const [other] = await read(right, 1)
  expect(other).toMatchObject({ type: 'upsert', key, record: { version: id(1) } })
  const again = await read(left, 2, seen[0]?.position)
  expect(again.map(({ type }) => type)).toEqual(['upsert', 'delete'])
})

test('a feed without news waits, and tells of what comes', async () => {
  const seen = await read(left, 3)
  const next = read(left, 1, seen[2]?.position)
  const value = { p: 'p', s: 'later', n: 1 }
  await driver.write([put(left, { key: ['p', 'later'], id: id(4), value })], { atomic: false })
  expect(await next).toMatchObject([{ type: 'upsert', key: ['p', 'later'] }])
})

test('a cursor of another stream, of a shard that is gone, or of no form at all is refused', async () => {
  const [change] = await read(left, 1)
  const position = JSON.parse(change?.position ?? '') as { stream: string; shards: object }
  const other = JSON.stringify({ ...position, stream: `${position.stream}x` })
  await expect(read(left, 1, other)).rejects.toMatchObject({ code: 'CURSOR_EXPIRED' })
  const gone = JSON.stringify({ ...position, shards: { 'shardId-0': '1' } })
  await expect(read(left, 1, gone)).rejects.toMatchObject({ code: 'CURSOR_EXPIRED' })
  for (const text of ['', 'null', '{}', 'x'])
    await expect(read(left, 1, text)).rejects.toMatchObject({ code: 'INVALID' })
})

test('a table without a stream is MISCONFIGURED', async () => {
  const nowhere = model('nowhere', shape, KEY)
  await expect(read(nowhere, 1)).rejects.toMatchObject({ code: 'MISCONFIGURED' })
})

test('a feed ends at once when its signal aborts while it waits', async () => {
  const slow = place.open({ pollMs: 60_000 })
  const controller = new AbortController()
  setTimeout(() => controller.abort(), 300)
  const seen: StoredChange[] = []
  for await (const change of slow.changes(left, undefined, { signal: controller.signal }))
    seen.push(change)
  expect(controller.signal.aborted).toBe(true)
  expect(seen.length).toBeGreaterThan(0)
})
