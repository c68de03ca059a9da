import { Decimal, type Kind } from '@holdfast/core/driver'
import { decodeDate, decodeNested, encodeDate, encodeNested, type Value } from './value.ts'

/** How values of one kind are stored in a field of their own. */
export interface Codec {
  readonly encode: (value: never) => Value
  readonly decode: (value: Value) => unknown
}

const decodeNumber = ({ integerValue, doubleValue }: Value): unknown =>
  doubleValue ?? (integerValue === undefined ? undefined : Number(integerValue))

const INTEGER = /^-?\d+$/

const decodeBigint = ({ stringValue, integerValue }: Value): unknown => {
  const text = stringValue ?? integerValue
  return text !== undefined && INTEGER.test(String(text)) ? BigInt(text) : undefined
}

const decodeDecimal = ({ stringValue, integerValue, doubleValue }: Value): unknown => {
  const value = stringValue ?? integerValue ?? doubleValue
  if (value === undefined) return undefined
  try {
    return Decimal.from(value)
  } catch {
    return undefined
  }
}

const nested: Codec = { encode: encodeNested, decode: decodeNested }

/** By kind. `decode` gives `undefined` for a value of another type than ours. */
export const CODECS: Readonly<Record<Kind, Codec>> = {
  string: {
    encode: (value: string) => ({ stringValue: value }),
    decode: ({ stringValue }) => stringValue,
  },
  integer: { encode: (value: number) => ({ integerValue: value }), decode: decodeNumber },
  number: { encode: (value: number) => ({ doubleValue: value }), decode: decodeNumber },
  // The client reads 64 bits as a number, so that other programs would lose digits in silence.
  bigint: { encode: (value: bigint) => ({ stringValue: String(value) }), decode: decodeBigint },
  decimal: {
    encode: (value: Decimal) => ({ stringValue: value.toString() }),
    decode: decodeDecimal,
  },
  boolean: {
    encode: (value: boolean) => ({ booleanValue: value }),
    decode: ({ booleanValue }) => booleanValue,
  },
  date: {
    encode: encodeDate,
    decode: ({ timestampValue }) =>
      timestampValue === undefined ? undefined : decodeDate(timestampValue),
  },
  bytes: {
    encode: (value: Uint8Array) => ({ bytesValue: value }),
    decode: ({ bytesValue }) => (bytesValue === undefined ? undefined : new Uint8Array(bytesValue)),
  },
  array: nested,
  object: nested,
  json: nested,
}
