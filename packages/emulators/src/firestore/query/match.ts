import { NAME, valueAt } from '../field-path.ts'
import type { Stored } from '../storage.ts'
import { compareValues, rankOf } from '../values/compare.ts'
import { truncated } from '../values/truncated.ts'
import { reference } from '../wire/value.ts'
import type { Value } from '../wire/value.ts'
import type { Condition, Operator } from './query.ts'

const equal = (left: Value, right: Value): boolean => compareValues(left, right) === 0

const contains = (value: Value, wanted: Value): boolean =>
  value.valueType === 'arrayValue' &&
  value.arrayValue.values.some((element) => equal(truncated(element), wanted))

const isNull = (value: Value): boolean => value.valueType === 'nullValue'

const listed = (list: Value): Value[] =>
  list.valueType === 'arrayValue' ? list.arrayValue.values : []

const isNan = (value: Value): boolean =>
  value.valueType === 'doubleValue' && Number.isNaN(value.doubleValue)

// Null and NaN are found by their own operators only: no value equals them or lies beside them.
const isOrdinary = (value: Value): boolean => !isNull(value) && !isNan(value)

const isOneOf = (value: Value, list: Value): boolean =>
  listed(list).some((one) => isOrdinary(one) && equal(value, one))

// Only values of the same type lie in a range.
const inRange = (value: Value, wanted: Value, holds: (found: number) => boolean): boolean =>
  isOrdinary(value) &&
  isOrdinary(wanted) &&
  rankOf(value) === rankOf(wanted) &&
  holds(compareValues(value, wanted))

const TESTS: Readonly<Record<Operator, (value: Value, wanted: Value) => boolean>> = {
  EQUAL: (value, wanted) => isOrdinary(wanted) && equal(value, wanted),
  NOT_EQUAL: (value, wanted) => !isNull(value) && !isNull(wanted) && !equal(value, wanted),
  IN: isOneOf,
  NOT_IN: (value, list) => !isNull(value) && !listed(list).some(isNull) && !isOneOf(value, list),
  ARRAY_CONTAINS: contains,
  ARRAY_CONTAINS_ANY: (value, list) => listed(list).some((one) => contains(value, one)),
  LESS_THAN: (value, wanted) => inRange(value, wanted, (found) => found < 0),
  LESS_THAN_OR_EQUAL: (value, wanted) => inRange(value, wanted, (found) => found <= 0),
  GREATER_THAN: (value, wanted) => inRange(value, wanted, (found) => found > 0),
  GREATER_THAN_OR_EQUAL: (value, wanted) => inRange(value, wanted, (found) => found >= 0),
  IS_NULL: isNull,
  IS_NAN: isNan,
  IS_NOT_NULL: (value) => !isNull(value),
  IS_NOT_NAN: isOrdinary,
}

/** Whether a document meets a condition. A field that it lacks meets none. */
export const matches = (document: Stored, condition: Condition | undefined): boolean => {
  if (condition === undefined) return true
  if (condition.kind === 'and') return condition.parts.every((part) => matches(document, part))
  if (condition.kind === 'or') return condition.parts.some((part) => matches(document, part))
  const value =
    condition.field === NAME ? reference(document.name) : valueAt(document.fields, condition.path)
  return value !== undefined && TESTS[condition.operator](truncated(value), condition.value)
}
