import { expect, test } from 'vitest'
import * as z from 'zod'
import { createStore, defineActor, defineEntity, definePolicy, gt } from '@holdfast/core'
import type { Driver, WriteResult } from '@holdfast/core/driver'
import { memory } from '@holdfast/core/memory'
import { scriptedDriver, VendorError } from './support/scripted-driver.ts'
import { virtualClock } from './support/virtual-clock.ts'

/** Bulk calls whose writes depend on what is stored, over a store that evaluates no conditions. */
const Note = defineEntity('note', {
  schema: z.object({ id: z.string(), text: z.string(), state: z.enum(['open', 'final']) }),
  key: { partition: ['id'] },
})
const actor = defineActor(z.object({ roles: z.array(z.string()) }))
const policy = definePolicy(Note, actor, ({ allow }) => ({
  create: [allow('editor')],
  read: [allow('editor')],
  update: [allow('editor', { state: 'open' }, { fields: 'all', check: { id: gt('') } })],
  delete: [allow('editor', { state: 'open' })],
}))

const scene = (change: (driver: Driver) => Partial<Driver> = () => ({})) => {
  const inner = memory()
  const { driver, ...scripted } = scriptedDriver(inner)
  const base = { ...driver, pushes: () => false }
  /** Each process draws its ids by its own chance. */
  const open = (adapter: Driver, chance: number) => {
    const clock = virtualClock()
    clock.chance = chance
    return createStore({ adapter, entities: { notes: Note }, actor, policies: [policy], clock })
  }
  return {
    ...scripted,
    db: open({ ...base, ...change(base) }, 0.5).as({ roles: ['editor'] }),
    others: open(inner, 0.9).unrestricted('test').notes,
  }
}

const note = (id: string, text: string, state: 'open' | 'final' = 'open') => ({ id, text, state })

test('what depends on the stored records takes one read and one list of writes', async () => {
  const { db, others, gets, writes } = scene()
  await others.putMany([note('a', 'old'), note('b', 'old', 'final')])
  const results = await db.notes.putMany([
    note('a', 'new'),
    note('b', 'new'),
    note('c', 'new'),
    note('a', 'newer'),
  ])
  expect(results.map((one) => (one.ok ? one.value : one.error.code))).toEqual([
    note('a', 'new'),
    'FORBIDDEN',
    note('c', 'new'),
    note('a', 'newer'),
  ])
  // The second write of a key follows alone, on what it reads by itself.
  expect([gets, writes.map((list) => list.length)]).toEqual([
    [3, 1],
    [2, 1],
  ])
  const deleted = await db.notes.deleteMany([{ id: 'a' }, { id: 'b' }, { id: 'x' }])
  expect(deleted.map((one) => (one.ok ? one.value : one.error.code))).toEqual([
    note('a', 'newer'),
    'FORBIDDEN',
    undefined,
  ])
  expect(await others.getMany(['a', 'b', 'c'].map((id) => ({ id })))).toEqual([
    undefined,
    note('b', 'old', 'final'),
    note('c', 'new'),
  ])
})

test('a record that changed behind its read is read and decided again', async () => {
  const theirs = [note('a', 'theirs'), note('a', 'theirs', 'final')]
  const { db, others } = scene((driver) => ({
    write: async (list, options) => {
      const change = theirs.shift()
      if (change !== undefined) await others.put(change)
      return driver.write(list, options)
    },
  }))
  await others.putMany([note('a', 'old'), note('b', 'old')])
  const results = await db.notes.putMany([note('a', 'new'), note('b', 'new')])
  expect(results.map((one) => (one.ok ? one.value : one.error.code))).toEqual([
    'FORBIDDEN',
    note('b', 'new'),
  ])
  expect(await others.get({ id: 'a' })).toEqual(note('a', 'theirs', 'final'))
})

test('a write whose acknowledgement was lost goes on under its id, as it was decided', async () => {
  const ids: string[] = []
  let isLost = true
  const { db, others } = scene((driver) => ({
    write: async (list, options) => {
      ids.push(...list.map(({ id }) => id))
      const results = await driver.write(list, options)
      if (!isLost) return results
      isLost = false
      const error = new VendorError({ code: 'TIMEOUT', outcome: 'unknown' })
      return results.map((): WriteResult => ({ applied: false, error }))
    },
  }))
  await others.putMany([note('a', 'old'), note('b', 'old')])
  // Were it decided anew, what is final now could not become so again.
  expect(await db.notes.putMany([note('a', 'new', 'final'), note('b', 'new', 'final')])).toEqual([
    { ok: true, value: note('a', 'new', 'final') },
    { ok: true, value: note('b', 'new', 'final') },
  ])
  expect(ids.slice(2).toSorted()).toEqual(ids.slice(0, 2).toSorted())
})

test('a read that fails is the outcome of each item that needed it', async () => {
  const { db, readFaults, writes } = scene()
  readFaults.push({ error: new VendorError({ code: 'PERMISSION_DENIED', retryable: false }) })
  const results = await db.notes.putMany([note('a', 'new'), note('b', 'new')])
  expect(results.map((one) => (one.ok ? one.value : one.error.code))).toEqual([
    'PERMISSION_DENIED',
    'PERMISSION_DENIED',
  ])
  expect(writes).toEqual([])
})
