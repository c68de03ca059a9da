import { increment, isHoldfastError } from '@holdfast/core'
import { setTimeout } from 'node:timers/promises'
import { calm, openProgram, type Program, type Scenario, type Stage } from './scenario.ts'

/** A call with a signal, on records that exist: `a` to `c`, or on `new`. */
type Call = (program: Program, place: string, signal: AbortSignal) => Promise<unknown>

const drain = async (items: AsyncIterable<unknown>): Promise<number> => {
  let count = 0
  for await (const item of items) count += item === undefined ? 0 : 1
  return count
}

const keys = (place: string) => ['a', 'b', 'c'].map((id) => ({ place, id }))

/** The calls of a program on its records. A bulk call reports per item, so it does not throw. */
const CALLS: Readonly<Record<string, Call>> = {
  get: ({ counters }, place, signal) => counters.get({ place, id: 'a' }, { signal }),
  getMany: ({ counters }, place, signal) => counters.getMany(keys(place), { signal }),
  find: ({ counters }, place, signal) => counters.find({ where: { place }, limit: 2, signal }),
  each: ({ counters }, place, signal) =>
    drain(counters.each({ where: { place }, limit: 1, signal })),
  count: ({ counters }, place, signal) => counters.count({ where: { place }, signal }),
  create: ({ counters }, place, signal) => counters.create({ place, id: 'new' }, { signal }),
  put: ({ counters }, place, signal) => counters.put({ place, id: 'a', label: 'x' }, { signal }),
  update: ({ counters }, place, signal) =>
    counters.update({ place, id: 'a' }, { count: increment(1) }, { signal }),
  'update that reads first': ({ counters }, place, signal) =>
    counters.update({ place, id: 'b' }, { tags: ['x'] }, { if: {}, signal }),
  delete: ({ counters }, place, signal) => counters.delete({ place, id: 'c' }, { signal }),
  createMany: ({ counters }, place, signal) =>
    counters.createMany(
      [
        { place, id: 'new' },
        { place, id: 'newer' },
      ],
      { signal },
    ),
  putMany: ({ counters }, place, signal) =>
    counters.putMany(
      keys(place).map((key) => ({ ...key, label: 'x' })),
      { signal },
    ),
  deleteMany: ({ counters }, place, signal) => counters.deleteMany(keys(place), { signal }),
  updateWhere: ({ counters }, place, signal) =>
    counters.updateWhere({ where: { place }, signal }, { label: 'x' }),
  deleteWhere: ({ counters }, place, signal) => counters.deleteWhere({ where: { place }, signal }),
  transaction: (program, place, signal) =>
    program.transaction(
      async (tx) => {
        for (const key of keys(place)) await tx.counters.get(key)
        await tx.counters.update({ place, id: 'a' }, { label: 'x' })
        await tx.counters.create({ place, id: 'new' })
      },
      { signal },
    ),
}

/** Calls of which a part may be written before the rest is stopped. */
const IN_PARTS = new Set(['createMany', 'putMany', 'deleteMany', 'updateWhere', 'deleteWhere'])

/** Most requests of one call that are let through before everything hangs. */
const MOST_SPARED = 4
const PATIENCE_MS = 40
/** Share of the time after which a request that hangs ends by itself. */
const SOON = 0.75

/** All records, to tell whether anything was written. */
const snapshot = async ({ straight, place }: Stage): Promise<string> => {
  const rows: unknown[] = []
  for await (const row of straight.counters.each({ where: { place } })) rows.push(row)
  return JSON.stringify(rows)
}

/** What was told of a call: an error thrown, or one per item. */
const errorsOf = async (run: () => Promise<unknown>): Promise<readonly unknown[] | undefined> => {
  try {
    const value = await run()
    const items = Array.isArray(value) ? (value as readonly unknown[]) : []
    const failed = items.flatMap((item) =>
      typeof item === 'object' && item !== null && 'error' in item ? [item.error] : [],
    )
    return failed.length > 0 ? failed : undefined
  } catch (error) {
    return [error]
  }
}

interface Stop {
  readonly name: string
  readonly call: Call
  /** What holds the call up. */
  readonly hold: 'hang' | 'throttle'
  /** Requests let through before. */
  readonly spare: number
}

/** Stops one call while it waits. `undefined`: it was done before it had to wait. */
const stopOne = async (stage: Stage, stop: Stop): Promise<readonly string[] | undefined> => {
  const { at, place } = stage
  const { name, call, hold, spare } = stop
  const when = `${name}, stopped in ${hold} after ${spare} requests,`
  // Budgets of retries and versions are a program's own.
  const program = openProgram(at.faulty)
  const before = await snapshot(stage)
  const controller = new AbortController()
  let isOver = false
  at.line.setFaults({ [hold]: 1 }, spare)
  const running = errorsOf(() => call(program, place, controller.signal)).finally(
    () => (isOver = true),
  )
  await setTimeout(PATIENCE_MS)
  const wasOver = isOver
  const aborted = performance.now()
  controller.abort()
  const errors = await running
  const lasted = performance.now() - aborted
  at.line.setFaults({})
  if (wasOver && errors === undefined) return undefined
  const broken =
    lasted > SOON * at.timeoutMs ? [`${when} went on for ${Math.round(lasted)} ms`] : []
  const told = (errors ?? []).map((error) =>
    isHoldfastError(error) ? `${error.code} ${error.outcome}` : String(error),
  )
  for (const one of told) if (!one.startsWith('CANCELLED')) broken.push(`${when} ended with ${one}`)
  const isDenied = told.every((one) => one === 'CANCELLED not_applied')
  if (isDenied && !IN_PARTS.has(name) && (await snapshot(stage)) !== before)
    broken.push(`${when} was told not applied, and is`)
  return broken
}

/** Calls that are stopped by their signal wherever they wait. */
export const signals: Scenario = {
  name: 'signals',
  promise: 'a signal ends a call wherever it waits, and the error admits what may be written',
  isHarsh: true,
  run: async (stage) => {
    const { at, place, straight, calls } = stage
    const broken: string[] = []
    for (const [name, call] of Object.entries(CALLS))
      for (const hold of ['hang', 'throttle'] as const)
        for (let spare = 0; spare <= MOST_SPARED; spare += 1) {
          await straight.counters.putMany(keys(place).map((key) => ({ ...key, count: 0 })))
          await straight.counters.deleteMany(['new', 'newer'].map((id) => ({ place, id })))
          const { value } = await calls.make(() => stopOne(stage, { name, call, hold, spare }))
          if (value === undefined) break
          broken.push(...value)
        }
    await calm(at)
    return broken
  },
}
