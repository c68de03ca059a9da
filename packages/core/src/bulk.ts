import type { CallOptions, WriteResult } from './driver.ts'
import { type HoldfastError, isHoldfastError } from './error.ts'
import { createIntent, deleteIntent, type Intent, putIntent } from './intent.ts'
import { checkOptions, type Scope } from './scope.ts'
import type { Fields } from './shape.ts'
import { encodeTuple } from './tuple.ts'
import { laneOf } from './version.ts'
import {
  type Attempt,
  type Begun,
  CALL_OPTIONS,
  decided,
  directly,
  perform,
  readStored,
} from './writer.ts'

/** What became of one item of a bulk call. */
export type BulkResult<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: HoldfastError }

/** Writes sent to the store as one list, and most items prepared at a time. */
const CHUNK = 100
const IN_FLIGHT = 16

type Outcome = BulkResult<Fields | undefined>

/** The outcome of one item. Anything but a Holdfast error is a defect and ends the whole call. */
const outcomeOf = async (one: () => Promise<Fields | undefined>): Promise<Outcome> => {
  try {
    return { ok: true, value: await one() }
  } catch (error) {
    if (!isHoldfastError(error)) throw error
    return { ok: false, error }
  }
}

/** Runs jobs, 16 at a time. */
const runAll = async (jobs: readonly (() => Promise<void>)[]): Promise<void> => {
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < jobs.length) await jobs[next++]?.()
  }
  await Promise.all(Array.from({ length: Math.min(IN_FLIGHT, jobs.length) }, worker))
}

interface Prepared {
  readonly at: number
  readonly intent: Intent
}

interface Item extends Prepared {
  readonly attempt: Attempt
  readonly id: string
}

/**
 * Sends one write of each item as one list. What the list did not settle is returned with the way to go
 * on: alone, and under the same id where it may have been applied.
 */
const sendList = async (
  scope: Scope,
  items: readonly Item[],
  options: CallOptions,
  done: (at: number, row: Fields | undefined) => void,
): Promise<readonly (Prepared & { readonly begun: Begun | undefined })[]> => {
  const { driver } = scope.runtime
  const writes = items.map(({ attempt, id }) => attempt.make(id))
  const begunBy = ({ attempt, id }: Item, error: unknown): Begun | undefined =>
    driver.classify(error).outcome === 'unknown'
      ? { attempt, start: { id, ambiguous: error } }
      : undefined
  let results: readonly WriteResult[]
  try {
    results = await driver.write(writes, { atomic: false, signal: options.signal })
  } catch (error) {
    return items.map((item) => ({ ...item, begun: begunBy(item, error) }))
  }
  return items.flatMap((item, position) => {
    const result = results[position]
    if (result?.applied === true) {
      done(item.at, item.attempt.row(item.id, result.record))
      return []
    }
    const error = result?.error
    return [{ ...item, begun: error === undefined ? undefined : begunBy(item, error) }]
  })
}

/**
 * Prepares and writes many items. Those of different keys are read at once, where they are decided by what
 * is stored, and travel as one list; later ones of the same key, and what the list did not settle, follow
 * alone and in order. One outcome per item, never all-or-nothing.
 */
const runMany = async (
  scope: Scope,
  items: readonly unknown[],
  prepare: (item: unknown) => Promise<Intent> | Intent,
  options: CallOptions = {},
): Promise<Outcome[]> => {
  checkOptions(scope.model, options, CALL_OPTIONS)
  const { versions } = scope.runtime
  const results: Outcome[] = Array.from({ length: items.length })
  const done = (at: number, value: Fields | undefined): void => {
    results[at] = { ok: true, value }
  }
  for (let from = 0; from < items.length; from += CHUNK) {
    const firsts: Prepared[] = []
    const later: Prepared[] = []
    const keys = new Set<string>()
    for (let at = from; at < Math.min(from + CHUNK, items.length); at += 1)
      results[at] = await outcomeOf(async () => {
        const intent = await prepare(items[at])
        const key = encodeTuple(intent.key)
        ;(keys.has(key) ? later : firsts).push({ at, intent })
        keys.add(key)
        return undefined
      })
    const unread = firsts.filter(({ intent }) => intent.direct === undefined)
    const unreadKeys = unread.map(({ intent }) => intent.key)
    const reading = unread.length === 0 ? [] : readStored(scope, unreadKeys, options)
    const listed: Item[] = []
    let lane: string | undefined
    for (const item of firsts) {
      const { at, intent } = item
      results[at] = await outcomeOf(async () => {
        const attempt =
          directly(scope, intent) ??
          (await decided(scope, intent, (await reading)[unread.indexOf(item)]))
        if (attempt === undefined) return undefined
        // One lane for all: they are different records.
        const id = versions.next(attempt.version, lane)
        lane = laneOf(id)
        listed.push({ at, intent, attempt, id })
        return undefined
      })
    }
    const alone = new Map<string, (() => Promise<void>)[]>()
    const follow = ({ at, intent }: Prepared, begun?: Begun): void => {
      const key = encodeTuple(intent.key)
      const before = alone.get(key) ?? []
      alone.set(key, [
        ...before,
        async () => {
          results[at] = await outcomeOf(() => perform(scope, intent, options, begun))
        },
      ])
    }
    const [first] = listed
    if (first !== undefined) {
      const send = () => sendList(scope, listed, options, done)
      for (const item of await versions.during(first.id, send)) follow(item, item.begun)
    }
    for (const item of later) follow(item)
    const inOrder = (jobs: readonly (() => Promise<void>)[]) => async (): Promise<void> => {
      for (const job of jobs) await job()
    }
    await runAll([...alone.values()].map(inOrder))
  }
  return results
}

/** `repository.createMany`. */
export const createMany = async (
  scope: Scope,
  inputs: readonly unknown[],
  options?: CallOptions,
): Promise<BulkResult<Fields>[]> =>
  (await runMany(
    scope,
    inputs,
    (input) => createIntent(scope, input),
    options,
  )) as BulkResult<Fields>[]

/** `repository.putMany`. */
export const putMany = async (
  scope: Scope,
  inputs: readonly unknown[],
  options?: CallOptions,
): Promise<BulkResult<Fields>[]> =>
  (await runMany(
    scope,
    inputs,
    (input) => putIntent(scope, input),
    options,
  )) as BulkResult<Fields>[]

/** `repository.deleteMany`. */
export const deleteMany = (
  scope: Scope,
  keys: readonly unknown[],
  options?: CallOptions,
): Promise<BulkResult<Fields | undefined>[]> =>
  runMany(scope, keys, (key) => deleteIntent(scope, key, {}), options)
