import type { Comparison, Condition } from './query.ts'
import { listOf } from './condition.ts'

/** Comparisons that must all hold. */
export type Disjunct = Comparison[]

const alternatives = (comparison: Comparison): Disjunct[] => {
  const values = listOf(comparison)
  if (values === undefined || comparison.operator === 'NOT_IN') return [[comparison]]
  const operator = comparison.operator === 'IN' ? 'EQUAL' : 'ARRAY_CONTAINS'
  return values.map((value) => [{ ...comparison, operator, value }])
}

/**
 * The condition as alternatives of which one must hold, with IN and ARRAY_CONTAINS_ANY taken apart:
 * its disjunctive normal form. Gives up beyond `most` alternatives and returns undefined.
 */
export const disjunctsOf = (
  condition: Condition | undefined,
  most: number,
): Disjunct[] | undefined => {
  if (condition === undefined) return [[]]
  if (condition.kind === 'comparison') {
    const found = alternatives(condition)
    return found.length > most ? undefined : found
  }
  let found: Disjunct[] = condition.kind === 'or' ? [] : [[]]
  for (const part of condition.parts) {
    const more = disjunctsOf(part, most)
    if (more === undefined) return undefined
    found =
      condition.kind === 'or'
        ? [...found, ...more]
        : found.flatMap((one) => more.map((other) => [...one, ...other]))
    if (found.length > most) return undefined
  }
  return found
}
