import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import {
  createStore,
  defineActor,
  defineEntity,
  HoldfastError,
  type UnrestrictedStore,
} from '@holdfast/core'
import { caught } from './support/caught.ts'
import { type ScriptedDriver, scriptedDriver, VendorError } from './support/scripted-driver.ts'
import { type VirtualClock, virtualClock } from './support/virtual-clock.ts'

const Thing = defineEntity('thing', {
  schema: z.object({ id: z.string(), n: z.int() }),
  key: { partition: ['id'] },
})
const actor = defineActor(z.object({ roles: z.array(z.string()) }))
const entities = { things: Thing }

interface Scene extends ScriptedDriver {
  readonly db: UnrestrictedStore<typeof entities>
  readonly clock: VirtualClock
}

const scene = (retry: object = {}): Scene => {
  const scripted = scriptedDriver()
  const clock = virtualClock()
  const store = createStore({ adapter: scripted.driver, entities, actor, clock, retry })
  return { ...scripted, clock, db: store.unrestricted('test') }
}

const fail = (count: number, meaning: object = {}): { error: VendorError }[] =>
  Array.from({ length: count }, () => ({ error: new VendorError(meaning) }))

const record = { id: 'a', n: 1 }

describe('retries', () => {
  test('repeat what surely was not applied', async () => {
    const { db, writeFaults, writes, clock } = scene()
    writeFaults.push(...fail(2, { code: 'THROTTLED' }))
    expect(await db.things.create(record)).toEqual(record)
    expect(writes).toHaveLength(3)
    expect(clock.pauses).toHaveLength(2)
  })

  test('end after five attempts, with the meaning of the last failure', async () => {
    const { db, writeFaults, writes } = scene()
    writeFaults.push(...fail(9, { code: 'THROTTLED' }))
    const error = await caught(() => db.things.create(record))
    expect(error).toMatchObject({
      code: 'THROTTLED',
      retryable: true,
      outcome: 'not_applied',
      entity: 'thing',
    })
    expect(error.message).not.toContain('secret-value')
    expect(error.cause).toBeInstanceOf(VendorError)
    expect(writes).toHaveLength(5)
  })

  test.each(['INTERNAL', 'INVALID', 'LIMIT_EXCEEDED', 'ALREADY_EXISTS'] as const)(
    'the cause of %s, which may quote stored data, is not passed on',
    async (code) => {
      const { db, writeFaults } = scene()
      writeFaults.push(...fail(1, { code, retryable: false }))
      const error = await caught(() => db.things.create(record))
      expect(error.code).toBe(code)
      expect(String(error.cause)).not.toContain('secret-value')
    },
  )

  test('do not repeat what cannot succeed', async () => {
    const { db, writeFaults, writes, clock } = scene()
    writeFaults.push(...fail(1, { code: 'PERMISSION_DENIED', retryable: false }))
    expect((await caught(() => db.things.create(record))).code).toBe('PERMISSION_DENIED')
    expect(writes).toHaveLength(1)
    expect(clock.pauses).toHaveLength(0)
  })

  test("do not repeat core's own errors", async () => {
    const { db, writeFaults, writes } = scene()
    const error = new HoldfastError('THROTTLED', 'by core', { retryable: true })
    writeFaults.push({ error })
    expect(await caught(() => db.things.create(record))).toBe(error)
    expect(writes).toHaveLength(1)
  })

  test('repeat reads whatever became of them', async () => {
    const { db, readFaults, gets } = scene()
    await db.things.create(record)
    readFaults.push(...fail(2, { code: 'TIMEOUT', retryable: false, outcome: 'unknown' }))
    expect(await db.things.get({ id: 'a' })).toEqual(record)
    expect(gets).toHaveLength(3)
    readFaults.push(...fail(9, { outcome: 'unknown' }))
    const error = await caught(() => db.things.find({ scan: true }))
    expect(error).toMatchObject({ code: 'UNAVAILABLE', outcome: 'not_applied' })
  })
})

describe('pauses', () => {
  const CEILINGS = [50, 100, 200, 400, 800, 1600, 2000, 2000]

  test.each([0, 0.25, 0.999_999])('have full jitter between 50 ms and 2 s: %d', async (chance) => {
    const { db, writeFaults, clock } = scene({ attempts: 9 })
    clock.chance = chance
    writeFaults.push(...fail(8))
    await db.things.create(record)
    expect(clock.pauses).toHaveLength(8)
    clock.pauses.forEach((pause, at) => expect(pause).toBeCloseTo((CEILINGS[at] ?? 0) * chance, 1))
  })

  test("honour the vendor's wish", async () => {
    const { db, writeFaults, clock } = scene()
    writeFaults.push(...fail(1, { retryAfterMs: 3000 }), ...fail(1, { retryAfterMs: 1 }))
    await db.things.create(record)
    expect(clock.pauses).toEqual([3000, 50])
  })

  test('never reach past the deadline', async () => {
    const { db, writeFaults, writes, clock } = scene()
    writeFaults.push(...fail(9, { retryAfterMs: 10_000 }))
    const started = clock.time
    expect((await caught(() => db.things.create(record))).code).toBe('UNAVAILABLE')
    expect(writes).toHaveLength(2)
    expect(clock.time - started).toBe(10_000)
    const patient = scene({ deadlineMs: 60_000 })
    patient.writeFaults.push(...fail(9, { retryAfterMs: 10_000 }))
    await caught(() => patient.db.things.create(record))
    expect(patient.writes).toHaveLength(5)
  })

  test('end with the signal; what is known of the write is said', async () => {
    for (const outcome of ['not_applied', 'unknown'] as const) {
      const { db, writeFaults, writes, clock } = scene()
      const controller = new AbortController()
      clock.onSleep = () => controller.abort()
      writeFaults.push(...fail(9, { outcome }))
      const error = await caught(() => db.things.create(record, { signal: controller.signal }))
      expect(error).toMatchObject({ code: 'CANCELLED', outcome })
      expect(writes).toHaveLength(1)
      const again = await caught(() => db.things.create(record, { signal: controller.signal }))
      expect(again).toMatchObject({ code: 'CANCELLED', outcome: 'not_applied' })
      expect(writes).toHaveLength(1)
    }
  })
})

describe('the token bucket', () => {
  const attemptsOf = async ({ db, writes }: Scene): Promise<number> => {
    const before = writes.length
    await db.things.put(record).catch(() => undefined)
    return writes.length - before
  }

  test.each([
    ['UNAVAILABLE', 25],
    ['TIMEOUT', 12],
  ] as const)('lasts %s for %d calls of five attempts', async (code, calls) => {
    const here = scene()
    here.writeFaults.push(...fail(1000, { code }))
    for (let at = 0; at < calls; at += 1) expect(await attemptsOf(here)).toBe(5)
    expect(await attemptsOf(here)).toBeLessThan(5)
    expect(await attemptsOf(here)).toBe(1)
  })

  test('is refilled by success, one token each', async () => {
    const here = scene()
    here.writeFaults.push(...fail(125 + 1))
    for (let at = 0; at < 26; at += 1) await attemptsOf(here)
    expect(here.writeFaults).toHaveLength(0)
    for (let at = 0; at < 4; at += 1) await attemptsOf(here)
    here.writeFaults.push(...fail(1))
    expect(await attemptsOf(here)).toBe(1)
    await attemptsOf(here)
    here.writeFaults.push(...fail(2))
    expect(await attemptsOf(here)).toBe(2)
  })

  test('gets back what the retry cost that helped, for writes and reads', async () => {
    const here = scene()
    for (let at = 0; at < 60; at += 1) {
      here.writeFaults.push(...fail(1, { code: 'TIMEOUT' }))
      expect(await attemptsOf(here)).toBe(2)
      here.readFaults.push(...fail(1))
      expect(await here.db.things.get({ id: 'a' })).toEqual(record)
    }
    here.writeFaults.push(...fail(9))
    expect(await attemptsOf(here)).toBe(5)
  })

  test('gets it back also from an answer that refuses', async () => {
    const here = scene()
    await here.db.things.create(record)
    for (let at = 0; at < 110; at += 1) {
      here.writeFaults.push(...fail(1))
      expect((await caught(() => here.db.things.create(record))).code).toBe('ALREADY_EXISTS')
    }
    here.writeFaults.push(...fail(9))
    expect(await attemptsOf(here)).toBe(5)
  })
})
