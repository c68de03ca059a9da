import { type HoldfastError, isHoldfastError } from '@holdfast/core'

/** The Holdfast error that `run` throws or rejects with. Anything else fails the test. */
export const caught = async (run: () => unknown): Promise<HoldfastError> => {
  try {
    await run()
  } catch (error) {
    if (isHoldfastError(error)) return error
    throw error
  }
  throw new Error('nothing was thrown')
}
