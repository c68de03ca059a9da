import { invalid } from './error.ts'
import type { ActorShape } from './policy.ts'

const copyDeep = (value: unknown): unknown => {
  if (Array.isArray(value)) return Object.freeze(value.map(copyDeep))
  if (typeof value !== 'object' || value === null) return value
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null)
    return value instanceof Date ? new Date(value) : value
  return Object.freeze(
    Object.fromEntries(Object.entries(value).map(([name, one]) => [name, copyDeep(one)])),
  )
}

/**
 * Validates an actor and returns a frozen copy, which later changes of the original do not touch.
 * @throws `INVALID` when the schema refuses, is asynchronous, or yields no list of roles.
 */
export const validateActor = (
  schema: { readonly '~standard': { validate(value: unknown): unknown } },
  actor: unknown,
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
  return copy
}

export const canonical = (value: unknown): unknown => {
  if (typeof value === 'bigint') return `${value}n`
  if (Array.isArray(value)) return value.map(canonical)
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, one]) => [name, canonical(one)]),
  )
}
