import { Decimal } from './decimal.ts'
import { limitExceeded } from './error.ts'

const RECORD_LIMIT = 350 * 1024

const textBytes = (text: string): number => {
  let bytes = text.length
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at)
    if (unit > 0x7f) bytes += unit > 0x7ff && (unit < 0xd800 || unit > 0xdfff) ? 2 : 1
  }
  return bytes
}

const sizeOf = (value: unknown, text: (text: string) => number): number => {
  switch (typeof value) {
    case 'string':
      return text(value)
    case 'number':
    case 'bigint':
      return 8
    case 'object': {
      if (value === null) return 1
      if (value instanceof Date) return 8
      if (value instanceof Uint8Array) return Math.ceil(value.length / 3) * 4
      if (Decimal.isDecimal(value)) return value.toString().length
      let size = 3
      if (Array.isArray(value)) for (const one of value) size += 1 + sizeOf(one, text)
      else
        for (const name in value)
          size += 1 + text(name) + sizeOf((value as Record<string, unknown>)[name], text)
      return size
    }
    default:
      return 1
  }
}

const fieldsSize = (
  value: Readonly<Record<string, unknown>>,
  text: (text: string) => number,
): number => {
  let size = 0
  for (const name in value) size += text(name) + sizeOf(value[name], text)
  return size
}

/**
 * Bytes of a record in the canonical encoding: names and strings as UTF-8, numbers, bigints and dates
 * 8, decimals their text, booleans and null 1, bytes as base64, containers 3 and 1 per element.
 */
export const recordSize = (value: Readonly<Record<string, unknown>>): number =>
  fieldsSize(value, textBytes)

/** @throws `LIMIT_EXCEEDED` above 350 KiB. */
export const checkRecordSize = (entity: string, value: Readonly<Record<string, unknown>>): void => {
  // An upper bound first: no UTF-16 unit takes more than three bytes.
  if (fieldsSize(value, (text) => text.length * 3) <= RECORD_LIMIT) return
  const size = recordSize(value)
  if (size > RECORD_LIMIT)
    throw limitExceeded(
      `A record of ${entity} may have 350 KiB, and this one has ${Math.ceil(size / 1024)}; split it or keep large parts elsewhere.`,
      entity,
    )
}
