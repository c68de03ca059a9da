/** Marks patch operators, so that nothing from JSON can become one. */
export const PATCH: unique symbol = Symbol.for('holdfast.patch')

/** What an operator asks for. */
export type Change =
  | { readonly op: 'increment'; readonly by: number | bigint }
  | { readonly op: 'append'; readonly values: readonly unknown[] }
  | { readonly op: 'remove' }

/** A change of a field relative to what is stored. */
export interface PatchOperator<out T> {
  readonly [PATCH]: Change
  readonly '~type'?: T
}

/** Adds to an `integer` or `bigint` field; missing and null count as 0. Overflow is `INVALID`. */
export const increment = <const T extends number | bigint>(
  by: T,
): PatchOperator<T extends bigint ? bigint : number> => ({ [PATCH]: { op: 'increment', by } })
/** Adds elements at the end of an array field; missing and null count as empty. */
export const append = <const T>(...values: readonly T[]): PatchOperator<T[]> => ({
  [PATCH]: { op: 'append', values },
})
/** Makes an optional field missing. */
export const remove = (): PatchOperator<never> => ({ [PATCH]: { op: 'remove' } })
