/** A point in time as it travels: seconds since 1970 as text, and nanoseconds within the second. */
export interface Timestamp {
  seconds: string
  nanos: number
}

/** The fields of a document or of a map. */
export type Fields = Record<string, Value>

/** A value as the protocol carries it; `valueType` names the one member that is set. */
export type Value =
  | { valueType: 'nullValue'; nullValue: 'NULL_VALUE' }
  | { valueType: 'booleanValue'; booleanValue: boolean }
  | { valueType: 'integerValue'; integerValue: string }
  | { valueType: 'doubleValue'; doubleValue: number }
  | { valueType: 'timestampValue'; timestampValue: Timestamp }
  | { valueType: 'stringValue'; stringValue: string }
  | { valueType: 'bytesValue'; bytesValue: Buffer }
  | { valueType: 'referenceValue'; referenceValue: string }
  | { valueType: 'geoPointValue'; geoPointValue: { latitude: number; longitude: number } }
  | { valueType: 'arrayValue'; arrayValue: { values: Value[] } }
  | { valueType: 'mapValue'; mapValue: { fields: Fields } }

/** The null value. */
export const NULL: Value = { valueType: 'nullValue', nullValue: 'NULL_VALUE' }

/** An integer value; `value` lies within 64 bits. */
export const integer = (value: bigint): Value => ({
  valueType: 'integerValue',
  integerValue: String(value),
})

/** A double value. */
export const double = (value: number): Value => ({ valueType: 'doubleValue', doubleValue: value })

/** A reference to a document by its full name. */
export const reference = (name: string): Value => ({
  valueType: 'referenceValue',
  referenceValue: name,
})

/** An array value. */
export const array = (values: Value[]): Value => ({
  valueType: 'arrayValue',
  arrayValue: { values },
})
