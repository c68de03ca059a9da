import { Decimal } from './decimal.ts'

const typeOf = (value: object): number =>
  Decimal.isDecimal(value)
    ? 1
    : value instanceof Date
      ? 2
      : value instanceof Uint8Array
        ? 3
        : Array.isArray(value)
          ? 4
          : 0

/** Equality of two legal values, to type and value. */
export const deepEqual = (a: unknown, b: unknown): boolean => {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  // Both sides: a Date or a Decimal has no keys, and would otherwise equal {}.
  if (typeOf(a) !== typeOf(b)) return false
  if (a instanceof Date) return b instanceof Date && a.getTime() === b.getTime()
  if (Decimal.isDecimal(a)) return Decimal.isDecimal(b) && a.equals(b)
  if (a instanceof Uint8Array)
    return b instanceof Uint8Array && a.length === b.length && a.every((byte, at) => byte === b[at])
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
