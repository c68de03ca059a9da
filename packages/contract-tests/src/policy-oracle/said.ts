/** Rules and filters in the kit's own words: data that both core and the kit's evaluator are given. */
import type { Scalar } from '@holdfast/core/driver'

/** An attribute of the actor. */
export interface Attribute {
  readonly me: string
}

/** The right-hand side of a comparison. */
export type Given = Scalar | Attribute

/** A condition as data. */
export type Said =
  | { readonly op: 'const'; readonly value: boolean | undefined }
  | { readonly op: 'and' | 'or' | 'not'; readonly of: readonly Said[] }
  | { readonly op: 'isNull' | 'exists'; readonly field: string }
  | { readonly op: 'between'; readonly field: string; readonly low: Given; readonly high: Given }
  | { readonly op: 'in'; readonly field: string; readonly values: readonly Given[] | Attribute }
  | {
      readonly op: 'eq' | 'gt' | 'gte' | 'lt' | 'lte' | 'has' | 'startsWith'
      readonly field: string
      readonly value: Given
    }

/** A rule as data. What is left out is left out of the policy too. */
export interface SaidRule {
  readonly effect: 'allow' | 'deny'
  readonly roles: string | readonly string[]
  readonly when?: Said | undefined
  readonly check?: Said | undefined
  readonly fields?: readonly string[] | 'all' | undefined
  readonly reveal?: readonly string[] | undefined
  readonly on?: 'old' | 'new' | 'both' | undefined
}

/** Whether an operand stands for an attribute of the actor. */
export const isAttribute = (given: unknown): given is Attribute =>
  typeof given === 'object' && given !== null && 'me' in given

/** An attribute of the actor. */
export const me = (name: string): Attribute => ({ me: name })

type Compare = 'eq' | 'gt' | 'gte' | 'lt' | 'lte' | 'has' | 'startsWith'
const comparing =
  (op: Compare) =>
  (field: string, value: Given): Said => ({ op, field, value })

/** The field equals the value. */
export const eq = comparing('eq')
/** The field is greater. */
export const gt = comparing('gt')
/** The field is greater or equal. */
export const gte = comparing('gte')
/** The field is less. */
export const lt = comparing('lt')
/** The field is less or equal. */
export const lte = comparing('lte')
/** The list has an element equal to the value. */
export const has = comparing('has')
/** The text begins with the value. */
export const startsWith = comparing('startsWith')
/** The field lies within both bounds. */
export const between = (field: string, low: Given, high: Given): Said => ({
  op: 'between',
  field,
  low,
  high,
})
/** The field equals one of the values. */
export const oneOf = (field: string, values: readonly Given[] | Attribute): Said => ({
  op: 'in',
  field,
  values,
})
/** The field is null. */
export const isNull = (field: string): Said => ({ op: 'isNull', field })
/** The field is there. */
export const exists = (field: string): Said => ({ op: 'exists', field })
/** All hold. */
export const and = (...of: readonly Said[]): Said => ({ op: 'and', of })
/** One holds. */
export const or = (...of: readonly Said[]): Said => ({ op: 'or', of })
/** It does not hold. */
export const not = (of: Said): Said => ({ op: 'not', of: [of] })

/** A rule that grants to role `one`, unless `more` names others. */
export const allow = (when?: Said, more: Partial<SaidRule> = {}): SaidRule => ({
  effect: 'allow',
  roles: 'one',
  when,
  ...more,
})

/** A rule that refuses role `one`, unless `more` names others. */
export const deny = (when?: Said, more: Partial<SaidRule> = {}): SaidRule => ({
  effect: 'deny',
  roles: 'one',
  when,
  ...more,
})
