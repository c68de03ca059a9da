import type { Fields, Value } from '../wire/value.ts'
import { toMicros } from '../time.ts'

const sameFields = (left: Fields, right: Fields): boolean => {
  const names = Object.keys(left)
  return (
    names.length === Object.keys(right).length &&
    names.every((name) => {
      const [a, b] = [left[name], right[name]]
      return a !== undefined && b !== undefined && isSame(a, b)
    })
  )
}

const isSame = (left: Value, right: Value): boolean => {
  if (left.valueType !== right.valueType) return false
  switch (left.valueType) {
    case 'doubleValue':
      return right.valueType === 'doubleValue' && Object.is(left.doubleValue, right.doubleValue)
    case 'timestampValue':
      return (
        right.valueType === 'timestampValue' &&
        toMicros(left.timestampValue) === toMicros(right.timestampValue)
      )
    case 'bytesValue':
      return right.valueType === 'bytesValue' && left.bytesValue.equals(right.bytesValue)
    case 'geoPointValue':
      return (
        right.valueType === 'geoPointValue' &&
        left.geoPointValue.latitude === right.geoPointValue.latitude &&
        left.geoPointValue.longitude === right.geoPointValue.longitude
      )
    case 'arrayValue': {
      const others = right.valueType === 'arrayValue' ? right.arrayValue.values : []
      const values = left.arrayValue.values
      return (
        values.length === others.length &&
        values.every((value, at) => {
          const other = others[at]
          return other !== undefined && isSame(value, other)
        })
      )
    }
    case 'mapValue':
      return (
        right.valueType === 'mapValue' && sameFields(left.mapValue.fields, right.mapValue.fields)
      )
    default:
      return left[left.valueType as never] === right[right.valueType as never]
  }
}

/**
 * Whether two documents are stored alike: 1 and 1.0 are not, though a query finds them equal.
 * A write that leaves every field the same keeps the document's update time.
 */
export const isSameDocument = (left: Fields, right: Fields): boolean => sameFields(left, right)
