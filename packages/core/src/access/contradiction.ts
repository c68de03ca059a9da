import { allOf } from '../filter-algebra.ts'
import type { Operation, Rule } from '../policy.ts'
import type { EntityModel } from '../shape.ts'
import { neverTrue } from './reasoning.ts'

/** Whether a condition of a rule, or its `check`, is true of no record. `false`: not known. */
export const isContradictory = (model: EntityModel, operation: Operation, rule: Rule): boolean => {
  const { when, check } = rule
  // The two conditions of a create are about one record, those of an update about two.
  const conditions = operation === 'create' ? [allOf([when, check])] : [when, check]
  return conditions.some((one) => neverTrue(model, one))
}
