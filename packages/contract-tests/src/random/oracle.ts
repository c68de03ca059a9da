/**
 * A second evaluator of filters, written from the contract and sharing no code with core's, so that
 * a mistake would have to be made twice.
 */
import { Decimal } from '@holdfast/core'
import type { Scalar } from '@holdfast/core/driver'

/** A condition holds, does not, or cannot be known. */
export type Truth = true | false | undefined

/** A random filter, as data. */
export type Spec =
  | { readonly op: 'and' | 'or' | 'not'; readonly of: readonly Spec[] }
  | { readonly op: 'isNull' | 'exists'; readonly field: string }
  | { readonly op: 'between'; readonly field: string; readonly low: Scalar; readonly high: Scalar }
  | { readonly op: 'in'; readonly field: string; readonly values: readonly Scalar[] }
  | {
      readonly op: 'eq' | 'gt' | 'gte' | 'lt' | 'lte' | 'has' | 'startsWith'
      readonly field: string
      readonly value: Scalar
    }

type Tagged =
  | readonly ['number', bigint]
  | readonly ['bytes', Buffer]
  | readonly ['date', number]
  | readonly ['boolean', number]
  | readonly ['other', undefined]

/** Wide enough for the exponents and digits that are legal. */
const PLACES = 180

/** A number as an integer of 10^-180, exactly. */
const scaled = (text: string): bigint => {
  const match = /^(-?)(\d*)\.?(\d*)(?:e([+-]?\d+))?$/.exec(text)
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match ?? []
  const shift = PLACES - fraction.length + Number(exponent)
  const size = BigInt(`${whole}${fraction}` || '0') * 10n ** BigInt(shift)
  return sign === '-' ? -size : size
}

const tag = (value: unknown): Tagged | readonly ['text', Buffer] => {
  if (typeof value === 'string') return ['text', Buffer.from(value, 'utf8')]
  if (typeof value === 'number' || typeof value === 'bigint')
    return ['number', scaled(String(value))]
  if (typeof value === 'boolean') return ['boolean', value ? 1 : 0]
  if (value instanceof Date) return ['date', value.getTime()]
  if (value instanceof Uint8Array) return ['bytes', Buffer.from(value)]
  return Decimal.isDecimal(value) ? ['number', scaled(value.toString())] : ['other', undefined]
}

/** -1, 0 or 1; `undefined` for values of two types or of none that has an order. */
const compare = (a: unknown, b: unknown): number | undefined => {
  const [kind, left] = tag(a)
  const [other, right] = tag(b)
  if (kind !== other || left === undefined || right === undefined) return undefined
  if (Buffer.isBuffer(left) && Buffer.isBuffer(right)) return Buffer.compare(left, right)
  return left < right ? -1 : left > right ? 1 : 0
}

const negate = (truth: Truth): Truth => (truth === undefined ? undefined : !truth)

const every = (truths: readonly Truth[]): Truth =>
  truths.includes(false) ? false : truths.includes(undefined) ? undefined : true

const onValue = (spec: Exclude<Spec, { of: unknown }>, value: unknown): boolean => {
  const is = (operand: unknown, ...wanted: number[]): boolean =>
    wanted.includes(compare(value, operand) ?? 9)
  switch (spec.op) {
    case 'eq':
      return is(spec.value, 0)
    case 'gt':
      return is(spec.value, 1)
    case 'gte':
      return is(spec.value, 0, 1)
    case 'lt':
      return is(spec.value, -1)
    case 'lte':
      return is(spec.value, 0, -1)
    case 'between':
      return is(spec.low, 0, 1) && is(spec.high, 0, -1)
    case 'in':
      return spec.values.some((one) => is(one, 0))
    case 'has':
      return Array.isArray(value) && value.some((one) => compare(one, spec.value) === 0)
    case 'startsWith': {
      const points = typeof value === 'string' ? [...value] : undefined
      return (
        points !== undefined && [...String(spec.value)].every((point, at) => points[at] === point)
      )
    }
    default:
      return false
  }
}

/** What the contract says of this filter on this record. */
export const fuzzCheck = (spec: Spec, record: Readonly<Record<string, unknown>>): Truth => {
  switch (spec.op) {
    case 'and':
      return every(spec.of.map((one) => fuzzCheck(one, record)))
    case 'or':
      return negate(every(spec.of.map((one) => negate(fuzzCheck(one, record)))))
    case 'not':
      return negate(every(spec.of.map((one) => fuzzCheck(one, record))))
    case 'isNull':
      return record[spec.field] === null
    case 'exists':
      return record[spec.field] !== undefined
    default: {
      if (spec.op === 'in' && spec.values.length === 0) return false
      const value = record[spec.field]
      return value === null || value === undefined ? undefined : onValue(spec, value)
    }
  }
}
