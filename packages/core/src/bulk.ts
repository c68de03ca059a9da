import { keyOf } from './driver-helpers.ts'
import type { CallOptions } from './driver.ts'
import type { HoldfastError } from './error.ts'
import { invalid, isHoldfastError } from './error.ts'
import { parsePatch } from './patch.ts'
import { each } from './reader.ts'
import { isPlainObject, type Scope } from './scope.ts'
import type { Fields } from './shape.ts'
import { encodeTuple } from './tuple.ts'
import { createRecord, deleteRecord, putRecord, updateRecord } from './writer.ts'

/** What became of one item of a bulk call. */
export type BulkResult<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: HoldfastError }

const IN_FLIGHT = 16

/** Runs `one` for every item, 16 at a time, and reports each outcome in order. Never all-or-nothing. */
const runMany = async <T>(
  items: readonly unknown[],
  one: (item: unknown) => Promise<T>,
): Promise<BulkResult<T>[]> => {
  const results: BulkResult<T>[] = Array.from({ length: items.length })
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const at = next
      next += 1
      try {
        results[at] = { ok: true, value: await one(items[at]) }
      } catch (error) {
        if (!isHoldfastError(error)) throw error
        results[at] = { ok: false, error }
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(IN_FLIGHT, items.length) }, worker))
  return results
}

/** `repository.createMany`. */
export const createMany = (
  scope: Scope,
  inputs: readonly unknown[],
  options?: CallOptions,
): Promise<BulkResult<Fields>[]> => runMany(inputs, (input) => createRecord(scope, input, options))

/** `repository.putMany`. */
export const putMany = (
  scope: Scope,
  inputs: readonly unknown[],
  options?: CallOptions,
): Promise<BulkResult<Fields>[]> => runMany(inputs, (input) => putRecord(scope, input, options))

/** `repository.deleteMany`. */
export const deleteMany = (
  scope: Scope,
  keys: readonly unknown[],
  options?: CallOptions,
): Promise<BulkResult<Fields | undefined>[]> =>
  runMany(keys, (key) => deleteRecord(scope, key, options))

/** Counts of a change by filter. */
export interface ChangeCounts {
  /** Records that matched and that the actor may read. */
  readonly matched: number
  /** Records changed. The others changed meanwhile and no longer match, or are gone. */
  readonly changed: number
}

interface ChangeQuery extends CallOptions {
  readonly where: unknown
  readonly index?: string
  readonly scan?: boolean
}

const requireWhere = (scope: Scope, query: unknown): ChangeQuery => {
  const { where } = isPlainObject(query) ? query : {}
  const isEmpty = typeof where !== 'object' || where === null || Reflect.ownKeys(where).length === 0
  if (isEmpty)
    throw invalid(
      `A change by filter on ${scope.model.name} needs a non-empty where.`,
      scope.model.name,
      'where',
    )
  return query as ChangeQuery
}

const GONE = new Set(['NOT_FOUND', 'CONDITION_FAILED'])

/** Visits every match once, also when the change moves records along the index being read. */
const changeEach = async (
  scope: Scope,
  query: ChangeQuery,
  change: (key: Fields) => Promise<boolean>,
): Promise<ChangeCounts> => {
  const { model } = scope
  const seen = new Set<string>()
  let changed = 0
  const names = [...model.key.partition, ...model.key.sort]
  for await (const row of each(scope, query)) {
    const text = encodeTuple(keyOf(model, row))
    if (seen.has(text)) continue
    seen.add(text)
    const key = Object.fromEntries(names.map((name) => [name, row[name]]))
    try {
      if (await change(key)) changed += 1
    } catch (error) {
      if (!isHoldfastError(error) || !GONE.has(error.code)) throw error
    }
  }
  return { matched: seen.size, changed }
}

/** `repository.updateWhere`: each match by its own conditional write, under the filter. */
export const updateWhere = async (
  scope: Scope,
  input: unknown,
  patch: unknown,
): Promise<ChangeCounts> => {
  const query = requireWhere(scope, input)
  parsePatch(scope.model, patch)
  return changeEach(scope, query, async (key) => {
    await updateRecord(scope, key, patch, { if: query.where, signal: query.signal })
    return true
  })
}

/** `repository.deleteWhere`: each match by its own conditional delete, under the filter. */
export const deleteWhere = async (scope: Scope, input: unknown): Promise<ChangeCounts> => {
  const query = requireWhere(scope, input)
  return changeEach(
    scope,
    query,
    async (key) =>
      (await deleteRecord(scope, key, { if: query.where, signal: query.signal })) !== undefined,
  )
}
