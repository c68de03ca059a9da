import { cancelled } from './driver-helpers.ts'
import type { CallOptions } from './driver.ts'
import { HoldfastError, invalid, isHoldfastError } from './error.ts'
import type { Scope } from './scope.ts'
import { Attempt, type RawTransactionRepository } from './transaction-attempt.ts'

/** Options of `transaction`. */
export interface TransactionOptions extends CallOptions {
  /** How often the function is run again after a conflict. Default 5. */
  readonly retries?: number
}

/** Commits an attempt. `false`: a conflict, after which it may be made again. */
const committed = (attempt: Attempt): Promise<boolean> =>
  attempt.commit().catch((error: unknown) => {
    if (isHoldfastError(error) && error.code === 'ABORTED' && error.outcome === 'not_applied')
      return false
    throw error
  })

/**
 * Runs `fn` over buffered repositories and commits what it wrote as one atomic conditional write
 * that fails if any record read has changed; then runs it again. Serialisable for the keys touched.
 * @throws `ABORTED` when conflicts outlast `retries`; whatever `fn` throws, with nothing written.
 */
export const runTransaction = async <T>(
  names: readonly string[],
  scopeOf: (name: string) => Scope,
  fn: (transaction: Readonly<Record<string, RawTransactionRepository>>) => Promise<T>,
  options: TransactionOptions,
): Promise<T> => {
  const { retries = 5, signal } = options
  const unknown = Object.keys(options).find((name) => name !== 'retries' && name !== 'signal')
  if (unknown !== undefined)
    throw invalid(
      `Option ${unknown} of transaction() is not known; use retries, signal.`,
      undefined,
      unknown,
    )
  if (!(Number.isInteger(retries) && retries >= 0))
    throw invalid('Option retries of transaction() must be 0 or more.', undefined, 'retries')
  let runtime: Scope['runtime'] | undefined
  for (let made = 0; ; made += 1) {
    if (signal?.aborted === true) throw cancelled(signal, 'not_applied')
    const attempt = new Attempt(options)
    const repositories: Record<string, RawTransactionRepository> = {}
    for (const name of names) {
      Object.defineProperty(repositories, name, {
        enumerable: true,
        get: () => {
          const scope = scopeOf(name)
          runtime ??= scope.runtime
          if (runtime === scope.runtime) return attempt.repository(scope)
          throw new HoldfastError(
            'UNSUPPORTED',
            `${scope.model.name} is routed to another back end; a transaction stays on one.`,
            { entity: scope.model.name },
          )
        },
      })
    }
    try {
      const result = await fn(repositories)
      if (await committed(attempt)) return result
    } finally {
      attempt.end()
    }
    if (made === retries)
      throw new HoldfastError(
        'ABORTED',
        `The transaction met a conflict ${made + 1} times; repeat it later.`,
        { retryable: true },
      )
    const { environment, retry } = runtime ?? {}
    await environment?.sleep(
      environment.random() * Math.min(retry?.maxMs ?? 0, 10 * 2 ** made),
      signal,
    )
  }
}
