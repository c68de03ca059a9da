import { invalid } from '../failure.ts'
import { isReserved } from '../names.ts'
import { toMicros } from '../time.ts'
import type { Fields, Value } from '../wire/value.ts'
import { vectorOf } from './compare.ts'
import { documentSize } from './size.ts'

/** The greatest size of a document: 1 MiB. https://cloud.google.com/firestore/quotas */
const MAX_DOCUMENT_BYTES = 1_048_576
/** The greatest size of one string or bytes value: 1 MiB less 89 bytes. */
const MAX_VALUE_BYTES = MAX_DOCUMENT_BYTES - 89
/** How deep maps and arrays may lie in one another. */
const MAX_DEPTH = 20
/** The greatest length of a field's name in bytes. */
const MAX_NAME_BYTES = 1500
const MAX_VECTOR = 2048
const EARLIEST = -62_135_596_800_000_000n
const LATEST = 253_402_300_799_999_999n

/** Checks the name of a field. @throws INVALID_ARGUMENT */
export const checkFieldName = (name: string): void => {
  if (name === '') throw invalid('The property.name is the empty string.')
  if (isReserved(name)) throw invalid(`field name '${name}' is reserved.`)
  if (Buffer.byteLength(name) > MAX_NAME_BYTES)
    throw invalid(`The property.name is longer than ${MAX_NAME_BYTES} bytes.`)
}

const checkVector = (path: string, components: Value[]): void => {
  if (components.length === 0 || components.length > MAX_VECTOR)
    throw invalid(`Property ${path} is a vector of ${components.length} dimensions, not 1 to 2048.`)
  if (
    components.some(({ valueType }) => valueType !== 'doubleValue' && valueType !== 'integerValue')
  )
    throw invalid("Vector must only contain values of type 'double'")
}

const checkLength = (path: string, bytes: number): void => {
  if (bytes > MAX_VALUE_BYTES)
    throw invalid(`The value of property "${path}" is longer than ${MAX_VALUE_BYTES} bytes.`)
}

// Values without anything inside.
const checkLeaf = (path: string, value: Value): void => {
  if (value.valueType === 'stringValue') checkLength(path, Buffer.byteLength(value.stringValue))
  if (value.valueType === 'bytesValue') checkLength(path, value.bytesValue.length)
  if (value.valueType === 'timestampValue') {
    const micros = toMicros(value.timestampValue)
    if (micros < EARLIEST || micros > LATEST)
      throw invalid(`Property ${path} holds a timestamp outside of the years 1 to 9999.`)
  }
  if (value.valueType === 'geoPointValue') {
    const { latitude, longitude } = value.geoPointValue
    if (!(Math.abs(latitude) <= 90) || !(Math.abs(longitude) <= 180))
      throw invalid(`Property ${path} holds a point that is not on Earth.`)
  }
}

const checkArray = (path: string, values: Value[], depth: number): void => {
  for (const element of values) {
    if (element.valueType === 'arrayValue')
      throw invalid('Cannot convert an array value in an array value.')
    checkValue(path, element, depth)
  }
}

// `depth` is that of a map or an array that stands here; other values add none.
const checkValue = (path: string, value: Value, depth: number): void => {
  if (value.valueType === undefined)
    throw invalid('Cannot convert firestore.v1.Value with type unset.')
  if (value.valueType !== 'arrayValue' && value.valueType !== 'mapValue')
    return checkLeaf(path, value)
  if (depth > MAX_DEPTH) throw invalid(`Property ${path} contains an invalid nested entity.`)
  if (value.valueType === 'arrayValue') return checkArray(path, value.arrayValue.values, depth + 1)
  const components = vectorOf(value.mapValue.fields)
  if (components === undefined) checkFields(value.mapValue.fields, path, depth + 1)
  else checkVector(path, components)
}

/** Checks names, nesting and single values of fields. @throws INVALID_ARGUMENT */
export const checkFields = (fields: Fields, within = '', depth = 1): void => {
  for (const [name, value] of Object.entries(fields)) {
    checkFieldName(name)
    checkValue(within === '' ? name : `${within}.${name}`, value, depth)
  }
}

/** Checks the size of a document as a write leaves it. @throws INVALID_ARGUMENT */
export const checkSize = (name: string, fields: Fields): void => {
  const size = documentSize(name, fields)
  if (size > MAX_DOCUMENT_BYTES)
    throw invalid(
      `Document "${name}" cannot be written because its size (${size} bytes) exceeds the maximum allowed size of ${MAX_DOCUMENT_BYTES} bytes.`,
    )
}
