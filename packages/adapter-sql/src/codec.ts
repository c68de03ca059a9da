import { Decimal } from '@holdfast/core/driver'

/** Whether JSON says all there is to say of a value. */
const isPlain = (value: unknown): boolean => {
  if (typeof value === 'bigint') return false
  if (typeof value !== 'object' || value === null) return true
  if (Array.isArray(value)) return value.every(isPlain)
  if (value instanceof Date || value instanceof Uint8Array || Decimal.isDecimal(value)) return false
  for (const name in value) if (!isPlain((value as Record<string, unknown>)[name])) return false
  return true
}

const tag = (value: unknown): unknown => {
  if (typeof value === 'bigint') return { $i: value.toString() }
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(tag)
  if (value instanceof Date) return { $t: value.toISOString() }
  if (value instanceof Uint8Array) return { $b: Buffer.from(value).toString('base64') }
  if (Decimal.isDecimal(value)) return { $n: value.toString() }
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, tag(one)]))
}

/**
 * JSON text of a nested value. What JSON lacks is an object with one tag: `$i` bigint, `$n` Decimal,
 * `$t` date, `$b` bytes. Names of the user never begin with `$`, so nothing needs escaping.
 */
export const encodeJson = (value: unknown): string =>
  JSON.stringify(isPlain(value) ? value : tag(value))

/** Bytes of a text, not shared with Node's buffer pool. */
export const bytesOf = (text: string, encoding: 'hex' | 'base64'): Uint8Array =>
  Uint8Array.from(Buffer.from(text, encoding))

const untag = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    for (let at = 0; at < value.length; at += 1) value[at] = untag(value[at])
    return value
  }
  const object = value as Record<string, unknown>
  const { $i, $n, $t, $b } = object
  if (typeof $i === 'string') return BigInt($i)
  if (typeof $n === 'string') return Decimal.from($n)
  if (typeof $t === 'string') return new Date($t)
  if (typeof $b === 'string') return bytesOf($b, 'base64')
  for (const name of Object.keys(object)) object[name] = untag(object[name])
  return object
}

/** The value behind `encodeJson`. */
export const decodeJson = (text: string): unknown => {
  const value: unknown = JSON.parse(text)
  return text.includes('"$') ? untag(value) : value
}
