import { NAME, valueAt } from '../field-path.ts'
import type { Stored } from '../storage.ts'
import { compareValues, rankOf } from '../values/compare.ts'
import { truncated } from '../values/truncated.ts'
import { reference } from '../wire/value.ts'
import type { Value } from '../wire/value.ts'
import type { Comparison, Condition } from './query.ts'

const equal = (left: Value, right: Value): boolean => compareValues(left, truncated(right)) === 0

const contains = (value: Value, wanted: Value): boolean =>
  value.valueType === 'arrayValue' &&
  value.arrayValue.values.some((element) => equal(truncated(element), wanted))

const isNull = (value: Value): boolean => value.valueType === 'nullValue'

const listed = (list: Value): Value[] =>
  list.valueType === 'arrayValue' ? list.arrayValue.values : []

/** Compares with values of the same type only: null is less than nothing. */
const inRange = (value: Value, wanted: Value, holds: (found: number) => boolean): boolean =>
  rankOf(value) === rankOf(wanted) && holds(compareValues(value, truncated(wanted)))

const compare = (value: Value, { operator, value: wanted }: Comparison): boolean => {
  switch (operator) {
    case 'EQUAL':
      return equal(value, wanted)
    case 'NOT_EQUAL':
      return !isNull(value) && !equal(value, wanted)
    case 'IN':
      return listed(wanted).some((one) => equal(value, one))
    case 'NOT_IN':
      return (
        !isNull(value) &&
        !listed(wanted).some(isNull) &&
        !listed(wanted).some((one) => equal(value, one))
      )
    case 'ARRAY_CONTAINS':
      return contains(value, wanted)
    case 'ARRAY_CONTAINS_ANY':
      return listed(wanted).some((one) => contains(value, one))
    case 'LESS_THAN':
      return inRange(value, wanted, (found) => found < 0)
    case 'LESS_THAN_OR_EQUAL':
      return inRange(value, wanted, (found) => found <= 0)
    case 'GREATER_THAN':
      return inRange(value, wanted, (found) => found > 0)
    case 'GREATER_THAN_OR_EQUAL':
      return inRange(value, wanted, (found) => found >= 0)
  }
}

/** Whether a document meets a condition. A field that it lacks meets none. */
export const matches = (document: Stored, condition: Condition | undefined): boolean => {
  if (condition === undefined) return true
  if (condition.kind === 'and') return condition.parts.every((part) => matches(document, part))
  if (condition.kind === 'or') return condition.parts.some((part) => matches(document, part))
  const value =
    condition.field === NAME ? reference(document.name) : valueAt(document.fields, condition.path)
  return value !== undefined && compare(truncated(value), condition)
}
