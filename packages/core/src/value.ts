import { Decimal } from './decimal.ts'
import type { Key, Scalar } from './driver.ts'
import { invalid, limitExceeded } from './error.ts'
import type { FieldModel, Kind } from './shape.ts'
import { encodeTuple } from './tuple.ts'

const MAX_DEPTH = 16
/** Largest encoded key, in bytes: partition and sort together. */
const KEY_LIMIT = 600
/** Largest encoded sort part of an index, in bytes. */
const INDEX_SORT_LIMIT = 400
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
  // Up to 85 characters cannot have more than 255 bytes.
  if (name.length === 0 || (name.length > 85 && new TextEncoder().encode(name).length > 255))
    return 'must have 1 to 255 bytes.'
  if (!name.isWellFormed() || name.includes('\0')) return 'must be well-formed text.'
  return name.includes('.') || name.startsWith('_') || name.startsWith('$')
    ? 'must not hold a dot or begin with _ or $.'
    : undefined
}

const nested = (value: unknown, depth: number, fail: Fail): unknown => {
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
  // Not slice(): that of a Buffer shares its memory.
  if (value instanceof Uint8Array) return new Uint8Array(value)
  if (depth >= MAX_DEPTH) fail(`must not hold a cycle, nor be deeper than ${MAX_DEPTH} levels.`)
  if (Array.isArray(value))
    return Array.from(value as unknown[], (one) => nested(one, depth + 1, fail))
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null)
    fail('must hold plain data only, no class instance, Map or Set.')
  const copy: Record<string, unknown> = {}
  for (const name of Reflect.ownKeys(value)) {
    const one = (value as Record<PropertyKey, unknown>)[name]
    if (one === undefined) continue
    const rule = typeof name === 'symbol' ? 'must not be a symbol.' : checkFieldName(name)
    if (rule !== undefined) fail(`has a nested name that ${rule}`)
    copy[String(name)] = nested(one, depth + 1, fail)
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
    Array.isArray(value) ? nested(value, 0, fail) : fail('must be an array.'),
  object: (value, fail) => {
    const isObject =
      typeof value === 'object' &&
      !Array.isArray(value) &&
      !Decimal.isDecimal(value) &&
      !(value instanceof Date) &&
      !(value instanceof Uint8Array)
    return isObject ? nested(value, 0, fail) : fail('must be a plain object.')
  },
}

/**
 * Checks that a value is legal on every store and of its field's kind, and returns it in normal form:
 * -0 as 0, nested containers copied, `undefined` in objects dropped.
 * @throws `INVALID` naming the field and the rule, never the value.
 */
export const normalizeField = (entity: string, field: FieldModel, value: unknown): unknown => {
  const fail: Fail = (rule) => {
    throw invalid(`${entity}.${field.name} ${rule}`, entity, field.name)
  }
  if (value === null) return field.optional ? null : fail('is required and cannot be null.')
  return field.kind === 'json' ? nested(value, 0, fail) : ofKind[field.kind](value, fail)
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
      entity,
      names.at(-1),
    )
}

/** Checks a key's parts. @throws `INVALID` for an empty part, `LIMIT_EXCEEDED` above 600 encoded bytes. */
export const checkKey = (entity: string, names: readonly string[], values: Key): void => {
  for (let at = 0; at < values.length; at += 1) {
    const value = values[at]
    if ((typeof value === 'string' || value instanceof Uint8Array) && value.length === 0)
      throw invalid(
        `${entity}.${names[at]} is part of the key and must not be empty.`,
        entity,
        names[at],
      )
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
