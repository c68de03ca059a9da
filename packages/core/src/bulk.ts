import { forbidden } from './authorize-write.ts'
import { keyFields, keyOf } from './driver-helpers.ts'
import type { CallOptions, WriteResult } from './driver.ts'
import type { HoldfastError } from './error.ts'
import { invalid, isHoldfastError } from './error.ts'
import { folded, isAlways } from './filter-algebra.ts'
import { createIntent, deleteIntent, type Intent, putIntent } from './intent.ts'
import { parsePatch } from './patch.ts'
import { prepare } from './query.ts'
import { each } from './reader.ts'
import { checkOptions, isPlainObject, type Scope } from './scope.ts'
import type { Fields } from './shape.ts'
import { encodeTuple } from './tuple.ts'
import { laneOf } from './version.ts'
import { parseWhere } from './where.ts'
import type { Start } from './write-guard.ts'
import { after, CALL_OPTIONS, deleteRecord, perform, updateRecord } from './writer.ts'

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

interface Item {
  readonly at: number
  readonly intent: Intent
  readonly id: string
}

/**
 * Sends the direct writes of many intents as one list. What the list did not settle is returned with
 * the way to go on: alone, and under the same id where it may have been applied.
 */
const sendList = async (
  scope: Scope,
  items: readonly Item[],
  options: CallOptions,
  done: (at: number, row: Fields | undefined) => void,
): Promise<readonly (Item & { readonly start: Start | undefined })[]> => {
  const { driver } = scope.runtime
  const writes = items.flatMap(({ intent, id }) => intent.direct?.(id) ?? [])
  const startAfter = (error: unknown, id: string): Start | undefined =>
    driver.classify(error).outcome === 'unknown' ? { id, ambiguous: error } : undefined
  let results: readonly WriteResult[]
  try {
    results = await driver.write(writes, { atomic: false, signal: options.signal })
  } catch (error) {
    return items.map((item) => ({ ...item, start: startAfter(error, item.id) }))
  }
  return items.flatMap((item, position) => {
    const { at, intent, id } = item
    const [result, write] = [results[position], writes[position]]
    if (result?.applied === true) {
      const put = write?.kind === 'put' ? { value: write.value as Fields, version: id } : undefined
      done(at, after(scope, intent, intent.rule, put ?? result.record))
      return []
    }
    const error = result?.error
    return [{ ...item, start: error === undefined ? undefined : startAfter(error, id) }]
  })
}

/**
 * Prepares and writes many items. Direct writes of different keys travel as lists; the others, and
 * later ones of the same key, follow alone and in order. One outcome per item, never all-or-nothing.
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
  for (let from = 0; from < items.length; from += CHUNK) {
    const listed: Item[] = []
    let lane: string | undefined
    const alone = new Map<string, (() => Promise<void>)[]>()
    const follow = (at: number, intent: Intent, start?: Start): void => {
      const key = encodeTuple(intent.key)
      const before = alone.get(key) ?? []
      alone.set(key, [
        ...before,
        async () => {
          results[at] = await outcomeOf(() => perform(scope, intent, options, start))
        },
      ])
    }
    const keys = new Set<string>()
    const later: (readonly [number, Intent])[] = []
    for (let at = from; at < Math.min(from + CHUNK, items.length); at += 1) {
      let intent: Intent | undefined
      const outcome = await outcomeOf(async () => {
        intent = await prepare(items[at])
        return undefined
      })
      if (intent === undefined) {
        results[at] = outcome
        continue
      }
      const key = encodeTuple(intent.key)
      if (intent.direct === undefined || keys.has(key)) later.push([at, intent])
      else {
        // One lane for all: they are different records.
        const id = versions.next('', lane)
        lane = laneOf(id)
        listed.push({ at, intent, id })
      }
      keys.add(key)
    }
    const done = (at: number, value: Fields | undefined): void => {
      results[at] = { ok: true, value }
    }
    const [first] = listed
    if (first !== undefined) {
      const send = () => sendList(scope, listed, options, done)
      for (const { at, intent, start } of await versions.during(first.id, send))
        follow(at, intent, start)
    }
    for (const [at, intent] of later) follow(at, intent)
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

/** Counts of a change by filter. */
export interface ChangeCounts {
  /** Records that matched and that the actor may read. */
  readonly matched: number
  /** Records changed. Those neither changed nor denied no longer matched when their turn came. */
  readonly changed: number
  /** Records that the actor may read and that a rule refused to change. */
  readonly denied: number
}

interface ChangeQuery extends CallOptions {
  readonly where: unknown
  readonly index?: string
  readonly scan?: boolean
}

const requireWhere = (scope: Scope, query: unknown): ChangeQuery => {
  const { where } = isPlainObject(query) ? query : {}
  const isGiven = typeof where === 'object' && where !== null && !Array.isArray(where)
  if (!isGiven || isAlways(folded(parseWhere(scope.model, where))))
    throw invalid(
      `A change by filter on ${scope.model.name} needs a where that says something.`,
      scope.model.name,
      'where',
    )
  return query as ChangeQuery
}

const GONE = new Set(['NOT_FOUND', 'CONDITION_FAILED'])

/** A change of every match of a filter. */
interface ChangeEach {
  readonly operation: 'update' | 'delete'
  /** Fields that it changes. */
  readonly carried: readonly string[]
  /** Changes one record; returns whether it did. */
  readonly change: (key: Fields) => Promise<boolean>
}

/** Visits every match once, also when the change moves records along the index being read. */
const changeEach = async (
  scope: Scope,
  query: ChangeQuery,
  { operation, carried, change }: ChangeEach,
): Promise<ChangeCounts> => {
  const { model, access } = scope
  prepare(scope, query)
  const prospect = access.mayEver(operation, carried)
  if (!prospect.allowed) throw forbidden(scope, operation, undefined, prospect)
  const seen = new Set<string>()
  let changed = 0
  let denied = 0
  for await (const row of each(scope, query)) {
    const text = encodeTuple(keyOf(model, row))
    if (seen.has(text)) continue
    seen.add(text)
    const key = Object.fromEntries(keyFields(model).map((name) => [name, row[name]]))
    try {
      if (await change(key)) changed += 1
    } catch (error) {
      if (!isHoldfastError(error)) throw error
      if (error.code === 'FORBIDDEN') denied += 1
      else if (!GONE.has(error.code)) throw error
    }
  }
  return { matched: seen.size, changed, denied }
}

/** `repository.updateWhere`: each match by its own conditional write, under the filter. */
export const updateWhere = async (
  scope: Scope,
  input: unknown,
  patch: unknown,
): Promise<ChangeCounts> => {
  const query = requireWhere(scope, input)
  const { fields: carried } = parsePatch(scope.model, patch)
  const options = { if: query.where, signal: query.signal }
  return changeEach(scope, query, {
    operation: 'update',
    carried,
    change: async (key) => {
      await updateRecord(scope, key, patch, options)
      return true
    },
  })
}

/** `repository.deleteWhere`: each match by its own conditional delete, under the filter. */
export const deleteWhere = async (scope: Scope, input: unknown): Promise<ChangeCounts> => {
  const query = requireWhere(scope, input)
  const options = { if: query.where, signal: query.signal }
  return changeEach(scope, query, {
    operation: 'delete',
    carried: [],
    change: async (key) => (await deleteRecord(scope, key, options)) !== undefined,
  })
}
