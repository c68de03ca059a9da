import { aborted, invalid, preconditionFailed } from '../failure.ts'
import { HISTORY_MICROS } from '../storage.ts'
import { toMicros } from '../time.ts'
import type { Clock } from '../time.ts'
import type { TransactionOptions } from '../wire/read.ts'
import type { Timestamp } from '../wire/value.ts'
import type { Transaction } from './transaction.ts'

/** How transactions keep out of each other's way. */
export type Concurrency = 'pessimistic' | 'optimistic'

/** How long a transaction lasts at most, and unused. https://cloud.google.com/firestore/quotas#writes_and_transactions */
const MAX_AGE_MS = 270_000
const MAX_IDLE_MS = 60_000
/** How long after its begin a transaction may be named as the one that is begun anew. */
const RETRIED_MS = 2 * MAX_AGE_MS

/** What the service says of a transaction that lost against another. */
export const CONTENTION = 'Too much contention on these documents. Please try again.'
/** What the service says of a write that has waited too long. */
export const LOCK_TIMEOUT = 'Transaction lock timeout.'
/** What the service says of a transaction that is over. The client starts anew on it. */
const EXPIRED = 'The referenced transaction has expired or is no longer valid.'

/** The transactions under way. */
export class Transactions {
  readonly #open = new Map<string, Transaction>()
  // In the order of their begins, also of those that are over: a client may begin a retry of them.
  readonly #priorities = new Map<string, { priority: number; startedAt: number }>()
  readonly #clock: Clock
  readonly #now: () => number
  readonly #concurrency: Concurrency
  #count = 0

  constructor(clock: Clock, now: () => number, concurrency: Concurrency) {
    this.#clock = clock
    this.#now = now
    this.#concurrency = concurrency
  }

  /** Starts a transaction and gives its id. @throws INVALID_ARGUMENT, FAILED_PRECONDITION */
  begin(options: TransactionOptions | null | undefined): Buffer {
    this.expire()
    const readOnly = options?.mode === 'readOnly'
    const given = options?.readOnly?.readTime
    const retried = options?.readWrite?.retryTransaction.toString('latin1') ?? ''
    this.#count++
    const id = `transaction-${this.#count}`
    const { priority } = this.#priorities.get(retried) ?? { priority: this.#count }
    this.#priorities.set(id, { priority, startedAt: this.#now() })
    this.#open.set(id, {
      id,
      readOnly,
      priority,
      startedAt: this.#now(),
      usedAt: this.#now(),
      snapshot:
        given !== undefined && given !== null
          ? this.readTime(given)
          : readOnly || this.#concurrency === 'optimistic'
            ? this.#clock.latest()
            : undefined,
      documents: new Map(),
      scans: [],
      state: 'open',
      onEnd: new Set(),
    })
    return Buffer.from(id, 'latin1')
  }

  /** The transaction of an id, for a read or a commit in it. @throws INVALID_ARGUMENT, ABORTED */
  use(id: Buffer): Transaction {
    this.expire()
    const transaction = this.#open.get(id.toString('latin1'))
    if (transaction === undefined) throw invalid(EXPIRED)
    if (transaction.state === 'aborted') throw aborted(CONTENTION)
    transaction.usedAt = this.#now()
    return transaction
  }

  /** Ends a transaction. One that is over may be rolled back as well. @throws INVALID_ARGUMENT */
  rollback(id: Buffer): void {
    const key = id.toString('latin1')
    const transaction = this.#open.get(key)
    if (transaction !== undefined) this.end(transaction)
    else if (!this.#priorities.has(key)) throw invalid('Invalid transaction.')
  }

  /** Ends a transaction and lets go of its locks. */
  end(transaction: Transaction): void {
    this.#open.delete(transaction.id)
    release(transaction, 'ended')
  }

  /** Makes a transaction fail at its next step, and lets go of its locks now. */
  abort(transaction: Transaction): void {
    release(transaction, 'aborted')
  }

  /** The transactions that hold locks. */
  holders(): Transaction[] {
    return [...this.#open.values()].filter(
      ({ state, snapshot }) => state === 'open' && snapshot === undefined,
    )
  }

  /** Ends the transactions that have lasted too long, and forgets those that nobody can retry. */
  expire(): void {
    const now = this.#now()
    for (const transaction of this.#open.values())
      if (now - transaction.startedAt > MAX_AGE_MS || now - transaction.usedAt > MAX_IDLE_MS)
        this.end(transaction)
    for (const [id, { startedAt }] of this.#priorities) {
      if (now - startedAt <= RETRIED_MS) break
      this.#priorities.delete(id)
    }
  }

  /** Ends all of them. */
  clear(): void {
    for (const transaction of this.#open.values()) this.end(transaction)
    this.#priorities.clear()
  }

  /** The time of a read in the past. @throws INVALID_ARGUMENT, FAILED_PRECONDITION */
  readTime(timestamp: Timestamp): bigint {
    if (timestamp.nanos % 1000 !== 0) throw invalid('read_time must be aligned to microseconds.')
    const time = toMicros(timestamp)
    const latest = this.#clock.latest()
    if (time > latest) throw invalid("The requested 'read_time' cannot be in the future.")
    if (time < latest - HISTORY_MICROS)
      throw preconditionFailed('The requested snapshot version is too old.')
    return time
  }
}

const release = (transaction: Transaction, state: 'ended' | 'aborted'): void => {
  if (transaction.state === 'open') transaction.state = state
  for (const wake of transaction.onEnd) wake()
  transaction.onEnd.clear()
}
