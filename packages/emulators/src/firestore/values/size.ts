import { segmentsOf } from '../names.ts'
import type { Fields, Value } from '../wire/value.ts'

const stringSize = (text: string): number => Buffer.byteLength(text) + 1

/** The bytes that a document's name takes: its ids as strings, and 16. */
const nameSize = (name: string): number =>
  segmentsOf(name).reduce((sum, id) => sum + stringSize(id), 16)

/** The bytes that a value takes. https://cloud.google.com/firestore/docs/storage-size#field-size */
const valueSize = (value: Value): number => {
  switch (value.valueType) {
    case 'nullValue':
    case 'booleanValue':
      return 1
    case 'integerValue':
    case 'doubleValue':
    case 'timestampValue':
      return 8
    case 'geoPointValue':
      return 16
    case 'stringValue':
      return stringSize(value.stringValue)
    case 'bytesValue':
      return value.bytesValue.length
    case 'referenceValue':
      return nameSize(value.referenceValue)
    case 'arrayValue':
      return value.arrayValue.values.reduce((sum, element) => sum + valueSize(element), 0)
    case 'mapValue':
      return fieldsSize(value.mapValue.fields)
    default:
      return 0
  }
}

const fieldsSize = (fields: Fields): number =>
  Object.entries(fields).reduce(
    (sum, [name, value]) => sum + stringSize(name) + valueSize(value),
    0,
  )

/** The bytes that a document takes: name, fields, and 32. https://cloud.google.com/firestore/docs/storage-size#document-size */
export const documentSize = (name: string, fields: Fields): number =>
  nameSize(name) + fieldsSize(fields) + 32
