import { beforeEach, expect, test } from 'vitest'
import * as z from 'zod'
import {
  createStore,
  defineActor,
  defineEntity,
  increment,
  type UnrestrictedStore,
} from '@holdfast/core'
import type { Driver, WriteResult } from '@holdfast/core/driver'
import { memory } from '@holdfast/core/memory'
import { caught } from './support/caught.ts'
import { type ScriptedDriver, scriptedDriver, VendorError } from './support/scripted-driver.ts'
import { virtualClock } from './support/virtual-clock.ts'

// Lists of writes, changes by filter and transactions whose fate is not known.
const Counter = defineEntity('counter', {
  schema: z.object({ id: z.string(), n: z.int() }),
  key: { partition: ['id'] },
})
const entities = { counters: Counter }
type Db = UnrestrictedStore<typeof entities>
const actor = defineActor(z.object({ roles: z.array(z.string()) }))

const open = (adapter: Driver, attempts = 5): Db =>
  createStore({
    adapter,
    entities,
    actor,
    clock: virtualClock(),
    retry: { attempts },
  }).unrestricted('test')

const doubt = (): VendorError => new VendorError({ code: 'TIMEOUT', outcome: 'unknown' })

let scripted: ScriptedDriver
let others: Db
beforeEach(() => {
  scripted = scriptedDriver()
  others = open(scripted.inner)
})

test('a transaction whose fate stays unknown is not run again', async () => {
  const db = open(scripted.driver, 1)
  await others.counters.create({ id: 'a', n: 1 })
  for (const meaning of [{}, { code: 'ABORTED' as const }]) {
    const error = new VendorError({ code: 'TIMEOUT', outcome: 'unknown', ...meaning })
    scripted.writeFaults.push({ error, at: 'after' })
    let runs = 0
    const thrown = await caught(() =>
      db.transaction(async (tx) => {
        runs += 1
        await tx.counters.update({ id: 'a' }, { n: increment(1) })
      }),
    )
    expect([runs, thrown.outcome]).toEqual([1, 'unknown'])
  }
  expect(await others.counters.get({ id: 'a' })).toEqual({ id: 'a', n: 3 })
})

test('a transaction whose new record others have removed since stays in doubt', async () => {
  const db = open(scripted.driver)
  await others.counters.create({ id: 'a', n: 1 })
  scripted.writeFaults.push({
    error: doubt(),
    at: 'after',
    meanwhile: async () => {
      await others.counters.delete({ id: 'b' })
      await others.counters.update({ id: 'a' }, { n: 9 })
    },
  })
  let runs = 0
  const error = await caught(() =>
    db.transaction(async (tx) => {
      runs += 1
      await tx.counters.get({ id: 'a' })
      await tx.counters.create({ id: 'b', n: 1 })
    }),
  )
  expect([runs, error.outcome]).toEqual([1, 'unknown'])
  expect(await others.counters.get({ id: 'b' })).toBeUndefined()
})

test('a transaction whose signal has aborted is not run at all', async () => {
  const db = open(scripted.driver)
  let runs = 0
  const run = async (): Promise<void> => {
    runs += 1
  }
  const error = await caught(() => db.transaction(run, { signal: AbortSignal.abort() }))
  expect([runs, error.code, error.outcome]).toEqual([0, 'CANCELLED', 'not_applied'])
})

test('an item of a list whose fate is unknown is settled under the id it had', async () => {
  const inner = memory()
  const ids: string[] = []
  let isLost = true
  const db = open({
    ...inner,
    classify: (error) => (error instanceof VendorError ? error.meaning : inner.classify(error)),
    write: async (writes, options) => {
      ids.push(...writes.map(({ id }) => id))
      const results = await inner.write(writes, options)
      if (!isLost) return results
      isLost = false
      return results.map((): WriteResult => ({ applied: false, error: doubt() }))
    },
  })
  const results = await db.counters.createMany([
    { id: 'a', n: 1 },
    { id: 'b', n: 2 },
  ])
  expect(results).toEqual([
    { ok: true, value: { id: 'a', n: 1 } },
    { ok: true, value: { id: 'b', n: 2 } },
  ])
  expect(ids.slice(2).toSorted()).toEqual(ids.slice(0, 2).toSorted())
})

test('a change by filter ends with the failure of one change', async () => {
  const db = open(scripted.driver)
  await others.counters.create({ id: 'a', n: 1 })
  for (const change of [
    () => db.counters.updateWhere({ where: { n: 1 }, scan: true }, { n: 2 }),
    () => db.counters.deleteWhere({ where: { n: 1 }, scan: true }),
  ]) {
    scripted.writeFaults.push({
      error: new VendorError({ code: 'PERMISSION_DENIED', retryable: false }),
    })
    expect((await caught(change)).code).toBe('PERMISSION_DENIED')
  }
  expect(await others.counters.get({ id: 'a' })).toEqual({ id: 'a', n: 1 })
})
