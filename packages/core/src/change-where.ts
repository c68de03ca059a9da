import { forbidden } from './authorize-write.ts'
import { keyFields, keyOf } from './driver-helpers.ts'
import type { CallOptions } from './driver.ts'
import { invalid, isHoldfastError } from './error.ts'
import { folded, isAlways } from './filter-algebra.ts'
import { parsePatch } from './patch.ts'
import { prepare } from './query.ts'
import { each } from './reader.ts'
import { isPlainObject, type Scope } from './scope.ts'
import type { Fields } from './shape.ts'
import { encodeTuple } from './tuple.ts'
import { parseWhere } from './where.ts'
import { deleteRecord, updateRecord } from './writer.ts'

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
