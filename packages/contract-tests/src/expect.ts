import assert from 'node:assert/strict'
import { Decimal, isHoldfastError, type ErrorCode, type HoldfastError } from '@holdfast/core'

/** Comparable form of a legal value: Decimals and bytes as tagged text, objects with sorted keys. */
const plain = (value: unknown): unknown => {
  if (Decimal.isDecimal(value)) return { $decimal: value.toString() }
  if (value instanceof Uint8Array) return { $bytes: [...value] }
  if (value instanceof Date) return { $date: value.getTime() }
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, one]) => [name, plain(one)]),
  )
}

/** Deep equality of records, pages and lists, exact to type and value. */
export const same = (actual: unknown, expected: unknown, message?: string): void =>
  assert.deepEqual(plain(actual), plain(expected), message)

/** Truth, with a message that says what was promised. */
export const holds: (value: unknown, message: string) => asserts value = assert.ok

/** Runs `call` and returns its error, which must be a Holdfast error with this code (and field, and entity). */
export const refused = async (
  call: () => unknown,
  code: ErrorCode,
  detail: { readonly field?: string; readonly entity?: string; readonly message?: RegExp } = {},
): Promise<HoldfastError> => {
  let error: unknown
  try {
    await call()
  } catch (thrown) {
    error = thrown
  }
  if (error === undefined) return assert.fail(`expected ${code}, but the call succeeded`)
  if (!isHoldfastError(error))
    throw new Error(`expected ${code}, got another error`, { cause: error })
  assert.equal(error.code, code, error.message)
  if (detail.field !== undefined) assert.equal(error.field, detail.field, error.message)
  if (detail.entity !== undefined) assert.equal(error.entity, detail.entity, error.message)
  if (detail.message !== undefined) assert.match(error.message, detail.message)
  assert.ok(error.message.length > 10, 'the message says what to do')
  return error
}

/** Repeats `check` until it does not throw, for indexes that lag: at most ten seconds. */
export const eventually = async (check: () => Promise<void>): Promise<void> => {
  const deadline = Date.now() + 10_000
  for (;;) {
    try {
      return await check()
    } catch (error) {
      if (Date.now() > deadline) throw error
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
