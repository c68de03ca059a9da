import type { Scalar } from './driver.ts'
import { compileFilter, type Filter, isReference, type Leaf, type Truth } from './filter.ts'
import { encodeTuple } from './tuple.ts'

/** Holds for every record. */
export const ALWAYS: Filter = { op: 'const', value: true }

/** Holds for no record. */
export const NEVER: Filter = { op: 'const', value: false }

const UNKNOWN: Filter = { op: 'const', value: undefined }

const isSameEquality = (a: Filter, b: Filter): boolean =>
  a.op === 'eq' && b.op === 'eq' && a.field === b.field && a.value === b.value

const combine = (op: 'and' | 'or', filters: readonly Filter[]): Filter => {
  const dominant = op === 'or'
  const of: Filter[] = []
  // Rules to read and to write often ask the same; lists of `or` may be long, and hardly repeat.
  const isNew = (filter: Filter): boolean =>
    dominant || filter.op !== 'eq' || !of.some((other) => isSameEquality(filter, other))
  for (const filter of filters) {
    if (filter.op === 'const' && filter.value === dominant) return filter
    if (filter.op === 'const' && filter.value === !dominant) continue
    of.push(...(filter.op === op ? filter.of : [filter]).filter(isNew))
  }
  return of.length === 1 && of[0] !== undefined
    ? of[0]
    : of.length === 0
      ? { op: 'const', value: !dominant }
      : { op, of }
}

/** Whether the filter holds for every record. */
export const isAlways = (filter: Filter): boolean => filter.op === 'const' && filter.value === true

/** All of them, with constants folded and nested lists flattened. */
export const allOf = (filters: readonly Filter[]): Filter => combine('and', filters)

/** Any of them, with constants folded and nested lists flattened. */
export const anyOf = (filters: readonly Filter[]): Filter => combine('or', filters)

/** True exactly where `filter` is false: neither true nor unknown. */
export const isFalse = (filter: Filter): Filter =>
  filter.op === 'const'
    ? { op: 'const', value: filter.value === undefined ? undefined : !filter.value }
    : { op: 'not', of: filter }

/** Rebuilds a filter with every leaf replaced, folding constants on the way. */
const mapLeaves = (filter: Filter, replace: (leaf: Leaf) => Filter): Filter => {
  switch (filter.op) {
    case 'and':
    case 'or':
      return combine(
        filter.op,
        filter.of.map((one) => mapLeaves(one, replace)),
      )
    case 'not':
      return isFalse(mapLeaves(filter.of, replace))
    case 'const':
      return filter
    default:
      return replace(filter)
  }
}

/** The same with its constants folded. */
export const folded = (filter: Filter): Filter => mapLeaves(filter, (leaf) => leaf)

/** Visits every leaf. */
export const leavesOf = (filter: Filter): readonly Leaf[] => {
  switch (filter.op) {
    case 'and':
    case 'or':
      return filter.of.flatMap(leavesOf)
    case 'not':
      return leavesOf(filter.of)
    case 'const':
      return []
    default:
      return [filter]
  }
}

/** The conditions that must all hold for the filter to hold. */
export const conjuncts = (filter: Filter): readonly Filter[] =>
  filter.op === 'and' ? filter.of : filter.op === 'const' && filter.value === true ? [] : [filter]

/**
 * Replaces actor references by the actor's values. A missing or null attribute makes its comparison
 * unknown, so it neither allows nor escapes a deny.
 */
export const bindFilter = (
  filter: Filter,
  attribute: (name: string) => unknown,
  literal: (field: string, value: unknown) => Scalar,
): Filter =>
  mapLeaves(filter, (leaf) => {
    if (leaf.op === 'in') {
      const list = isReference(leaf.values) ? attribute(leaf.values.actor) : leaf.values
      if (!Array.isArray(list)) return UNKNOWN
      const bound = list.map((one) => (isReference(one) ? attribute(one.actor) : one))
      const values = bound.filter((one) => one !== undefined && one !== null)
      if (bound.length === 0) return NEVER
      if (values.length === 0) return UNKNOWN
      const known: Filter = {
        op: 'in',
        field: leaf.field,
        values: values.map((one) => literal(leaf.field, one)),
      }
      return values.length === bound.length ? known : anyOf([known, UNKNOWN])
    }
    if (!('value' in leaf) || !isReference(leaf.value)) return leaf
    const value = attribute(leaf.value.actor)
    if (value === undefined || value === null) return UNKNOWN
    return { op: leaf.op, field: leaf.field, value: literal(leaf.field, value) }
  })

/**
 * Evaluates the leaves whose field is known and keeps the others: what is left to ask of a record
 * after some of its fields have been given new values.
 */
export const specialize = (
  filter: Filter,
  isKnown: (field: string) => boolean,
  known: Readonly<Record<string, unknown>>,
): Filter =>
  mapLeaves(filter, (leaf) =>
    isKnown(leaf.field) ? { op: 'const', value: compileFilter(leaf)(known) } : leaf,
  )

/** Number of disjuncts of the disjunctive normal form, with `not` moved to the leaves. */
export const disjuncts = (filter: Filter, negated = false): number => {
  switch (filter.op) {
    case 'and':
    case 'or': {
      const counts = filter.of.map((one) => disjuncts(one, negated))
      return (filter.op === 'or') === negated
        ? counts.reduce((product, count) => product * count, 1)
        : counts.reduce((sum, count) => sum + count, 0)
    }
    case 'not':
      return disjuncts(filter.of, !negated)
    case 'in':
      return negated || isReference(filter.values) ? 1 : filter.values.length
    default:
      return 1
  }
}

/** The filter as text, values included and told apart by type: equal for equal filters only. */
export const filterText = (filter: Filter): string => {
  switch (filter.op) {
    case 'and':
    case 'or':
      return `${filter.op}(${filter.of.map(filterText).join()})`
    case 'not':
      return `not(${filterText(filter.of)})`
    case 'const':
      return truthText(filter.value)
    default: {
      const values = 'value' in filter ? [filter.value] : 'values' in filter ? filter.values : []
      return `${filter.op} ${JSON.stringify(filter.field)} ${encodeTuple(values as Scalar[])}`
    }
  }
}

const SIGNS: Record<string, string> = { eq: '=', gt: '>', gte: '>=', lt: '<', lte: '<=' }

/** The filter as text without any value, for `explain` and traces. */
export const describeFilter = (filter: Filter): string => {
  switch (filter.op) {
    case 'and':
    case 'or':
      return `(${filter.of.map(describeFilter).join(` ${filter.op} `)})`
    case 'not':
      return `not ${describeFilter(filter.of)}`
    case 'const':
      return truthText(filter.value)
    case 'isNull':
    case 'exists':
      return `${filter.field} ${filter.op}`
    case 'in':
      return `${filter.field} in (…)`
    default:
      return `${filter.field} ${SIGNS[filter.op] ?? filter.op} ?`
  }
}

const truthText = (truth: Truth): string => (truth === undefined ? 'unknown' : String(truth))
