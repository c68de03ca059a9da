import { setTimeout as sleep } from 'node:timers/promises'
import type { CallOptions } from '@holdfast/core/driver'
import { classify } from './errors.ts'

const ATTEMPTS = 8
const LONGEST_BRIEF_PAUSE_MS = 100

/** Waits; returns early on abort. */
export const pause = async (milliseconds: number, { signal }: CallOptions): Promise<void> => {
  await sleep(milliseconds, undefined, signal === undefined ? {} : { signal }).catch(() => {})
}

/** Waits a moment, the longer the more rounds were lost to others. */
export const pauseBriefly = (round: number, options: CallOptions): Promise<void> =>
  pause(Math.random() * Math.min(2 ** round, LONGEST_BRIEF_PAUSE_MS), options)

/**
 * Repeats what may be repeated whatever became of it, after failures that pass. For work that is too
 * long to be begun anew by core, which repeats calls.
 */
export const insist = async <T>(run: () => Promise<T>, options: CallOptions): Promise<T> => {
  for (let made = 1; ; made += 1) {
    try {
      return await run()
    } catch (error) {
      if (!classify(error).retryable || made === ATTEMPTS) throw error
      await pause(Math.random() * 50 * 2 ** made, options)
    }
  }
}
