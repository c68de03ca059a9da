import { type CallOptions, pause } from '@holdfast/core/driver'

const LONGEST_MS = 100

/** Waits a moment, the longer the more rounds were lost to others. */
export const pauseBriefly = (round: number, options: CallOptions): Promise<void> =>
  pause(Math.random() * Math.min(2 ** round, LONGEST_MS), options)
