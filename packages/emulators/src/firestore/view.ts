import { runQuery } from './query/run.ts'
import type { Query } from './query/query.ts'
import type { Storage, Stored } from './storage.ts'
import type { Clock } from './time.ts'
import type { Transaction } from './transaction/transaction.ts'
import type { Transactions } from './transaction/transactions.ts'
import type { Consistency } from './wire/read.ts'

/** What a read sees: the state of one moment, or what a transaction sees and remembers. */
export interface View {
  /** The moment the answer tells of, in microseconds since 1970. */
  readonly time: bigint
  /** The id of a transaction that this read began; empty without one. */
  readonly began: Buffer
  get(name: string): Stored | undefined
  run(query: Query): Stored[]
}

const NOTHING = Buffer.alloc(0)

/** Makes the views of requests. */
export class Views {
  readonly #storage: Storage
  readonly #clock: Clock
  readonly #transactions: Transactions

  constructor(storage: Storage, clock: Clock, transactions: Transactions) {
    this.#storage = storage
    this.#clock = clock
    this.#transactions = transactions
  }

  /** The view that a request asks for. @throws INVALID_ARGUMENT, ABORTED, FAILED_PRECONDITION */
  of(request: Consistency): View {
    const { newTransaction, transaction, readTime } = request
    if (newTransaction !== undefined) {
      const began = this.#transactions.begin(newTransaction)
      return { ...this.#within(this.#transactions.use(began)), began }
    }
    if (transaction !== undefined && transaction.length > 0)
      return this.#within(this.#transactions.use(transaction))
    return readTime === undefined
      ? this.#at(this.#clock.latest())
      : this.#at(this.#transactions.readTime(readTime))
  }

  #at(time: bigint): View {
    return {
      time,
      began: NOTHING,
      get: (name) => this.#storage.get(name, time),
      run: (query) => runQuery(this.#storage, query, time),
    }
  }

  // A read-only transaction has no need to remember what it has read.
  #within(transaction: Transaction): View {
    const at = this.#at(transaction.snapshot ?? this.#clock.latest())
    if (transaction.readOnly) return at
    return {
      ...at,
      get: (name) => {
        const document = at.get(name)
        transaction.documents.set(name, document?.updateTime)
        return document
      },
      run: (query) => {
        const documents = at.run(query)
        const found = new Map(documents.map(({ name, updateTime }) => [name, updateTime]))
        transaction.scans.push({ query, found })
        return documents
      },
    }
  }
}
