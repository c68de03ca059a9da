import { cancelled } from './driver-helpers.ts'
import type { CallOptions, Classification, Driver } from './driver.ts'
import { type ErrorCode, HoldfastError, isHoldfastError } from './error.ts'
import { type Attempts, begin, type Runtime, succeeded } from './retry.ts'

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
    'a table or index is missing or does not fit; run store.ensureSchema() or apply the generated infrastructure; see cause.',
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

/** A call that threw. */
export interface Failure {
  /** What the driver threw. */
  readonly error: unknown
  readonly entity: string | undefined
  readonly signal: AbortSignal | undefined
  readonly isWrite: boolean
  /** Whether an earlier attempt of the same write may have been applied. */
  readonly isAmbiguous: boolean
}

/** Waits for the next attempt of a call that failed, or throws the wrapped error when there is none. */
export const again = async (
  runtime: Runtime,
  attempts: Attempts,
  failure: Failure,
): Promise<void> => {
  const { retry, environment, budget, driver } = runtime
  const { error, entity, signal, isWrite, isAmbiguous } = failure
  const meaning = driver.classify(error)
  const outcome = !isWrite ? 'not_applied' : isAmbiguous ? 'unknown' : meaning.outcome
  const give = (): never => {
    throw isHoldfastError(error) && error.outcome === outcome
      ? error
      : toError(driver, error, entity, { ...meaning, outcome })
  }
  // A read is safe to repeat whatever became of it; a write is repeated under its guard.
  if (isHoldfastError(error) || !(meaning.retryable || meaning.outcome === 'unknown')) give()
  const cost = meaning.code === 'TIMEOUT' ? 10 : 5
  if (attempts.made >= retry.attempts || budget.tokens < cost) give()
  const ceiling = Math.min(retry.maxMs, retry.baseMs * 2 ** (attempts.made - 1))
  const pause = Math.max(environment.random() * ceiling, meaning.retryAfterMs ?? 0)
  if (environment.now() + pause - attempts.started > retry.deadlineMs) give()
  budget.tokens -= cost
  attempts.paid = cost
  attempts.made += 1
  await environment.sleep(pause, signal)
  if (signal?.aborted === true) throw cancelled(signal, outcome)
}

/**
 * Runs a read, which is always safe to repeat, until it answers or the retry policy gives up. Without an
 * entity, its errors are those of the whole store.
 */
export const attemptRead = async <T>(
  runtime: Runtime,
  entity: string | undefined,
  { signal }: CallOptions,
  read: () => Promise<T>,
): Promise<T> => {
  const attempts = begin(runtime, signal)
  for (;;) {
    try {
      const answer = await read()
      succeeded(runtime, attempts)
      return answer
    } catch (error) {
      await again(runtime, attempts, { error, entity, signal, isWrite: false, isAmbiguous: false })
    }
  }
}
