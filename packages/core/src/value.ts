import { Decimal } from './decimal.ts'
import type { Key, Scalar } from './driver.ts'
import { invalid, limitExceeded } from './error.ts'
import type { FieldModel, Kind } from './shape.ts'
import { encodeTuple } from './tuple.ts'

const MAX_DEPTH = 16
const RECORD_LIMIT = 350 * 1024
/** Largest encoded key, in bytes: partition and sort together. */
export const KEY_LIMIT = 600
/** Largest encoded sort part of an index, in bytes. */
export const INDEX_SORT_LIMIT = 400
const FIRST_DATE = -62_135_596_800_000
const LAST_DATE = 253_402_300_799_999
const INT64 = 2n ** 63n

type Fail = (rule: string) => never

const checkText = (text: string, fail: Fail): void => {
  if (!text.isWellFormed()) fail('must not hold a lone surrogate; it would be stored as U+FFFD.')
  if (text.includes('\0')) fail('must not hold U+0000, which PostgreSQL cannot store.')
}

const checkNumber = (value: number, fail: Fail): number => {
  const size = Math.abs(value)
  if (!Number.isFinite(value))
    fail('must be a finite number; leave it out or store it as a string.')
  if (size !== 0 && (size < 1e-130 || size >= 1e126))
    fail(
      'must be 0 or between 1e-130 and 1e126 in size, as DynamoDB requires; store it as a string.',
    )
  return size === 0 ? 0 : value
}

const checkBigint = (value: bigint, fail: Fail): bigint =>
  value < -INT64 || value >= INT64 ? fail('must fit 64 bits; store it as a string.') : value

const checkDate = (value: Date, fail: Fail): Date => {
  const at = value.getTime()
  return at >= FIRST_DATE && at <= LAST_DATE
    ? value
    : fail('must be a valid Date of the years 0001 to 9999.')
}

/** The rule that a field name breaks, or `undefined`. */
export const checkFieldName = (name: string): string | undefined => {
  if (name.length === 0 || new TextEncoder().encode(name).length > 255)
    return 'must have 1 to 255 bytes.'
  if (!name.isWellFormed() || name.includes('\0')) return 'must be well-formed text.'
  return name.includes('.') || name.startsWith('_') || name.startsWith('$')
    ? 'must not hold a dot or begin with _ or $.'
    : undefined
}

const nested = (value: unknown, path: readonly object[], fail: Fail): unknown => {
  switch (typeof value) {
    case 'string':
      checkText(value, fail)
      return value
    case 'number':
      return checkNumber(value, fail)
    case 'bigint':
      return checkBigint(value, fail)
    case 'boolean':
      return value
    case 'object':
      break
    default:
      return fail(
        `must not hold ${typeof value === 'undefined' ? 'undefined in an array' : `a ${typeof value}`}.`,
      )
  }
  if (value === null || Decimal.isDecimal(value)) return value
  if (value instanceof Date) return new Date(checkDate(value, fail))
  if (value instanceof Uint8Array) return value.slice()
  if (path.includes(value)) fail('must not hold a cycle.')
  if (path.length >= MAX_DEPTH) fail(`must not be deeper than ${MAX_DEPTH} levels.`)
  const inner = [...path, value]
  if (Array.isArray(value)) return Array.from(value as unknown[], (one) => nested(one, inner, fail))
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null)
    fail('must hold plain data only, no class instance, Map or Set.')
  const copy: Record<string, unknown> = {}
  for (const name of Reflect.ownKeys(value)) {
    const one = (value as Record<PropertyKey, unknown>)[name]
    if (one === undefined) continue
    const rule = typeof name === 'symbol' ? 'must not be a symbol.' : checkFieldName(name)
    if (rule !== undefined) fail(`has a nested name that ${rule}`)
    copy[String(name)] = nested(one, inner, fail)
  }
  return copy
}

const ofKind: Record<Exclude<Kind, 'json'>, (value: unknown, fail: Fail) => unknown> = {
  string: (value, fail) => {
    if (typeof value !== 'string') return fail('must be a string.')
    checkText(value, fail)
    return value
  },
  integer: (value, fail) =>
    Number.isSafeInteger(value)
      ? value === 0
        ? 0
        : value
      : fail('must be a safe integer; use kind bigint or decimal for larger ones.'),
  number: (value, fail) =>
    typeof value === 'number' ? checkNumber(value, fail) : fail('must be a number.'),
  bigint: (value, fail) =>
    typeof value === 'bigint' ? checkBigint(value, fail) : fail('must be a bigint.'),
  decimal: (value, fail) =>
    Decimal.isDecimal(value) ? value : fail('must be a Decimal; make one with Decimal.from().'),
  boolean: (value, fail) => (typeof value === 'boolean' ? value : fail('must be a boolean.')),
  date: (value, fail) => (value instanceof Date ? checkDate(value, fail) : fail('must be a Date.')),
  bytes: (value, fail) => (value instanceof Uint8Array ? value : fail('must be a Uint8Array.')),
  array: (value, fail) =>
    Array.isArray(value) ? nested(value, [], fail) : fail('must be an array.'),
  object: (value, fail) => {
    const isObject =
      typeof value === 'object' &&
      !Array.isArray(value) &&
      !Decimal.isDecimal(value) &&
      !(value instanceof Date) &&
      !(value instanceof Uint8Array)
    return isObject ? nested(value, [], fail) : fail('must be a plain object.')
  },
}

/**
 * Checks that a value is legal on every store and of its field's kind, and returns it in normal form:
 * -0 as 0, nested containers copied, `undefined` in objects dropped.
 * @throws `INVALID` naming the field and the rule, never the value.
 */
export const normalizeField = (entity: string, field: FieldModel, value: unknown): unknown => {
  const fail: Fail = (rule) => {
    throw invalid(`${entity}.${field.name} ${rule}`, { entity, field: field.name })
  }
  if (value === null) return field.optional ? null : fail('is required and cannot be null.')
  return field.kind === 'json' ? nested(value, [], fail) : ofKind[field.kind](value, fail)
}

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
      { entity },
    )
}

const checkEncoded = (
  entity: string,
  what: string,
  names: readonly string[],
  values: readonly (Scalar | null)[],
  limit: number,
): void => {
  let bound = 0
  for (const value of values)
    bound +=
      typeof value === 'string'
        ? value.length * 9 + 2
        : value instanceof Uint8Array
          ? value.length * 2 + 2
          : 48
  if (bound <= limit) return
  const size = encodeTuple(values).length
  if (size > limit)
    throw limitExceeded(
      `${what} of ${entity} (${names.join(', ')}) may have ${limit} encoded bytes, and this one has ${size}; shorten it.`,
      { entity, field: names.at(-1) },
    )
}

/** Checks a key's parts. @throws `INVALID` for an empty part, `LIMIT_EXCEEDED` above 600 encoded bytes. */
export const checkKey = (entity: string, names: readonly string[], values: Key): void => {
  for (let at = 0; at < values.length; at += 1) {
    const value = values[at]
    if ((typeof value === 'string' || value instanceof Uint8Array) && value.length === 0)
      throw invalid(`${entity}.${names[at]} is part of the key and must not be empty.`, {
        entity,
        field: names[at],
      })
  }
  checkEncoded(entity, 'The key', names, values, KEY_LIMIT)
}

/** Checks the sort part of an index. @throws `LIMIT_EXCEEDED` above 400 encoded bytes. */
export const checkIndexSort = (
  entity: string,
  index: string,
  names: readonly string[],
  values: readonly (Scalar | null)[],
): void => checkEncoded(entity, `The sort part of index ${index}`, names, values, INDEX_SORT_LIMIT)

/** Equality of two legal values, to type and value. */
export const deepEqual = (a: unknown, b: unknown): boolean => {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (a instanceof Date) return b instanceof Date && a.getTime() === b.getTime()
  if (Decimal.isDecimal(a)) return Decimal.isDecimal(b) && a.equals(b)
  if (a instanceof Uint8Array)
    return b instanceof Uint8Array && a.length === b.length && a.every((byte, at) => byte === b[at])
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const names = Object.keys(a)
  return (
    names.length === Object.keys(b).length &&
    names.every(
      (name) =>
        Object.hasOwn(b, name) &&
        deepEqual((a as Record<string, unknown>)[name], (b as Record<string, unknown>)[name]),
    )
  )
}
