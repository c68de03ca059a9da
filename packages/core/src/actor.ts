import { Decimal } from './decimal.ts'
import { invalid } from './error.ts'
import { leavesOf } from './filter-algebra.ts'
import { isReference, isScalar } from './filter.ts'
import type { ActorShape, Policy } from './policy.ts'
import { normalizeField } from './value.ts'

const MAX_DEPTH = 16

/** A frozen copy of plain data: own properties only, whatever class they came in. */
const copyDeep = (value: unknown, depth = 0): unknown => {
  if (typeof value !== 'object' || value === null || Decimal.isDecimal(value)) return value
  if (depth > MAX_DEPTH) throw invalid(`The actor is nested deeper than ${MAX_DEPTH} levels.`)
  const copy = (one: unknown): unknown => copyDeep(one, depth + 1)
  if (value instanceof Date) return new Date(value)
  if (value instanceof Uint8Array) return value.slice()
  if (Array.isArray(value)) return Object.freeze(value.map(copy))
  return Object.freeze(
    Object.fromEntries(Object.entries(value).map(([name, one]) => [name, copy(one)])),
  )
}

/** How a policy uses an attribute of the actor. */
export interface ActorUse {
  readonly attribute: string
  /** `oneOf(me.x)` takes a list; every other comparison takes one value. */
  readonly isList: boolean
}

/** Every use that policies make of the actor, once. */
export const actorUsesOf = (policies: readonly Policy[]): readonly ActorUse[] => {
  const rules = policies.flatMap((policy) => Object.values(policy.rules).flat())
  const uses = new Map<string, ActorUse>()
  const use = (operand: unknown, isList: boolean): void => {
    if (isReference(operand))
      uses.set(`${operand.actor} ${isList}`, { attribute: operand.actor, isList })
  }
  for (const leaf of rules.flatMap(({ when, check }) => [...leavesOf(when), ...leavesOf(check)]))
    if ('value' in leaf) use(leaf.value, false)
    else if ('values' in leaf) {
      use(leaf.values, true)
      if (Array.isArray(leaf.values)) for (const one of leaf.values) use(one, false)
    }
  return [...uses.values()]
}

/** An attribute may be null or missing: its comparisons are then unknown. @throws `INVALID` */
const checkUse = (actor: object, { attribute, isList }: ActorUse): void => {
  const given: unknown = Object.hasOwn(actor, attribute) ? actor[attribute as never] : undefined
  if (given === undefined || given === null) return
  const values: readonly unknown[] = Array.isArray(given) && isList ? given : [given]
  const present = values.filter((one) => one !== undefined && one !== null)
  if (isList !== Array.isArray(given) || !present.every(isScalar))
    throw invalid(
      `The actor's ${attribute} must be ${isList ? 'a list of values' : 'one value'}, because policies compare it.`,
      undefined,
      attribute,
    )
  for (const one of present)
    normalizeField('actor', { name: attribute, kind: 'json', optional: true }, one)
}

/**
 * Validates an actor and returns a frozen copy, which later changes of the original do not touch.
 * @throws `INVALID` when the schema refuses, is asynchronous, or yields no list of roles, or when an
 * attribute is nothing that `uses` can compare.
 */
export const validateActor = (
  schema: { readonly '~standard': { validate(value: unknown): unknown } },
  actor: unknown,
  uses: readonly ActorUse[] = [],
): ActorShape => {
  const result = schema['~standard'].validate(actor) as {
    readonly value?: unknown
    readonly issues?: readonly { readonly message: string }[]
  }
  if (result instanceof Promise) {
    result.catch(() => undefined)
    throw invalid(
      'The schema of defineActor must validate synchronously; resolve the actor before store.as().',
    )
  }
  if (result.issues !== undefined)
    throw invalid(
      `The actor is not valid: ${result.issues[0]?.message ?? 'refused by its schema'}.`,
    )
  const copy = copyDeep(result.value) as ActorShape
  if (!Array.isArray(copy?.roles) || copy.roles.some((role: unknown) => typeof role !== 'string'))
    throw invalid('The actor must have `roles`, a list of strings.', undefined, 'roles')
  for (const use of uses) checkUse(copy, use)
  return copy
}

/** Plain data whose JSON is equal for equal actors only. */
export const canonical = (value: unknown): unknown => {
  if (typeof value === 'bigint') return { bigint: `${value}` }
  if (Array.isArray(value)) return value.map(canonical)
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, one]) => [name, canonical(one)]),
  )
}
