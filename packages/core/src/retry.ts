import { pause } from './driver-calls.ts'
import { cancelled } from './driver-helpers.ts'
import type { Driver } from './driver.ts'
import type { VersionClock } from './version.ts'

/** How often and how long failed calls are repeated. */
export interface RetryPolicy {
  /** Most attempts of one call, the first included. Default 5. */
  readonly attempts?: number
  /** First pause, in milliseconds; the pause doubles each time and is drawn between 0 and that. Default 50. */
  readonly baseMs?: number
  /** Longest pause, in milliseconds. Default 2000. */
  readonly maxMs?: number
  /** No new attempt starts later than this after the first, in milliseconds. Default 15000. */
  readonly deadlineMs?: number
}

/** Time, chance and waiting, injected so that tests and simulations own them. */
export interface Environment {
  /** Milliseconds since 1970. */
  now(): number
  /** From 0 up to, not including, 1. */
  random(): number
  /** Resolves after that many milliseconds, or at once when the signal aborts. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>
}

/** One back end of a store, with what calls to it share. */
export interface Runtime {
  readonly driver: Driver
  readonly environment: Environment
  readonly versions: VersionClock
  readonly retry: Required<RetryPolicy>
  /**
   * Tokens left for retries: every retry costs 5 or, after a timeout, 10. A call that the store answers
   * returns what its last retry cost, or 1. So retries that help cost nothing, and those that do not end.
   */
  readonly budget: { tokens: number }
}

/** Retry tokens a store starts with, and never exceeds. */
export const RETRY_TOKENS = 500

/** The defaults of `RetryPolicy`. */
export const DEFAULT_RETRY: Required<RetryPolicy> = {
  attempts: 5,
  baseMs: 50,
  maxMs: 2000,
  deadlineMs: 15_000,
}

/** The environment of a running program. */
export const REAL: Environment = {
  now: () => Date.now(),
  random: () => Math.random(),
  sleep: (milliseconds, signal) => pause(milliseconds, { signal }),
}

/** How far one call has come. */
export interface Attempts {
  readonly started: number
  made: number
  /** Tokens that the last retry cost. */
  paid: number
}

/** Begins a call. @throws `CANCELLED` when its signal has aborted already. */
export const begin = ({ environment }: Runtime, signal: AbortSignal | undefined): Attempts => {
  if (signal?.aborted === true) throw cancelled(signal, 'not_applied')
  return { started: environment.now(), made: 1, paid: 1 }
}

/** A short pause from the third time on that others were faster, so that not all of them come at once. */
export const standBack = async (
  { environment }: Runtime,
  times: number,
  signal: AbortSignal | undefined,
): Promise<void> => {
  if (times > 2) await environment.sleep(environment.random() * Math.min(2 ** times, 50), signal)
}

/** Returns retry tokens after a call that the store answered. */
export const succeeded = ({ budget }: Runtime, attempts: Attempts): void => {
  budget.tokens = Math.min(RETRY_TOKENS, budget.tokens + attempts.paid)
  attempts.paid = 1
}
