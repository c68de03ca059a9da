import type { CallOptions, Key, StoredRecord } from './driver.ts'
import { type ErrorCode, HoldfastError, invalid, isHoldfastError } from './error.ts'
import { ALWAYS, leavesOf } from './filter-algebra.ts'
import { evaluate, type Filter } from './filter.ts'
import { sensitiveIn } from './plan.ts'
import { checkOptions, denied, type Scope } from './scope.ts'
import type { Fields } from './shape.ts'
import { parseWhere } from './where.ts'

/** Conditions of an update or delete, untyped. */
export interface RawConditions extends CallOptions {
  readonly ifVersion?: string | undefined
  readonly if?: unknown
}

export const error = (
  scope: Scope,
  code: ErrorCode,
  message: string,
  rule?: string,
  field?: string,
): HoldfastError => new HoldfastError(code, message, { entity: scope.model.name, rule, field })

/** Which write of which record. */
export interface Target {
  readonly operation: 'update' | 'delete'
  readonly key: Key
}

export interface Conditions {
  readonly target: Target
  readonly version: string | undefined
  readonly filter: Filter
  /** The sensitive fields that `filter` and the patch read: a rule must reveal them on the record. */
  readonly reads: readonly string[]
}

const CONDITION_OPTIONS = ['if', 'ifVersion', 'signal']

const parseConditions = (
  scope: Scope,
  target: Target,
  options: RawConditions,
  reads: readonly string[],
): Conditions => {
  const { model, access } = scope
  checkOptions(model, options, CONDITION_OPTIONS)
  if ('if' in options && options.if === undefined)
    throw invalid(`if on ${model.name} is undefined; leave it out.`, model.name, 'if')
  const filter = 'if' in options ? parseWhere(model, options.if) : ALWAYS
  const { ifVersion: version } = options
  if ('ifVersion' in options && typeof version !== 'string')
    throw invalid(
      `ifVersion on ${model.name} must be a version as read; leave it out to write unconditionally.`,
      model.name,
      'ifVersion',
    )
  return {
    target,
    version,
    filter,
    reads: sensitiveIn(model, access, [...leavesOf(filter).map(({ field }) => field), ...reads]),
  }
}

/**
 * Checks the conditions of a write whose patch also reads the fields in `reads`: whether an increment
 * overflows would tell of a hidden value. Tells audit of a sensitive field that no rule reveals.
 */
export const conditionsOf = (
  scope: Scope,
  target: Target,
  options: RawConditions,
  reads: readonly string[] = [],
): Conditions => {
  try {
    return parseConditions(scope, target, options, reads)
  } catch (thrown) {
    throw isHoldfastError(thrown) ? denied(scope, target.operation, target.key, thrown) : thrown
  }
}

/** Throws where no rule reveals what the conditions and the patch read of a record. */
export const checkReadable = (scope: Scope, value: Fields, { target, reads }: Conditions): void => {
  if (reads.every((field) => scope.access.reveals(field, value))) return
  const text = `No rule of this actor reveals the sensitive fields that this call reads on this ${scope.model.name}.`
  throw denied(scope, target.operation, target.key, error(scope, 'FORBIDDEN', text))
}

/** Throws why the conditions do not hold of a record that the actor may read and change. */
export const checkConditions = (
  scope: Scope,
  { value, version }: StoredRecord,
  conditions: Conditions,
): void => {
  const { name } = scope.model
  if (conditions.version !== undefined && conditions.version !== version)
    throw error(
      scope,
      'VERSION_CONFLICT',
      `This ${name} has changed since it was read; read it again and decide anew.`,
    )
  if (evaluate(conditions.filter, value) !== true)
    throw error(scope, 'CONDITION_FAILED', `The condition on this ${name} does not hold.`)
}
