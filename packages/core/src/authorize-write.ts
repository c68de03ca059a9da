import type { Decision } from './authorize.ts'
import { error } from './conditions.ts'
import type { Key } from './driver.ts'
import type { HoldfastError } from './error.ts'
import { denied, type Scope } from './scope.ts'
import type { Fields } from './shape.ts'

/** The `FORBIDDEN` of a decision, after telling audit. */
export const forbidden = (
  scope: Scope,
  operation: 'create' | 'update' | 'delete',
  key: Key | undefined,
  { rule, field }: Decision,
): HoldfastError => {
  const reason =
    rule === undefined
      ? 'no rule allows it'
      : field === undefined
        ? `rule ${rule} refuses it`
        : `rule ${rule} does not let it carry ${field}`
  return denied(
    scope,
    operation,
    key,
    error(
      scope,
      'FORBIDDEN',
      `This actor may not ${operation} this ${scope.model.name}: ${reason}.`,
      rule,
      field,
    ),
  )
}

/** Throws `FORBIDDEN`, and tells audit, unless a rule allows the write. Returns the rule. */
export const authorize = (
  scope: Scope,
  key: Key,
  operation: 'create' | 'update' | 'delete',
  old: Fields | undefined,
  next: Fields | undefined,
  carried: readonly string[],
): string | undefined => {
  const decision = scope.access.decide(operation, old, next, carried)
  if (!decision.allowed) throw forbidden(scope, operation, key, decision)
  return decision.rule
}
