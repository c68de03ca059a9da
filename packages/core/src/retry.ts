import { cancelled } from './driver-helpers.ts'
import type { Classification, Driver } from './driver.ts'
import { type ErrorCode, HoldfastError, isHoldfastError } from './error.ts'
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
  /** Tokens left for retries: every retry costs 5 or, after a timeout, 10; every success returns 1. */
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
  sleep: (milliseconds, signal) =>
    new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', done)
        resolve()
      }
      const timer = setTimeout(done, milliseconds)
      signal?.addEventListener('abort', done, { once: true })
    }),
}

const ADVICE: Partial<Record<ErrorCode, string>> = {
  ALREADY_EXISTS:
    'a record with this key or these unique values exists already; use put() to overwrite by key.',
  ABORTED: 'a conflict with another transaction; repeat the call.',
  THROTTLED: 'the store is throttling; repeat later or raise its capacity.',
  TIMEOUT: 'the store did not answer in time.',
  UNAVAILABLE: 'the store cannot be reached.',
  UNAUTHENTICATED: 'the store does not accept our credentials; check them.',
  PERMISSION_DENIED: 'the credentials may not do this on the store; check their permissions.',
  MISCONFIGURED:
    'a table or index is missing or does not fit; run store.ensureSchema() or apply the generated infrastructure.',
  LIMIT_EXCEEDED: 'a limit of the store was exceeded.',
  UNSUPPORTED: 'the store cannot do this.',
}

const CAUSE_MAY_HOLD_DATA = new Set<ErrorCode>([
  'ALREADY_EXISTS',
  'INVALID',
  'INTERNAL',
  'LIMIT_EXCEEDED',
])

/** A stand-in for a vendor error whose text may quote stored values. */
const withoutData = (error: unknown): Error => {
  const { name, code } = error as { readonly name?: string; readonly code?: string }
  return new Error(`${name ?? 'Error'} ${code ?? ''}`.trim())
}

/** Wraps a vendor error. What may hold stored data is left out of message and cause. */
export const toError = (
  driver: Driver,
  error: unknown,
  entity: string | undefined,
  meaning: Classification = driver.classify(error),
): HoldfastError => {
  if (isHoldfastError(error)) return error
  const { code, outcome, retryable } = meaning
  const subject = entity === undefined ? driver.name : `${entity} on ${driver.name}`
  const doubt =
    outcome === 'unknown'
      ? ' The write may or may not have been applied; read the record before repeating it.'
      : ''
  return new HoldfastError(
    code,
    `${subject}: ${ADVICE[code] ?? 'the store refused the call; see cause.'}${doubt}`,
    {
      entity,
      outcome,
      retryable,
      cause: CAUSE_MAY_HOLD_DATA.has(code) ? withoutData(error) : error,
    },
  )
}

/** The attempts of one call: decides whether another may start, and waits before it. */
export class Attempts {
  readonly #runtime: Runtime
  readonly #signal: AbortSignal | undefined
  readonly #started: number
  #made = 1

  constructor(runtime: Runtime, signal: AbortSignal | undefined) {
    this.#runtime = runtime
    this.#signal = signal
    this.#started = runtime.environment.now()
    if (signal?.aborted === true) throw cancelled(signal, 'not_applied')
  }

  succeeded(): void {
    const { budget } = this.#runtime
    if (budget.tokens < RETRY_TOKENS) budget.tokens += 1
  }

  /** Counts an attempt that needs no pause. @throws `ABORTED` when there have been too many. */
  spend(): void {
    if (++this.#made > this.#runtime.retry.attempts * 4)
      throw new HoldfastError('ABORTED', 'The record changed at every attempt; repeat the call.', {
        retryable: true,
      })
  }

  /** Waits for the next attempt, or throws the wrapped error when there is none. */
  async again(
    error: unknown,
    meaning: Classification,
    entity: string | undefined,
    isAmbiguous: boolean,
  ): Promise<void> {
    const { retry, environment, budget, driver } = this.#runtime
    const outcome = isAmbiguous ? 'unknown' : meaning.outcome
    const give = (): never => {
      throw isHoldfastError(error) && error.outcome === outcome
        ? error
        : toError(driver, error, entity, { ...meaning, outcome })
    }
    const cost = meaning.code === 'TIMEOUT' ? 10 : 5
    if (isHoldfastError(error) || (!meaning.retryable && meaning.outcome !== 'unknown')) give()
    if (this.#made >= retry.attempts || budget.tokens < cost) give()
    const ceiling = Math.min(retry.maxMs, retry.baseMs * 2 ** (this.#made - 1))
    const pause = Math.max(environment.random() * ceiling, meaning.retryAfterMs ?? 0)
    if (environment.now() + pause - this.#started > retry.deadlineMs) give()
    budget.tokens -= cost
    this.#made += 1
    await environment.sleep(pause, this.#signal)
    if (this.#signal?.aborted === true) throw cancelled(this.#signal, outcome)
  }
}
