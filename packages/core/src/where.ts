import { Decimal } from './decimal.ts'
import type { Scalar } from './driver.ts'
import { invalid, limitExceeded } from './error.ts'
import { ALWAYS, allOf, disjuncts, NEVER } from './filter-algebra.ts'
import {
  type ActorReference,
  type Comparison,
  type Filter,
  isScalar,
  type Operand,
} from './filter.ts'
import type { EntityModel, Kind } from './shape.ts'
import { normalizeField } from './value.ts'

const OPERATOR: unique symbol = Symbol.for('holdfast.operator')
const COMBINED: unique symbol = Symbol.for('holdfast.combined')
const REFERENCE: unique symbol = Symbol.for('holdfast.reference')

type Spec =
  | { readonly op: Comparison | 'startsWith' | 'has'; readonly value: unknown }
  | { readonly op: 'between'; readonly low: unknown; readonly high: unknown }
  | { readonly op: 'in'; readonly values: unknown }
  | { readonly op: 'isNull' }
  | { readonly op: 'exists' }

/** A comparison for a field of type `T`. Made by functions only: nothing from JSON can become one. */
export interface Operator<out T> {
  readonly [OPERATOR]: Spec
  readonly '~of'?: { readonly scalar: T }
}

/** `startsWith`, for string fields. */
export interface TextOperator {
  readonly [OPERATOR]: Spec
  readonly '~of'?: { readonly text: true }
}

/** `has`, for array fields with elements of type `T`. */
export interface ListOperator<out T> {
  readonly [OPERATOR]: Spec
  readonly '~of'?: { readonly element: T }
}

/** An attribute of the actor, inside a policy: symbolic until an actor is bound. */
export interface Reference<out T> {
  readonly [REFERENCE]: string
  readonly '~type'?: T
}

/** What may be said of a field of type `V`: a value, an operator, or (in policies) an actor attribute. */
export type Condition<V, N = NonNullable<V>> = V extends readonly (infer E)[]
  ? ListOperator<E> | Operator<never>
  : V extends string
    ? V | Operator<N> | TextOperator | Reference<N>
    : V extends Scalar
      ? V | Operator<N> | Reference<N>
      : Operator<never>

/** Fields that must all hold. */
export type FieldConditions<Row> = { readonly [K in keyof Row]?: Condition<Row[K]> }

/** The result of `and`, `or` or `not`. */
export interface Combined<in Row> {
  readonly [COMBINED]: { readonly op: 'and' | 'or' | 'not'; readonly of: readonly unknown[] }
  readonly '~row'?: (row: Row) => void
}

/** A filter over records of type `Row`. */
export type Where<Row> = FieldConditions<Row> | Combined<Row>

const operator = (spec: Spec): { readonly [OPERATOR]: Spec } => Object.freeze({ [OPERATOR]: spec })

/** Greater than. */
export const gt = <const T extends Scalar>(value: T | Reference<T>): Operator<T> =>
  operator({ op: 'gt', value })
/** Greater than or equal. */
export const gte = <const T extends Scalar>(value: T | Reference<T>): Operator<T> =>
  operator({ op: 'gte', value })
/** Less than. */
export const lt = <const T extends Scalar>(value: T | Reference<T>): Operator<T> =>
  operator({ op: 'lt', value })
/** Less than or equal. */
export const lte = <const T extends Scalar>(value: T | Reference<T>): Operator<T> =>
  operator({ op: 'lte', value })
/** From `low` to `high`, both included. */
export const between = <const T extends Scalar>(
  low: T | Reference<T>,
  high: T | Reference<T>,
): Operator<T> => operator({ op: 'between', low, high })
/** Equal to one of up to 30 values. An empty list holds for no record. */
export const oneOf = <const T extends Scalar>(
  values: readonly (T | Reference<T>)[] | Reference<readonly T[]>,
): Operator<T> => operator({ op: 'in', values })
/** Begins with `prefix`, by code points and case-sensitive. */
export const startsWith = (prefix: string): TextOperator =>
  operator({ op: 'startsWith', value: prefix })
/** The array contains an element equal to `element`. */
export const has = <const T extends Scalar>(element: T | Reference<T>): ListOperator<T> =>
  operator({ op: 'has', value: element })
/** The field is null. A missing field is not. */
export const isNull = (): Operator<never> => operator({ op: 'isNull' })
/** The field is present, null included. */
export const exists = (): Operator<never> => operator({ op: 'exists' })

/** As JSON it would be `{}`, which holds for every record. */
const COMBINATION = {
  toJSON(): never {
    throw invalid('and(), or() and not() cannot become JSON; send what they are made from.')
  },
}

const combined = <Row>(op: 'and' | 'or' | 'not', of: readonly unknown[]): Combined<Row> =>
  Object.assign(Object.create(COMBINATION) as object, { [COMBINED]: { op, of } })

/** All filters hold. */
export const and = <Row>(...filters: readonly Where<NoInfer<Row>>[]): Combined<Row> =>
  combined('and', filters)
/** At least one filter holds. Needs at least one. */
export const or = <Row>(...filters: readonly Where<NoInfer<Row>>[]): Combined<Row> =>
  combined('or', filters)
/** The filter is false; where it is unknown, so is this. */
export const not = <Row>(filter: Where<NoInfer<Row>>): Combined<Row> => combined('not', [filter])

/** Makes the symbolic reference behind `me.<attribute>`. */
export const reference = <T>(attribute: string): Reference<T> =>
  Object.freeze({ [REFERENCE]: attribute })

const MAX_DISJUNCTS = 30
const ORDERED = new Set([
  'string',
  'integer',
  'number',
  'bigint',
  'decimal',
  'boolean',
  'date',
  'bytes',
  'json',
])

/**
 * A literal in its field's own kind where that is exact (5 for a bigint field becomes 5n); otherwise
 * as given, which then compares as a value of its own type.
 */
const toKind = (kind: Kind, value: Scalar): Scalar => {
  const isNumeric =
    typeof value === 'number' || typeof value === 'bigint' || Decimal.isDecimal(value)
  if (!isNumeric) return value
  if (kind === 'decimal') return Decimal.from(value)
  if (kind === 'bigint' && typeof value === 'number' && Number.isSafeInteger(value))
    return BigInt(value)
  const isSafe = typeof value === 'bigint' && Number.isSafeInteger(Number(value))
  return (kind === 'integer' || kind === 'number') && isSafe ? Number(value) : value
}

const TYPES: Partial<Record<Kind, (value: unknown) => boolean>> = {
  string: (value) => typeof value === 'string',
  integer: (value) => Number.isSafeInteger(value),
  number: (value) => typeof value === 'number',
  bigint: (value) => typeof value === 'bigint',
  decimal: (value) => Decimal.isDecimal(value),
  boolean: (value) => typeof value === 'boolean',
  date: (value) => value instanceof Date,
  bytes: (value) => value instanceof Uint8Array,
}

/** Whether a literal is of exactly the field's kind, so that a store can compare it natively. */
export const isOfKind = (kind: Kind, value: unknown): boolean => TYPES[kind]?.(value) ?? false

/**
 * Checks a literal of a filter, also an actor's attribute, and brings it into its field's kind.
 * @throws `INVALID` when it is not a legal scalar.
 */
export const literal = (entity: EntityModel, field: string, value: unknown): Scalar => {
  const fail = (rule: string): never => {
    throw invalid(`The filter on ${entity.name}.${field} ${rule}`, entity.name, field)
  }
  if (value === undefined) return fail('is undefined; leave the field out, or use not(exists()).')
  if (value === null) return fail('is null; use isNull().')
  if (!isScalar(value)) return fail('must be a value or an operator such as gt().')
  const scalar = normalizeField(entity.name, { name: field, kind: 'json', optional: false }, value)
  return toKind(entity.fields[field]?.kind ?? 'json', scalar as Scalar)
}

interface Parser {
  readonly entity: EntityModel
  /** Whether `me.x` is allowed: in policies only. */
  readonly references: boolean
}

const operand = (parser: Parser, field: string, value: unknown): Operand => {
  if (typeof value === 'object' && value !== null && REFERENCE in value) {
    if (parser.references) return { actor: value[REFERENCE] as string } satisfies ActorReference
    throw invalid(
      `The filter on ${field} refers to the actor; only policies may.`,
      undefined,
      field,
    )
  }
  return literal(parser.entity, field, value)
}

const parseOperator = (parser: Parser, field: string, spec: Spec): Filter => {
  const { entity } = parser
  const kind = entity.fields[field]?.kind ?? 'json'
  const needs = (rule: string): never => {
    throw invalid(`${spec.op} on ${entity.name}.${field} ${rule}`, entity.name, field)
  }
  if (spec.op === 'isNull' || spec.op === 'exists') return { op: spec.op, field }
  if (spec.op === 'has') {
    if (kind !== 'array' && kind !== 'json') needs('needs an array field.')
  } else if (!ORDERED.has(kind))
    needs(`cannot compare a field of kind ${kind}; use has, isNull or exists.`)
  if (spec.op === 'between') {
    const bound = (op: 'gte' | 'lte', value: unknown): Filter => ({
      op,
      field,
      value: operand(parser, field, value),
    })
    return allOf([bound('gte', spec.low), bound('lte', spec.high)])
  }
  if (spec.op === 'in') {
    if (!Array.isArray(spec.values))
      return { op: 'in', field, values: operand(parser, field, spec.values) as ActorReference }
    const values = Array.from(spec.values, (value) => operand(parser, field, value))
    return values.length === 0 ? NEVER : { op: 'in', field, values }
  }
  if (spec.op === 'startsWith' && typeof spec.value !== 'string') needs('needs a string.')
  return { op: spec.op, field, value: operand(parser, field, spec.value) }
}

/**
 * One list of conditions, nested ones taken in, so that the planner sees them. Constants stay: an empty
 * `oneOf` must not hide the conditions beside it, or the query would be refused for its data.
 */
const flat = (op: 'and' | 'or', filters: readonly Filter[]): Filter => {
  const of = filters.flatMap((one) => (one.op === op ? one.of : [one]))
  return of.length === 1 && of[0] !== undefined ? of[0] : { op, of }
}

const parseCombined = (parser: Parser, combined: Combined<never>): Filter => {
  const [extra] = Object.keys(combined)
  if (extra !== undefined)
    throw invalid(
      `A filter on ${parser.entity.name} has ${extra} beside and(), or() or not(); use and() for both.`,
      parser.entity.name,
      extra,
    )
  const { op, of } = combined[COMBINED]
  const filters = of.map((one) => parse(parser, one))
  if (op === 'not') return { op: 'not', of: filters[0] ?? NEVER }
  if (filters.length === 0) throw invalid(`${op}() needs at least one filter.`, parser.entity.name)
  return flat(op, filters)
}

const parse = (parser: Parser, where: unknown): Filter => {
  const { entity } = parser
  if (typeof where !== 'object' || where === null || Array.isArray(where))
    throw invalid(
      `A filter on ${entity.name} must be an object of fields, and(), or() or not().`,
      entity.name,
    )
  if (COMBINED in where) return parseCombined(parser, where as Combined<never>)
  const prototype: unknown = Object.getPrototypeOf(where)
  const filters = Reflect.ownKeys(where).map((field) => {
    if (typeof field === 'symbol' || !Object.hasOwn(entity.fields, field))
      throw invalid(
        `${entity.name} has no field ${String(field)} to filter by${field === entity.version ? '; use ifVersion' : ''}.`,
        entity.name,
        String(field),
      )
    const value = (where as Record<string, unknown>)[field]
    const isOperator = typeof value === 'object' && value !== null && OPERATOR in value
    return parseOperator(
      parser,
      field,
      isOperator ? (value as unknown as Operator<never>)[OPERATOR] : { op: 'eq', value },
    )
  })
  if (prototype !== Object.prototype && prototype !== null)
    throw invalid(`A filter on ${entity.name} must be a plain object.`, entity.name)
  return filters.length === 0 ? ALWAYS : flat('and', filters)
}

/**
 * Checks a filter as the user wrote it and turns it into data.
 * @throws `INVALID` for unknown fields, `undefined`, null, illegal literals and an empty `and()` or `or()`.
 * @throws `LIMIT_EXCEEDED` above 30 disjuncts.
 */
export const parseWhere = (entity: EntityModel, where: unknown, references = false): Filter => {
  const filter = parse({ entity, references }, where)
  if (disjuncts(filter) > MAX_DISJUNCTS)
    throw limitExceeded(
      `The filter on ${entity.name} has more than ${MAX_DISJUNCTS} alternatives; split the query.`,
      entity.name,
    )
  return filter
}
