import { beforeEach, expect, test } from 'vitest'
import * as z from 'zod'
import {
  append,
  createStore,
  defineActor,
  defineEntity,
  increment,
  type UnrestrictedStore,
} from '@holdfast/core'
import type { Driver, GetOptions, QueryRequest, Write } from '@holdfast/core/driver'
import { memory } from '@holdfast/core/memory'
import { caught } from './support/caught.ts'
import { VendorError } from './support/scripted-driver.ts'
import { virtualClock } from './support/virtual-clock.ts'

// The stores that tests run on are never stale, so what is asked of them is what counts.
const Note = defineEntity('note', {
  schema: z.object({
    id: z.string(),
    n: z.int().default(0),
    tags: z.array(z.string()).default([]),
  }),
  key: { partition: ['id'] },
  indexes: { byN: { partition: ['n'] } },
})
const entities = { notes: Note }
const actor = defineActor(z.object({ roles: z.array(z.string()) }))

let gets: GetOptions[]
let queries: QueryRequest[]
/** Whether the answer to the next write is lost, and what happens meanwhile. */
let onWrite: ((writes: readonly Write[]) => Promise<void>) | undefined
let inner: Driver
let db: UnrestrictedStore<typeof entities>

const open = (driver: Driver): UnrestrictedStore<typeof entities> =>
  createStore({ adapter: driver, entities, actor, clock: virtualClock() }).unrestricted('test')

beforeEach(async () => {
  inner = memory()
  gets = []
  queries = []
  onWrite = undefined
  db = open({
    ...inner,
    capabilities: { ...inner.capabilities, indexConsistency: 'eventual' },
    classify: (error) => (error instanceof VendorError ? error.meaning : inner.classify(error)),
    get: (entity, keys, options) => {
      gets.push(options)
      return inner.get(entity, keys, options)
    },
    query: (request, options) => {
      queries.push(request)
      return inner.query(request, options)
    },
    write: async (writes, options) => {
      const meanwhile = onWrite
      onWrite = undefined
      const results = await inner.write(writes, options)
      await meanwhile?.(writes)
      // A store need not say which record refused.
      return results.map((one) => (one.applied ? one : { applied: false }))
    },
  })
  await db.notes.create({ id: 'a' })
})

const asked = (): readonly unknown[] => gets.map(({ consistency }) => consistency)

test('a decision is taken on a strong read', async () => {
  await db.notes.update({ id: 'a' }, { tags: append('x') })
  expect(asked()).toEqual(['strong'])
})

test('what became of a write is asked by a strong read, with the history', async () => {
  onWrite = async () => {
    throw new VendorError({ outcome: 'unknown' })
  }
  await db.notes.update({ id: 'a' }, { n: increment(1) })
  expect(gets).toMatchObject([{ consistency: 'strong', history: true }])
  expect(await db.notes.get({ id: 'a' })).toMatchObject({ n: 1 })
})

test('a transaction reads strongly', async () => {
  await db.transaction(async (tx) => {
    await tx.notes.get({ id: 'a' })
    await tx.notes.update({ id: 'b' }, { n: 1 }).catch(() => undefined)
  })
  expect(asked()).toEqual(['strong', 'strong'])
})

test('a query is strong unless it is asked to be eventual', async () => {
  await db.notes.find({ where: { id: 'a' } })
  await db.notes.count({ where: { id: 'a' } })
  await db.notes.find({ where: { id: 'a' }, consistency: 'eventual' })
  expect(queries.map(({ consistency }) => consistency)).toEqual(['strong', 'strong', 'eventual'])
})

test('a strong read along an index that lags is refused before any call', async () => {
  const error = await caught(() => db.notes.find({ where: { n: 0 }, consistency: 'strong' }))
  expect(error).toMatchObject({ code: 'UNSUPPORTED', entity: 'note' })
  expect(queries).toEqual([])
  expect((await db.notes.find({ where: { n: 0 } })).items).toHaveLength(1)
  expect(
    (await open(inner).notes.find({ where: { n: 0 }, consistency: 'strong' })).items,
  ).toHaveLength(1)
})

test('a count adds up the pages in which a store counts', async () => {
  const counting = open({
    ...inner,
    query: async ({ after }) => ({
      records: [],
      count: after === undefined ? 3 : 4,
      ...(after === undefined ? { next: ['a'] } : {}),
    }),
  })
  expect(await counting.notes.count({ scan: true })).toBe(7)
})
