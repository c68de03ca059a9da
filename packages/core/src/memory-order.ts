import { Decimal } from './decimal.ts'
import type { Key, Position, Range, Scalar, StoredRecord } from './driver.ts'
import { HoldfastError } from './error.ts'
import { compareScalars } from './filter.ts'
import type { Held } from './memory.ts'
import { encodeTuple } from './tuple.ts'

/**
 * The reference driver: records in this process's memory, with core's own evaluator. It is the
 * oracle that every other store is compared with, and a store for tests. Nothing survives `close`.
 */

const copy = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(copy)
  if (value instanceof Date) return new Date(value)
  if (value instanceof Uint8Array) return value.slice()
  if (typeof value !== 'object' || value === null || Decimal.isDecimal(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, copy(one)]))
}

export const copyFields = (value: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  copy(value) as Record<string, unknown>

/** Null is least; values of one field are of one kind. */
const compareValues = (a: Scalar | null, b: Scalar | null): number =>
  a === null ? (b === null ? 0 : -1) : b === null ? 1 : (compareScalars(a, b) ?? 0)

export const comparePositions = (a: Position, b: Position): number => {
  for (let at = 0; at < a.length; at += 1) {
    const compared = compareValues(a[at] ?? null, b[at] ?? null)
    if (compared !== 0) return compared
  }
  return 0
}

export const inRange = (range: Range, value: unknown): boolean => {
  if (value === null || value === undefined) return false
  const holds = (bound: Scalar | undefined, accept: (compared: number) => boolean): boolean => {
    if (bound === undefined) return true
    const compared = compareScalars(value, bound)
    return compared !== undefined && accept(compared)
  }
  return (
    holds(range.gt, (c) => c > 0) &&
    holds(range.gte, (c) => c >= 0) &&
    holds(range.lt, (c) => c < 0) &&
    holds(range.lte, (c) => c <= 0) &&
    (range.startsWith === undefined ||
      (typeof value === 'string' && value.startsWith(range.startsWith)))
  )
}

export const stored = (held: Held, history = false): StoredRecord => {
  const record = { value: copyFields(held.value), version: held.version }
  return history ? { ...record, history: held.history } : record
}

const MAX_SEGMENTS = 1_000_000

/** Names of so many segments. */
export const segmentsOf = (count: number): readonly string[] => {
  if (!Number.isSafeInteger(count) || count < 1 || count > MAX_SEGMENTS)
    throw new HoldfastError('INVALID', `The number of segments is 1 to ${MAX_SEGMENTS}.`)
  return Array.from({ length: count }, (_, at) => `${at}/${count}`)
}

/** Which keys are in a segment. @throws `INVALID` for what is no name of one: it would look empty. */
export const inSegment = (segment: string): ((key: Key) => boolean) => {
  const [at, count] = (/^(\d{1,7})\/(\d{1,7})$/.exec(segment) ?? []).slice(1).map(Number)
  if (at === undefined || count === undefined || at >= count || count > MAX_SEGMENTS)
    throw new HoldfastError('INVALID', 'This is no segment of a store in memory.')
  return (key) => {
    let hash = 0
    for (const char of encodeTuple(key)) hash = (hash * 31 + (char.codePointAt(0) ?? 0)) % 1_000_003
    return hash % count === at
  }
}
