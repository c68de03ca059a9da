import { invalid } from '../failure.ts'
import { disjunctsOf } from './disjuncts.ts'
import { comparisonsOf } from './query.ts'
import type { Comparison, Condition, Order } from './query.ts'
import { listOf } from './condition.ts'

// https://cloud.google.com/firestore/docs/query-data/queries#query_limitations and query.proto.
const MAX_DISJUNCTS = 30
const MAX_NOT_IN = 10
const MAX_PARTS = 100
const MAX_INEQUALITY_FIELDS = 10

const hasOr = (condition: Condition | undefined): boolean =>
  condition !== undefined &&
  condition.kind !== 'comparison' &&
  ((condition.kind === 'or' && condition.parts.length > 1) || condition.parts.some(hasOr))

const countOf = (comparisons: Comparison[], operator: string): number =>
  comparisons.filter((comparison) => comparison.operator === operator).length

const checkNegations = (condition: Condition | undefined, comparisons: Comparison[]): void => {
  const [notIn, notEqual] = [countOf(comparisons, 'NOT_IN'), countOf(comparisons, 'NOT_EQUAL')]
  if (notIn > 1) throw invalid('Only a single NOT_IN filter allowed per query.')
  if (notIn + notEqual > 1 && notIn > 0)
    throw invalid('NOT_EQUAL cannot be used in the same query with NOT_IN.')
  if (notEqual > 1) throw invalid('Only a single NOT_EQUAL filter allowed per query.')
  if (notIn === 0) return
  for (const comparison of comparisons)
    if (comparison.operator === 'NOT_IN' && (listOf(comparison)?.length ?? 0) > MAX_NOT_IN)
      throw invalid(`'NOT_IN' supports up to ${MAX_NOT_IN} comparison values.`)
  if (countOf(comparisons, 'IN') + countOf(comparisons, 'ARRAY_CONTAINS_ANY') > 0)
    throw invalid('NOT_IN cannot be used in the same query with IN or ARRAY_CONTAINS_ANY.')
  if (hasOr(condition)) throw invalid('NOT_IN cannot be used in the same query with OR.')
}

const checkArrays = (alternative: Comparison[]): void => {
  if (countOf(alternative, 'ARRAY_CONTAINS') > 1)
    throw invalid(
      'A maximum of 1 ARRAY_CONTAINS or ARRAY_CONTAINS_ANY filter is allowed per disjunction.',
    )
}

/** Checks what a query may combine, and how much of it. @throws INVALID_ARGUMENT */
export const checkLimits = (condition: Condition | undefined, orders: Order[]): void => {
  const comparisons = comparisonsOf(condition)
  if (comparisons.length + orders.length > MAX_PARTS)
    throw invalid(`A query has at most ${MAX_PARTS} filters and sort orders.`)
  checkNegations(condition, comparisons)
  const alternatives = disjunctsOf(condition, MAX_DISJUNCTS)
  if (alternatives === undefined)
    throw invalid(
      `The query has more than ${MAX_DISJUNCTS} disjunctions in disjunctive normal form.`,
    )
  alternatives.forEach(checkArrays)
}

/** Checks on how many fields a query has ranges. @throws INVALID_ARGUMENT */
export const checkInequalities = (fields: readonly string[]): void => {
  if (fields.length > MAX_INEQUALITY_FIELDS)
    throw invalid(`A query has inequality filters on at most ${MAX_INEQUALITY_FIELDS} fields.`)
}
