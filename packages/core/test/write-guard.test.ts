import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import {
  createStore,
  defineActor,
  defineEntity,
  increment,
  type Store,
  type UnrestrictedStore,
} from '@holdfast/core'
import { type Driver, laneOf, LANES, VERSION_LENGTH, withId } from '@holdfast/core/driver'
import { memory } from '@holdfast/core/memory'
import { lastInLane, VersionClock } from '../src/version.ts'
import { caught } from './support/caught.ts'
import { type ScriptedDriver, scriptedDriver, VendorError } from './support/scripted-driver.ts'
import { type VirtualClock, virtualClock } from './support/virtual-clock.ts'

const Counter = defineEntity('counter', {
  schema: z.object({ id: z.string(), n: z.int(), who: z.string().optional(), rev: z.string() }),
  key: { partition: ['id'] },
  version: 'rev',
})
const actor = defineActor(z.object({ roles: z.array(z.string()) }))
const entities = { counters: Counter }
type Db = UnrestrictedStore<typeof entities>

interface Scene extends ScriptedDriver {
  readonly db: Db
  readonly clock: VirtualClock
  /** One more process on the same data. Its clock draws the lane of its writes. */
  readonly on: (clock: VirtualClock) => Db
  /** Another process on the same data. */
  readonly other: Db
  readonly otherClock: VirtualClock
}

const scene = (): Scene => {
  const inner = memory()
  const scripted = scriptedDriver(inner)
  const on = (clock: VirtualClock, adapter: Driver = inner): Db => {
    const store = createStore({ adapter, entities, actor, clock }) as Store<typeof entities, never>
    return store.unrestricted('test')
  }
  const clock = virtualClock()
  const otherClock = virtualClock()
  otherClock.chance = 0.9
  return {
    ...scripted,
    clock,
    otherClock,
    on,
    db: on(clock, scripted.driver),
    other: on(otherClock),
  }
}

const key = { id: 'a' }
const lost = (
  meanwhile?: () => unknown,
): { error: VendorError; at: 'after'; meanwhile: () => unknown } => ({
  error: new VendorError({ code: 'TIMEOUT', outcome: 'unknown' }),
  at: 'after',
  meanwhile: meanwhile ?? ((): undefined => undefined),
})
const never = (meanwhile?: () => unknown): { error: VendorError; meanwhile: () => unknown } => ({
  error: new VendorError({ code: 'TIMEOUT', outcome: 'unknown' }),
  meanwhile: meanwhile ?? ((): undefined => undefined),
})
const times = async (count: number, run: (at: number) => Promise<unknown>): Promise<void> => {
  for (let at = 0; at < count; at += 1) await run(at)
}

describe('an acknowledgement lost after the write was applied', () => {
  test('create succeeds and does not conflict with itself', async () => {
    const { db, writeFaults, writes } = scene()
    writeFaults.push(lost())
    const made = await db.counters.create({ id: 'a', n: 1 })
    expect(writes).toHaveLength(2)
    expect(writes[1]).toEqual(writes[0])
    expect(await db.counters.get(key)).toEqual(made)
  })

  test('an increment lands once', async () => {
    const { db, writeFaults } = scene()
    await db.counters.create({ id: 'a', n: 1 })
    writeFaults.push(lost(), lost())
    expect(await db.counters.update(key, { n: increment(1) })).toMatchObject({ n: 2 })
    expect(await db.counters.get(key)).toMatchObject({ n: 2 })
  })

  test('put succeeds', async () => {
    const { db, writeFaults } = scene()
    writeFaults.push(lost())
    const made = await db.counters.put({ id: 'a', n: 1 })
    expect(await db.counters.get(key)).toEqual(made)
  })

  test('a conditional update succeeds although its condition no longer holds', async () => {
    const { db, writeFaults } = scene()
    const { rev } = await db.counters.create({ id: 'a', n: 1 })
    writeFaults.push(lost())
    const updated = await db.counters.update(key, { n: 2 }, { if: { n: 1 }, ifVersion: rev })
    expect(updated).toMatchObject({ n: 2 })
  })

  test('however many later writers in other lanes do not hide it', async () => {
    const { db, other, writeFaults } = scene()
    await db.counters.create({ id: 'a', n: 0 })
    writeFaults.push(lost(() => times(100, () => other.counters.update(key, { n: increment(10) }))))
    await db.counters.update(key, { n: increment(1) })
    expect(await other.counters.get(key)).toMatchObject({ n: 1001 })
  })

  test('one later writer in the same lane leaves the outcome unknown', async () => {
    const { db, on, writeFaults } = scene()
    const rival = on(virtualClock())
    await db.counters.create({ id: 'a', n: 0 })
    writeFaults.push(lost(() => rival.counters.update(key, { n: increment(10) })))
    const error = await caught(() => db.counters.update(key, { n: increment(1) }))
    expect(error).toMatchObject({ outcome: 'unknown', retryable: false, entity: 'counter' })
    expect(await rival.counters.get(key)).toMatchObject({ n: 11 })
  })

  test('a record created and then deleted by others leaves create unknown', async () => {
    const { db, other, writeFaults } = scene()
    writeFaults.push(
      lost(async () => {
        await other.counters.delete(key)
        await other.counters.create({ id: 'a', n: 9 })
        await other.counters.delete(key)
        await other.counters.create({ id: 'a', n: 9 })
      }),
    )
    // Nothing of ours is left to be found: `ALREADY_EXISTS` or unknown, never a silent success.
    const error = await caught(() => db.counters.create({ id: 'a', n: 1 }))
    expect(['ALREADY_EXISTS', 'UNAVAILABLE']).toContain(error.code)
    expect(await other.counters.get(key)).toMatchObject({ n: 9 })
  })

  test('a delete without conditions succeeds; one that others may have won is unknown', async () => {
    const { db, other, writeFaults } = scene()
    await db.counters.create({ id: 'a', n: 1 })
    writeFaults.push(lost())
    await db.counters.delete(key)
    expect(await other.counters.get(key)).toBeUndefined()
    await db.counters.create({ id: 'a', n: 1 })
    writeFaults.push(lost())
    const error = await caught(() => db.counters.delete(key, { if: { n: 1 } }))
    expect(error.outcome).toBe('unknown')
  })

  test('a transaction commits once', async () => {
    const { db, writeFaults } = scene()
    await db.counters.create({ id: 'a', n: 1 })
    writeFaults.push(lost())
    let runs = 0
    await db.transaction(async (tx) => {
      runs += 1
      const row = await tx.counters.get(key)
      await tx.counters.update(key, { n: (row?.n ?? 0) + 1 })
      await tx.counters.create({ id: 'b', n: 1 })
    })
    expect(runs).toBe(1)
    expect(await db.counters.getMany([key, { id: 'b' }])).toMatchObject([{ n: 2 }, { n: 1 }])
  })
})

describe('an ambiguous failure before the write was applied', () => {
  test('the same write is sent again and applied once', async () => {
    const { db, writeFaults, writes } = scene()
    await db.counters.create({ id: 'a', n: 1 })
    writes.length = 0
    writeFaults.push(never(), never())
    expect(await db.counters.update(key, { n: increment(1) })).toMatchObject({ n: 2 })
    expect(writes.map(([write]) => write?.id)).toEqual(
      Array.from({ length: 3 }, () => writes[0]?.[0]?.id),
    )
  })

  test('a newer writer in between makes it go again under a new id', async () => {
    const { db, other, otherClock, writeFaults, writes } = scene()
    await db.counters.create({ id: 'a', n: 1 })
    writes.length = 0
    otherClock.time += 60_000
    writeFaults.push(never(() => other.counters.update(key, { n: increment(10) })))
    expect(await db.counters.update(key, { n: increment(1) })).toMatchObject({ n: 12 })
    const ids = writes.map(([write]) => write?.id ?? '')
    expect(ids[1]).toBe(ids[0])
    expect((ids[2] ?? '') > (ids[1] ?? '')).toBe(true)
  })

  test('a version condition that no longer holds is a conflict, surely not applied', async () => {
    const { db, other, writeFaults } = scene()
    const { rev } = await db.counters.create({ id: 'a', n: 1 })
    writeFaults.push(never(() => other.counters.update(key, { n: 5 })))
    const error = await caught(() => db.counters.update(key, { n: 2 }, { ifVersion: rev }))
    expect(error).toMatchObject({ code: 'VERSION_CONFLICT', outcome: 'not_applied' })
    expect(await other.counters.get(key)).toMatchObject({ n: 5 })
  })

  test('attempts that run out leave the outcome unknown, also when the last failure was definite', async () => {
    const { db, writeFaults } = scene()
    writeFaults.push(never(), ...Array.from({ length: 4 }, () => ({ error: new VendorError() })))
    const error = await caught(() => db.counters.create({ id: 'a', n: 1 }))
    expect(error).toMatchObject({ code: 'UNAVAILABLE', outcome: 'unknown' })
    expect(error.message).toContain('may or may not')
  })

  test('an ambiguous failure that is not retryable is settled under the guard too', async () => {
    const { db, writeFaults } = scene()
    const error = new VendorError({ code: 'INTERNAL', retryable: false, outcome: 'unknown' })
    writeFaults.push({ error, at: 'after' })
    expect(await db.counters.create({ id: 'a', n: 1 })).toMatchObject({ n: 1 })
  })
})

describe('the guard in the store', () => {
  test('a duplicate delivered later is refused', async () => {
    const { db, inner, writes } = scene()
    await db.counters.create({ id: 'a', n: 1 })
    await db.counters.update(key, { n: increment(1) })
    await db.counters.put({ id: 'a', n: 7 })
    for (const list of writes) {
      const [result] = await inner.write(list, { atomic: false })
      expect(result?.applied).toBe(false)
    }
    expect(await db.counters.get(key)).toMatchObject({ n: 7 })
  })

  test.each([
    ['put', (db: Db) => db.counters.put({ id: 'a', n: 2 })],
    ['update', (db: Db) => db.counters.update(key, { n: 2 })],
    ['delete', (db: Db) => db.counters.delete(key)],
    [
      'transaction',
      (db: Db) =>
        db.transaction(async (tx) => {
          await tx.counters.get({ id: 'z' })
          await tx.counters.update(key, { n: 2 })
        }),
    ],
  ] as const)('%s goes above a faster clock elsewhere', async (name, run) => {
    const { db, other, otherClock, writes } = scene()
    otherClock.time += 3_600_000
    const foreign = await other.counters.create({ id: 'a', n: 1 })
    await run(db)
    const stored = await other.counters.get(key)
    expect(stored?.n).toBe(name === 'delete' ? undefined : 2)
    expect((stored?.rev ?? '~') > foreign.rev).toBe(true)
    expect(writes.length).toBeLessThanOrEqual(2)
  })

  test('ids are fixed in width and strictly ordered, 100 000 in one millisecond included', async () => {
    const clock = virtualClock()
    const ids: string[] = []
    const inner = memory()
    const driver = {
      ...inner,
      write: async (writes: readonly { readonly id: string }[]) => {
        for (const { id } of writes) ids.push(id)
        return writes.map(() => ({ applied: true as const }))
      },
    }
    const db = createStore({ adapter: driver, entities, actor, clock }).unrestricted('test')
    const record = { id: 'a', n: 1 }
    for (let at = 0; at < 100_000; at += 1) {
      // The clock stands still, then runs, then jumps back.
      if (at > 60_000) clock.time += 1
      if (at === 90_000) clock.time -= 3_600_000
      await db.counters.put(record)
    }
    expect(ids).toHaveLength(100_000)
    let previous = ''
    let wrong = 0
    for (const id of ids) {
      if (id.length !== VERSION_LENGTH || !/^[0-9a-z]+[A-P]$/.test(id) || id <= previous) wrong += 1
      previous = id
    }
    expect(wrong).toBe(0)
  })
})

describe('the history of a record', () => {
  const clock = (chance: number): VersionClock =>
    new VersionClock(
      () => 0,
      () => chance,
    )

  test('keeps the newest id of each lane', () => {
    const clocks = [0, 0.5, 0.99].map(clock)
    const newest = new Map<string, string>()
    let history = ''
    for (let at = 0; at < 50; at += 1) {
      const id = clocks[at % 3]?.next() ?? ''
      newest.set(laneOf(id), id)
      history = withId(history, id)
      expect(history).toHaveLength(newest.size * VERSION_LENGTH)
      for (const [lane, last] of newest) expect(lastInLane(history, lane)).toBe(last)
    }
    expect(newest.size).toBe(3)
    expect(lastInLane(history, 'B')).toBe('')
  })

  test('writes in flight have different lanes, as long as there are any', async () => {
    const versions = clock(0.5)
    const alone = laneOf(versions.next())
    expect(laneOf(versions.next())).toBe(alone)
    const ends: (() => void)[] = []
    const lanes: string[] = []
    const flights = Array.from({ length: LANES.length * 2 }, () => {
      const id = versions.next()
      lanes.push(laneOf(id))
      return versions.during(id, () => new Promise<void>((resolve) => ends.push(resolve)))
    })
    expect(new Set(lanes.slice(0, LANES.length))).toEqual(new Set(LANES))
    expect(new Set(lanes.slice(LANES.length))).toEqual(new Set(LANES))
    for (const end of ends) end()
    await Promise.all(flights)
    expect(laneOf(versions.next())).toBe(alone)
  })
})

describe('what a simulation of a bad network found', () => {
  test('a request delivered twice is applied once, and its caller told so', async () => {
    const inner = memory()
    const driver: Driver = {
      ...inner,
      write: async (writes, options) => {
        await inner.write(writes, options)
        return inner.write(writes, options)
      },
    }
    const store = createStore({ adapter: driver, entities, actor, clock: virtualClock() })
    const { counters } = store.unrestricted('test')
    const made = await counters.create({ id: 'a', n: 1 })
    expect(await counters.update(key, { n: increment(1) })).toMatchObject({ n: 2 })
    await counters.update(key, { n: 9 }, { ifVersion: (await counters.get(key))?.rev ?? '' })
    await store.unrestricted('test').transaction(async (tx) => {
      await tx.counters.update(key, { n: ((await tx.counters.get(key))?.n ?? 0) + 1 })
      await tx.counters.create({ id: 'b', n: 1 })
    })
    expect(await counters.getMany([key, { id: 'b' }])).toMatchObject([{ n: 10 }, { n: 1 }])
    expect(made).toMatchObject({ n: 1 })
  })

  test('a read that fails leaves the write before it in doubt', async () => {
    const inner = memory()
    const { driver, writeFaults, readFaults } = scriptedDriver({
      ...inner,
      // As stores do that do not say which record refused.
      write: async (writes, options) =>
        (await inner.write(writes, options)).map((result) =>
          result.applied ? result : { applied: false },
        ),
    })
    const clock = virtualClock()
    const store = createStore({ adapter: driver, entities, actor, clock })
    const { counters } = store.unrestricted('test')
    await counters.create({ id: 'a', n: 1 })
    writeFaults.push(lost())
    readFaults.push(...Array.from({ length: 5 }, () => ({ error: new VendorError() })))
    const error = await caught(() => counters.update(key, { n: increment(1) }))
    expect(error).toMatchObject({ code: 'UNAVAILABLE', outcome: 'unknown', retryable: false })
    expect(await counters.get(key)).toMatchObject({ n: 2 })
  })

  test('a condition that refuses the second attempt says nothing of the first', async () => {
    const { db, other, clock, otherClock, writeFaults } = scene()
    otherClock.time = clock.time - 60_000
    await db.counters.create({ id: 'a', n: 1, who: 'me' })
    writeFaults.push(never())
    const run = () => db.counters.update(key, { n: increment(1) }, { if: { who: 'you' } })
    expect(await caught(run)).toMatchObject({ code: 'UNAVAILABLE', outcome: 'unknown' })
    // With a version it does: no record has it again.
    writeFaults.push(never(() => other.counters.update(key, { who: 'you' })))
    const { rev } = (await db.counters.get(key)) ?? { rev: '' }
    const pinned = () => db.counters.update(key, { n: 5 }, { if: { who: 'me' }, ifVersion: rev })
    expect(await caught(pinned)).toMatchObject({ outcome: 'not_applied' })
  })
})

describe('what runs through faults found', () => {
  test('ids that are too small use up no attempts; their writer stands back and comes through', async () => {
    const inner = memory()
    let refusals = 40
    const driver: Driver = {
      ...inner,
      write: async (writes, options) => {
        const [write] = writes
        if (write?.kind !== 'patch' || --refusals < 0) return inner.write(writes, options)
        // The third to last request is throttled; before it, others with clocks ahead were faster.
        if (refusals === 1) throw new VendorError({ code: 'THROTTLED' })
        const version = `${write.id.slice(0, 11)}zzz${write.id.slice(14)}`
        return [
          { applied: false, current: { value: { id: 'a', n: 1 }, version, history: version } },
        ]
      },
      classify: (error) => (error instanceof VendorError ? error.meaning : inner.classify(error)),
    }
    const clock = virtualClock()
    const store = createStore({ adapter: driver, entities, actor, clock })
    const { counters } = store.unrestricted('test')
    await counters.create({ id: 'a', n: 1 })
    expect(await counters.update(key, { n: increment(1) })).toMatchObject({ n: 2 })
    expect(refusals).toBeLessThan(0)
    expect(clock.pauses.slice(0, 5)).toEqual([4, 8, 16, 25, 25])
  })

  test('a transaction that only reads is never in doubt', async () => {
    const { db, writeFaults } = scene()
    await db.counters.putMany([
      { id: 'a', n: 1 },
      { id: 'b', n: 2 },
    ])
    const sum = () =>
      db.transaction(async (tx) => {
        const rows = await tx.counters.getMany([key, { id: 'b' }])
        return rows.reduce((all, row) => all + (row?.n ?? 0), 0)
      })
    writeFaults.push(lost(), never())
    expect(await sum()).toBe(3)
    writeFaults.push(...Array.from({ length: 5 }, () => never()))
    expect(await caught(sum)).toMatchObject({ code: 'TIMEOUT', outcome: 'not_applied' })
    // What refuses it after a doubt is a conflict like any other.
    writeFaults.push(lost(() => db.counters.update(key, { n: 5 })))
    expect(await sum()).toBe(7)
  })

  test('transactions under way have different lanes, and give them back', async () => {
    const { db, writes } = scene()
    const started: (() => void)[] = []
    const lanesOf = async (count: number, fails = false): Promise<Set<string>> => {
      const before = writes.length
      const all = Array.from({ length: count }, (_, at) =>
        db.transaction(async (tx) => {
          await tx.counters.put({ id: `t${at}`, n: at })
          await new Promise<void>((resolve) => started.push(resolve))
          if (fails) throw new Error('rolled back')
        }),
      )
      while (started.length < count) await new Promise((resolve) => setTimeout(resolve, 1))
      for (const go of started.splice(0)) go()
      await Promise.allSettled(all)
      return new Set(writes.slice(before).map(([write]) => laneOf(write?.id ?? '')))
    }
    const alone = await lanesOf(1)
    expect(await lanesOf(LANES.length)).toEqual(new Set(LANES))
    await lanesOf(3, true)
    expect(await lanesOf(1)).toEqual(alone)
    expect(await lanesOf(LANES.length)).toEqual(new Set(LANES))
  })
})
