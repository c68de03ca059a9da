import { Decimal } from './decimal.ts'
import type { Scalar } from './driver.ts'
import { invalid } from './error.ts'
import { decodeKeyText, encodeKeyText } from './key-text.ts'

const YEAR_ONE = 62_135_596_800_000
/** From the start of year 1 to the end of year 9999. */
const LAST_INSTANT = 315_537_897_599_999

const complement = (digits: string): string => {
  let text = ''
  for (let at = 0; at < digits.length; at += 1) text += String(9 - Number(digits.charAt(at)))
  return text
}

/** Order-preserving text of a number; 1, 1n and Decimal 1.0 are equal. */
export const encodeNumber = (value: number | bigint | Decimal): string => {
  const { negative, digits, exponent } = Decimal.from(value).parts
  if (digits === '') return '1'
  return negative
    ? `0${String(499 - exponent).padStart(3, '0')}${complement(digits)}~`
    : `2${String(exponent + 500).padStart(3, '0')}${digits}`
}

/** The number behind `encodeNumber`. @throws `INVALID` when it is not of that form. */
export const decodeNumber = (text: string): Decimal => {
  if (text === '1') return Decimal.from('0')
  const match = /^(?:0(\d{3})(\d+)~|2(\d{3})(\d+))$/.exec(text)
  if (match === null) throw invalid('Malformed number text.')
  const [, below, mirrored, above, digits] = match
  const value =
    below !== undefined && mirrored !== undefined
      ? Decimal.from(`-0.${complement(mirrored)}e${499 - Number(below)}`)
      : Decimal.from(`0.${digits}e${Number(above) - 500}`)
  if (encodeNumber(value) !== text) throw invalid('Malformed number text.')
  return value
}

const hex = (bytes: Uint8Array): string => {
  let text = ''
  for (const byte of bytes) text += byte.toString(16).toUpperCase().padStart(2, '0')
  return text
}

const component = (value: Scalar | null): string => {
  if (typeof value === 'string') return `6${encodeKeyText(value)}!`
  if (value === null) return '1!'
  if (typeof value === 'boolean') return value ? '3!' : '2!'
  if (value instanceof Date) return `5${String(value.getTime() + YEAR_ONE).padStart(15, '0')}!`
  if (value instanceof Uint8Array) return `7${hex(value)}!`
  return `4${encodeNumber(value)}!`
}

/**
 * Injective text of a list of scalars that sorts as the list does: null, false, true, numbers, dates,
 * strings by UTF-8 bytes, bytes.
 */
export const encodeTuple = (values: readonly (Scalar | null)[]): string => {
  let text = ''
  for (const value of values) text += component(value)
  return text
}

const decodeComponent = (text: string): Scalar | null => {
  const payload = text.slice(1)
  switch (text.charAt(0)) {
    case '1':
      return null
    case '2':
      return false
    case '3':
      return true
    case '4':
      return decodeNumber(payload)
    case '5':
      if (!/^\d{15}$/.test(payload) || Number(payload) > LAST_INSTANT) break
      return new Date(Number(payload) - YEAR_ONE)
    case '6':
      return decodeKeyText(payload)
    case '7':
      return Uint8Array.from(payload.match(/../g) ?? [], (pair) => parseInt(pair, 16))
    default:
  }
  throw invalid('Malformed tuple text.')
}

/** The list behind `encodeTuple`, numbers as Decimals. @throws `INVALID` when it is not of that form. */
export const decodeTuple = (
  encoded: string,
): (null | boolean | Decimal | Date | string | Uint8Array)[] => {
  const parts = encoded.split('!')
  if (parts.pop() !== '') throw invalid('Malformed tuple text.')
  const values = parts.map(decodeComponent)
  // Each list has one text: anything else that decodes was not written by `encodeTuple`.
  if (encodeTuple(values) !== encoded) throw invalid('Malformed tuple text.')
  return values as (null | boolean | Decimal | Date | string | Uint8Array)[]
}
