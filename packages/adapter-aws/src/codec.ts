import { Decimal, type Kind } from '@holdfast/core/driver'
import { type Attribute, decodeNested, encodeNested } from './value.ts'

/** How values of one kind are stored in an attribute of their own. */
export interface Codec {
  readonly encode: (value: never) => Attribute
  readonly decode: (attribute: Attribute) => unknown
}

const number = (value: number | bigint): Attribute => ({ N: String(value) })

const decodeBigint = ({ N }: Attribute): unknown => {
  if (N === undefined) return undefined
  return /^-?\d+$/.test(N) ? BigInt(N) : BigInt(Decimal.from(N).toString())
}

const decodeNumber = ({ N }: Attribute): unknown => (N === undefined ? undefined : Number(N))

const nested: Codec = { encode: encodeNested, decode: decodeNested }

/** By kind. `decode` gives `undefined` for an attribute of another type than ours. */
export const CODECS: Readonly<Record<Kind, Codec>> = {
  string: { encode: (value: string) => ({ S: value }), decode: ({ S }) => S },
  integer: { encode: number, decode: decodeNumber },
  number: { encode: number, decode: decodeNumber },
  bigint: { encode: number, decode: decodeBigint },
  decimal: {
    encode: (value: Decimal) => ({ N: value.toString() }),
    decode: ({ N }) => (N === undefined ? undefined : Decimal.from(N)),
  },
  boolean: { encode: (value: boolean) => ({ BOOL: value }), decode: ({ BOOL }) => BOOL },
  date: {
    encode: (value: Date) => ({ S: value.toISOString() }),
    decode: ({ S }) => (S === undefined ? undefined : new Date(S)),
  },
  bytes: {
    encode: (value: Uint8Array) => ({ B: value }),
    decode: ({ B }) => (B === undefined ? undefined : new Uint8Array(B)),
  },
  array: nested,
  object: nested,
  json: nested,
}
