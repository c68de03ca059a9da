import { inspect } from 'node:util'
import { type ErrorCode, HoldfastError } from '@holdfast/core'
import { expect } from 'vitest'

/** The error that `run` throws or rejects with. */
export const errorOf = async (run: () => unknown): Promise<HoldfastError> => {
  try {
    await run()
  } catch (error) {
    expect(error).toBeInstanceOf(HoldfastError)
    return error as HoldfastError
  }
  throw new Error('Nothing was thrown.')
}

/** Long enough that they cannot be in an error by chance. */
const valuesIn = (part: string): string[] => {
  const decoded = Buffer.from(part, 'base64url').toString('latin1')
  return [...decoded.matchAll(/[\w-]{10,}/g)].map(([value]) => value)
}

/** Fails if an error shows a part of the token, or of what stands in it, anywhere. */
export const showsNothingOf = (error: HoldfastError, token: string): void => {
  const shown = inspect(error, { depth: 10, showHidden: true, maxStringLength: null }) + error.stack
  const parts = token.split('.').filter((part) => part.length >= 10)
  for (const secret of [...parts, ...parts.flatMap(valuesIn)]) expect(shown).not.toContain(secret)
  expect(error.cause).toBeUndefined()
}

/** Expects that a token is refused: with this code and message, this claim, and without a trace of it. */
export const expectRefused = async (
  actorOf: (token: string) => Promise<unknown>,
  token: string,
  expected: { readonly code?: ErrorCode; readonly message: RegExp; readonly field?: string },
): Promise<void> => {
  const error = await errorOf(() => actorOf(token))
  expect(error.code).toBe(expected.code ?? 'UNAUTHENTICATED')
  expect(error.message).toMatch(expected.message)
  expect(error.field).toBe(expected.field)
  expect(error.retryable).toBe(false)
  showsNothingOf(error, token)
}
