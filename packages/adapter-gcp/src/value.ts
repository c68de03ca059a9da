import { Decimal } from '@holdfast/core/driver'
import { nestedText, parseNestedText } from './nested-text.ts'

/** An instant as Firestore's protocol has it. */
export interface Timestamp {
  readonly seconds?: string | number | { toString(): string } | null
  readonly nanos?: number | null
}

/**
 * A value as Firestore's protocol has it. Exactly one member is given.
 * https://firebase.google.com/docs/firestore/reference/rpc/google.firestore.v1#value
 */
export interface Value {
  readonly nullValue?: 'NULL_VALUE' | 0 | null
  readonly booleanValue?: boolean
  readonly integerValue?: string | number
  readonly doubleValue?: number
  readonly timestampValue?: Timestamp
  readonly stringValue?: string
  readonly bytesValue?: Uint8Array
  readonly referenceValue?: string
  readonly geoPointValue?: { readonly latitude?: number; readonly longitude?: number }
  readonly arrayValue?: { readonly values?: readonly Value[] }
  readonly mapValue?: { readonly fields?: Readonly<Record<string, Value>> }
}

/** The fields of a document. */
export type Fields = Record<string, Value>

export const NULL: Value = { nullValue: 'NULL_VALUE' }

/** An instant, of whole milliseconds. */
export const encodeDate = (value: Date): Value => {
  const milliseconds = value.getTime()
  const seconds = Math.floor(milliseconds / 1000)
  return { timestampValue: { seconds, nanos: (milliseconds - seconds * 1000) * 1_000_000 } }
}

/** What is finer than a millisecond is cut off. */
export const decodeDate = ({ seconds, nanos }: Timestamp): Date =>
  new Date(Number(seconds ?? 0) * 1000 + Math.floor((nanos ?? 0) / 1_000_000))

/** Most maps and arrays inside each other: https://firebase.google.com/docs/firestore/quotas */
const MAX_DEPTH = 20

/** How many maps and arrays a value takes inside each other, with the maps that stand between arrays. */
const depthOf = (value: unknown, isInArray = false): number => {
  if (typeof value !== 'object' || value === null) return 0
  if (value instanceof Uint8Array || value instanceof Date) return 0
  if (Decimal.isDecimal(value)) return 1
  const isArray = Array.isArray(value)
  let deepest = 0
  for (const one of isArray ? (value as unknown[]) : Object.values(value))
    deepest = Math.max(deepest, depthOf(one, isArray))
  return deepest + (isArray && isInArray ? 2 : 1)
}

const tagged = (tag: string, value: Value): Value => ({ mapValue: { fields: { [tag]: value } } })

const encodeArray = (value: readonly unknown[], room: number): Value => ({
  arrayValue: {
    values: value.map((one) => {
      if (!Array.isArray(one)) return encodeIn(one, room - 1)
      // Firestore has no array directly in an array.
      return depthOf(one) + 2 > room
        ? tagged('$j', { stringValue: nestedText(one) })
        : tagged('$a', encodeArray(one, room - 2))
    }),
  },
})

const encodeObject = (value: object, room: number): Value => {
  if (Array.isArray(value)) return encodeArray(value, room)
  if (value instanceof Uint8Array) return { bytesValue: value }
  if (value instanceof Date) return encodeDate(value)
  if (Decimal.isDecimal(value)) return tagged('$n', { stringValue: value.toString() })
  const fields: Fields = {}
  for (const name of Object.keys(value))
    fields[name] = encodeIn((value as Record<string, unknown>)[name], room - 1)
  return { mapValue: { fields } }
}

const encodeIn = (value: unknown, room: number): Value => {
  switch (typeof value) {
    case 'string':
      return { stringValue: value }
    case 'number':
      return Number.isSafeInteger(value) ? { integerValue: value } : { doubleValue: value }
    case 'boolean':
      return { booleanValue: value }
    case 'bigint':
      return tagged('$i', { stringValue: String(value) })
    default:
      return value === null || typeof value !== 'object' ? NULL : encodeObject(value, room)
  }
}

/**
 * A nested value. What Firestore has no value for is a map with one tag: `$i` bigint, `$n` Decimal,
 * `$a` an array inside an array, `$j` one that is too deep, as text. Names of the user never begin
 * with `$`, so nothing needs escaping.
 */
export const encodeNested = (value: unknown): Value => encodeIn(value, MAX_DEPTH)

/** An integer that another program may have written: a bigint where a number is not exact. */
const decodeInteger = (value: string | number): number | bigint => {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : BigInt(value)
}

const decodeMap = (fields: Readonly<Record<string, Value>>): unknown => {
  const { $i, $n, $a, $j } = fields
  if ($i?.stringValue !== undefined) return BigInt($i.stringValue)
  if ($n?.stringValue !== undefined) return Decimal.from($n.stringValue)
  if ($a?.arrayValue !== undefined) return decodeNested($a)
  if ($j?.stringValue !== undefined) return parseNestedText($j.stringValue)
  const object: Record<string, unknown> = {}
  for (const name of Object.keys(fields)) {
    const value = decodeNested(fields[name] as Value)
    // Assigning this one would change the object's prototype.
    if (name === '__proto__')
      Object.defineProperty(object, name, {
        value,
        enumerable: true,
        configurable: true,
        writable: true,
      })
    else object[name] = value
  }
  return object
}

/** The value behind `encodeNested`. What another program wrote and core does not know is text or null. */
export const decodeNested = (value: Value): unknown => {
  if (value.stringValue !== undefined) return value.stringValue
  if (value.integerValue !== undefined) return decodeInteger(value.integerValue)
  if (value.doubleValue !== undefined) return value.doubleValue
  if (value.booleanValue !== undefined) return value.booleanValue
  if (value.mapValue !== undefined) return decodeMap(value.mapValue.fields ?? {})
  if (value.arrayValue !== undefined) return (value.arrayValue.values ?? []).map(decodeNested)
  if (value.timestampValue !== undefined) return decodeDate(value.timestampValue)
  if (value.bytesValue !== undefined) return new Uint8Array(value.bytesValue)
  if (value.referenceValue !== undefined) return value.referenceValue
  if (value.geoPointValue !== undefined) {
    const { latitude = 0, longitude = 0 } = value.geoPointValue
    return { latitude, longitude }
  }
  return null
}
