import { invalid } from '../failure.ts'
import { disjunctsOf } from './disjuncts.ts'
import { comparisonsOf } from './query.ts'
import type { Comparison, Condition, Operator, Order } from './query.ts'
import { listOf } from './condition.ts'

// https://cloud.google.com/firestore/docs/query-data/queries#query_limitations and query.proto.
const MAX_DISJUNCTS = 30
const MAX_NOT_IN = 10
const MAX_PARTS = 100
const MAX_INEQUALITY_FIELDS = 10
const NEGATIONS: ReadonlySet<Operator> = new Set<Operator>([
  'NOT_EQUAL',
  'NOT_IN',
  'IS_NOT_NULL',
  'IS_NOT_NAN',
])

const hasOr = (condition: Condition | undefined): boolean =>
  condition !== undefined &&
  condition.kind !== 'comparison' &&
  ((condition.kind === 'or' && condition.parts.length > 1) || condition.parts.some(hasOr))

const countOf = (comparisons: Comparison[], operator: string): number =>
  comparisons.filter((comparison) => comparison.operator === operator).length

const checkNegations = (condition: Condition | undefined, comparisons: Comparison[]): void => {
  if (comparisons.filter(({ operator }) => NEGATIONS.has(operator)).length > 1)
    throw invalid(
      "Only a single 'NOT_EQUAL', 'NOT_IN', 'IS_NOT_NAN', or 'IS_NOT_NULL' filter allowed per query.",
    )
  if (countOf(comparisons, 'NOT_IN') === 0) return
  const isMixed = countOf(comparisons, 'IN') + countOf(comparisons, 'ARRAY_CONTAINS_ANY') > 0
  if (isMixed || hasOr(condition))
    throw invalid(
      "'NOT_IN' cannot be used in the same query with 'IN', 'ARRAY_CONTAINS_ANY' or 'OR'.",
    )
}

const checkLists = (comparisons: Comparison[]): void => {
  for (const comparison of comparisons) {
    const most = comparison.operator === 'NOT_IN' ? MAX_NOT_IN : MAX_DISJUNCTS
    if ((listOf(comparison)?.length ?? 0) > most)
      throw invalid(`'${comparison.operator}' supports up to ${most} comparison values.`)
  }
}

const checkArrays = (alternative: Comparison[]): void => {
  if (countOf(alternative, 'ARRAY_CONTAINS') > 1)
    throw invalid("A maximum of 1 'ARRAY_CONTAINS' filter is allowed per disjunction.")
}

/** Checks what a query may combine, and how much of it. @throws INVALID_ARGUMENT */
export const checkLimits = (condition: Condition | undefined, orders: Order[]): void => {
  const comparisons = comparisonsOf(condition)
  if (comparisons.length + orders.length > MAX_PARTS)
    throw invalid(`A query has at most ${MAX_PARTS} filters and sort orders.`)
  checkNegations(condition, comparisons)
  checkLists(comparisons)
  const alternatives = disjunctsOf(condition, MAX_DISJUNCTS)
  if (alternatives === undefined)
    throw invalid(`Too many disjunctions after normalization. The maximum is ${MAX_DISJUNCTS}.`)
  alternatives.forEach(checkArrays)
}

/** Checks on how many fields a query has ranges. @throws INVALID_ARGUMENT */
export const checkInequalities = (fields: readonly string[]): void => {
  if (fields.length > MAX_INEQUALITY_FIELDS)
    throw invalid(`A query has inequality filters on at most ${MAX_INEQUALITY_FIELDS} fields.`)
}
