import { createHash } from 'node:crypto'
import { Decimal, encodeTuple, type Scalar } from '@holdfast/core/driver'

/** Largest partition value, in bytes. */
const MAX_PARTITION = 2048
const SAFE = /^[0-9A-Za-z_.:/=+@ -]*$/

/** Text without `!`, `*`, `?`, `$` and whatever else means something to IAM or to us. */
const escaped = (text: string): string => {
  if (SAFE.test(text)) return text
  let result = ''
  for (const byte of new TextEncoder().encode(text)) {
    const char = String.fromCharCode(byte)
    result += SAFE.test(char) ? char : `~${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }
  return result
}

const numberText = (value: number | bigint | Decimal): string => {
  const decimal = Decimal.from(value)
  const { negative, digits, exponent } = decimal.parts
  return exponent > -20 && exponent < 40
    ? decimal.toString()
    : `${negative ? '-' : ''}0.${digits}e${exponent}`
}

const textOf = (value: Scalar): string => {
  if (typeof value === 'string') return escaped(value)
  if (typeof value === 'boolean') return String(value)
  if (value instanceof Date) return value.toISOString()
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  return numberText(value)
}

/**
 * Text of partition values, one to one: the first value as it is, as far as its characters are safe
 * in an IAM policy, `!`, the entity's name, and the other values, each after a `!`. Above 2048 bytes
 * a digest takes the place of what is too long.
 */
export const partitionText = (name: string, values: readonly Scalar[]): string => {
  const [first = '', ...rest] = values
  let text = `${textOf(first)}!${name}`
  for (const value of rest) text += `!${textOf(value)}`
  if (text.length <= MAX_PARTITION) return text
  const digest = createHash('sha256').update(text).digest('hex')
  return `${text.slice(0, MAX_PARTITION - 66)}!#${digest}`
}

/** What is stored where nothing is left to sort by: sort values cannot be empty. */
const NOTHING = '-'

/** Text of sort values, in the order of the values. Also of a position along an order. */
export const sortText = (values: readonly (Scalar | null)[]): string =>
  values.length === 0 ? NOTHING : encodeTuple(values)
