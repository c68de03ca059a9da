import { invalid } from '../failure.ts'
import { parsePath, valueAt, withValueAt } from '../field-path.ts'
import { toTimestamp } from '../time.ts'
import { compareValues, numberOf } from '../values/compare.ts'
import { NULL, array, double, integer } from '../wire/value.ts'
import type { Fields, Value } from '../wire/value.ts'
import type { FieldTransform } from '../wire/write.ts'

const MAX_INTEGER = 2n ** 63n - 1n
const MIN_INTEGER = -(2n ** 63n)

/** Adds two numbers as the service does: integers stop at the ends of 64 bits, a double makes it a double. */
const add = (current: Value | undefined, by: Value): Value => {
  const [left, right] = [current && numberOf(current), numberOf(by)]
  if (right === undefined) throw invalid('Input must be int64 or double.')
  if (left === undefined) return by
  if (typeof left === 'bigint' && typeof right === 'bigint') {
    const sum = left + right
    return integer(sum > MAX_INTEGER ? MAX_INTEGER : sum < MIN_INTEGER ? MIN_INTEGER : sum)
  }
  return double(Number(left) + Number(right))
}

// `side` is 1 for the maximum and -1 for the minimum. Equal operands leave the stored one.
const extreme = (current: Value | undefined, other: Value, side: 1 | -1): Value => {
  const [left, right] = [current && numberOf(current), numberOf(other)]
  if (right === undefined) throw invalid('Input must be int64 or double.')
  if (left === undefined || current === undefined) return other
  if (Number.isNaN(left) || Number.isNaN(right)) return double(Number.NaN)
  return Math.sign(compareValues(other, current)) === side ? other : current
}

const elementsOf = (value: Value | undefined): Value[] =>
  value?.valueType === 'arrayValue' ? value.arrayValue.values : []

const holds = (values: Value[], wanted: Value): boolean =>
  values.some((value) => compareValues(value, wanted) === 0)

const union = (current: Value | undefined, more: Value[]): Value => {
  const values = [...elementsOf(current)]
  for (const value of more) if (!holds(values, value)) values.push(value)
  return array(values)
}

const without = (current: Value | undefined, gone: Value[]): Value =>
  array(elementsOf(current).filter((value) => !holds(gone, value)))

/** The new value of a field and what the answer says of it. */
const transformed = (
  current: Value | undefined,
  transform: FieldTransform,
  time: bigint,
): { value: Value; result: Value } => {
  const same = (value: Value): { value: Value; result: Value } => ({ value, result: value })
  const { increment, maximum, minimum } = transform
  const { appendMissingElements: more, removeAllFromArray: gone } = transform
  if (increment !== undefined) return same(add(current, increment))
  if (maximum !== undefined) return same(extreme(current, maximum, 1))
  if (minimum !== undefined) return same(extreme(current, minimum, -1))
  if (more !== undefined) return { value: union(current, more.values), result: NULL }
  if (gone !== undefined) return { value: without(current, gone.values), result: NULL }
  if (transform.setToServerValue !== 'REQUEST_TIME')
    throw invalid('Operation type must be specified for field transformation.')
  // Whole milliseconds: write.proto.
  return same({ valueType: 'timestampValue', timestampValue: toTimestamp(time - (time % 1000n)) })
}

/** Applies transforms in order; gives the new fields and one result for each. @throws INVALID_ARGUMENT */
export const applyTransforms = (
  fields: Fields,
  transforms: readonly FieldTransform[],
  time: bigint,
): { fields: Fields; results: Value[] } => {
  const results: Value[] = []
  let changed = fields
  for (const transform of transforms) {
    const path = parsePath(transform.fieldPath)
    const { value, result } = transformed(valueAt(changed, path), transform, time)
    changed = withValueAt(changed, path, value)
    results.push(result)
  }
  return { fields: changed, results }
}
