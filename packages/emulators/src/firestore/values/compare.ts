import { compareNames } from '../names.ts'
import { toMicros } from '../time.ts'
import type { Fields, Value } from '../wire/value.ts'
import { compareUtf8 } from './utf8-order.ts'

/** The components of a vector, which travels as a map; undefined when the map is no vector. */
export const vectorOf = (fields: Fields): Value[] | undefined => {
  const type = fields['__type__']
  const value = fields['value']
  return type?.valueType === 'stringValue' && type.stringValue === '__vector__'
    ? value?.valueType === 'arrayValue'
      ? value.arrayValue.values
      : undefined
    : undefined
}

const RANK = {
  nullValue: 0,
  booleanValue: 1,
  integerValue: 2,
  doubleValue: 2,
  timestampValue: 3,
  stringValue: 4,
  bytesValue: 5,
  referenceValue: 6,
  geoPointValue: 7,
  arrayValue: 8,
  mapValue: 10,
}

/**
 * The place of the value's type in the order of types: null, boolean, number, timestamp, string,
 * bytes, reference, point, array, vector, map.
 * https://cloud.google.com/firestore/docs/concepts/data-types#value_type_ordering
 */
export const rankOf = (value: Value): number =>
  value.valueType === 'mapValue' && vectorOf(value.mapValue.fields) !== undefined
    ? 9
    : RANK[value.valueType]

/** The number in a value, an integer as bigint so that it is exact; undefined for what is no number. */
export const numberOf = (value: Value): bigint | number | undefined =>
  value.valueType === 'integerValue'
    ? BigInt(value.integerValue)
    : value.valueType === 'doubleValue'
      ? value.doubleValue
      : undefined

const order = <T extends number | bigint | boolean>(left: T, right: T): number =>
  left < right ? -1 : left > right ? 1 : 0

const compareNumbers = (left: bigint | number, right: bigint | number): number => {
  // NaN sorts before all other numbers and equals itself.
  const [a, b] = [Number.isNaN(left), Number.isNaN(right)]
  return a || b ? Number(b) - Number(a) : order(left, right)
}

const compareArrays = (left: Value[], right: Value[]): number => {
  for (const [at, value] of left.entries()) {
    const other = right[at]
    if (other === undefined) return 1
    const found = compareValues(value, other)
    if (found !== 0) return found
  }
  return left.length - right.length
}

const compareMaps = (left: Fields, right: Fields): number => {
  const [ours, theirs] = [left, right].map((fields) =>
    Object.entries(fields).sort(([a], [b]) => compareUtf8(a, b)),
  )
  for (const [at, [name, value]] of (ours ?? []).entries()) {
    const other = theirs?.[at]
    if (other === undefined) return 1
    const found = compareUtf8(name, other[0]) || compareValues(value, other[1])
    if (found !== 0) return found
  }
  return (ours?.length ?? 0) - (theirs?.length ?? 0)
}

const compareMapValues = (left: Fields, right: Fields): number => {
  const [a, b] = [vectorOf(left), vectorOf(right)]
  return a !== undefined && b !== undefined
    ? a.length - b.length || compareArrays(a, b)
    : compareMaps(left, right)
}

/** Compares two values in the service's order over all types: negative, zero or positive. */
export const compareValues = (left: Value, right: Value): number => {
  const [a, b] = [numberOf(left), numberOf(right)]
  if (a !== undefined && b !== undefined) return compareNumbers(a, b)
  const ranks = rankOf(left) - rankOf(right)
  return ranks === 0 ? compareAlike(left, right) : ranks
}

// Two values of one type that are not numbers.
const compareAlike = (left: Value, right: Value): number => {
  if (left.valueType === 'booleanValue' && right.valueType === 'booleanValue')
    return order(left.booleanValue, right.booleanValue)
  if (left.valueType === 'timestampValue' && right.valueType === 'timestampValue')
    return order(toMicros(left.timestampValue), toMicros(right.timestampValue))
  if (left.valueType === 'stringValue' && right.valueType === 'stringValue')
    return compareUtf8(left.stringValue, right.stringValue)
  if (left.valueType === 'bytesValue' && right.valueType === 'bytesValue')
    return Buffer.compare(left.bytesValue, right.bytesValue)
  if (left.valueType === 'referenceValue' && right.valueType === 'referenceValue')
    return compareNames(left.referenceValue, right.referenceValue)
  if (left.valueType === 'geoPointValue' && right.valueType === 'geoPointValue')
    return (
      order(left.geoPointValue.latitude, right.geoPointValue.latitude) ||
      order(left.geoPointValue.longitude, right.geoPointValue.longitude)
    )
  if (left.valueType === 'arrayValue' && right.valueType === 'arrayValue')
    return compareArrays(left.arrayValue.values, right.arrayValue.values)
  if (left.valueType === 'mapValue' && right.valueType === 'mapValue')
    return compareMapValues(left.mapValue.fields, right.mapValue.fields)
  return 0
}
