import { Decimal } from '@holdfast/core/driver'

const tagged = (value: unknown): unknown => {
  if (typeof value === 'bigint') return { $i: String(value) }
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(tagged)
  if (value instanceof Date) return { $t: value.toISOString() }
  if (value instanceof Uint8Array) return { $b: Buffer.from(value).toString('base64') }
  if (Decimal.isDecimal(value)) return { $n: value.toString() }
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, tagged(one)]))
}

/** JSON of a nested value; what JSON has no value for is an object with one tag. */
export const nestedText = (value: unknown): string => JSON.stringify(tagged(value))

const untagged = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(untagged)
  const { $i, $t, $b, $n } = value as Readonly<Record<string, unknown>>
  if (typeof $i === 'string') return BigInt($i)
  if (typeof $t === 'string') return new Date($t)
  if (typeof $b === 'string') return new Uint8Array(Buffer.from($b, 'base64'))
  if (typeof $n === 'string') return Decimal.from($n)
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, untagged(one)]))
}

/** The value behind `nestedText`. */
export const parseNestedText = (text: string): unknown => untagged(JSON.parse(text))
