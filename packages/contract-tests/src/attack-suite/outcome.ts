import { isHoldfastError } from '@holdfast/core'
import { same } from '../expect.ts'

/** What became of a call: its value, or a code and a message. */
export type Outcome =
  | { readonly code: undefined; readonly value: unknown }
  | { readonly code: string; readonly message: string; readonly error: unknown }

/** What a call answers or refuses. Anything but a Holdfast error is a defect. */
export const outcomeOf = async (call: () => unknown): Promise<Outcome> => {
  try {
    return { code: undefined, value: await call() }
  } catch (error) {
    return failureOf(error)
  }
}

/** The outcome that an error is. */
export const failureOf = (error: unknown): Outcome => {
  if (!isHoldfastError(error)) throw error
  const { code, message, field, rule } = error
  return { code, message: [message, field, rule].join(' | '), error }
}

/** Whether two values are equal, exact to type. */
export const isSame = (one: unknown, other: unknown): boolean => {
  try {
    same(one, other)
    return true
  } catch {
    return false
  }
}

/** What a call did, in words. */
export const toldOf = (outcome: Outcome): string =>
  outcome.code === undefined ? 'succeeds' : `is ${outcome.code}`
