import { aborted, invalid } from './failure.ts'
import type { Change, Storage, Stored } from './storage.ts'
import type { Clock } from './time.ts'
import { hasChanged } from './transaction/conflict.ts'
import { whenFree } from './transaction/locks.ts'
import type { Writer } from './transaction/locks.ts'
import type { Transaction } from './transaction/transaction.ts'
import { CONTENTION } from './transaction/transactions.ts'
import type { Transactions } from './transaction/transactions.ts'
import { applyWrite, checkWrite, nameOf } from './write/apply.ts'
import type { Write, WriteResult } from './wire/write.ts'

/** What a commit did. */
export interface Committed {
  time: bigint
  results: WriteResult[]
}

interface Planned {
  changes: Change[]
  results: WriteResult[]
}

/** Told of every commit that changed something. */
export type CommitListener = (changes: readonly Change[], time: bigint) => void

/** Applies writes, one commit at a time. */
export class Committer {
  readonly listeners: Set<CommitListener> = new Set()
  readonly #storage: Storage
  readonly #clock: Clock
  readonly #transactions: Transactions
  readonly #timeoutMs: number

  constructor(
    parts: { storage: Storage; clock: Clock; transactions: Transactions },
    lockTimeoutMs: number,
  ) {
    this.#storage = parts.storage
    this.#clock = parts.clock
    this.#transactions = parts.transactions
    this.#timeoutMs = lockTimeoutMs
  }

  /**
   * Applies all writes or, when one cannot be, none. Waits for the locks of other transactions.
   * @throws what its writes throw, and ABORTED when it loses against another transaction
   */
  async commit(database: string, writes: readonly Write[], writer: Writer): Promise<Committed> {
    const { transaction } = writer
    for (const write of writes) checkWrite(write, database)
    if (transaction?.readOnly && writes.length > 0)
      throw invalid('Cannot modify entities in a read-only transaction.')
    try {
      const wait = {
        transactions: this.#transactions,
        changesNow: () => this.#plan(writes, this.#clock.latest()).changes,
        timeoutMs: this.#timeoutMs,
      }
      return await whenFree(writer, wait, () => {
        if (transaction !== undefined && this.#isStale(transaction)) throw aborted(CONTENTION)
        const committed = this.#store(writes)
        // At once: the same request may have been delivered twice.
        if (transaction !== undefined) this.#transactions.end(transaction)
        return committed
      })
    } finally {
      if (transaction !== undefined) this.#transactions.end(transaction)
    }
  }

  #isStale(transaction: Transaction): boolean {
    const mayBe = transaction.snapshot !== undefined && !transaction.readOnly
    return mayBe && hasChanged(this.#storage, transaction)
  }

  #store(writes: readonly Write[]): Committed {
    const time = this.#clock.tick()
    const { changes, results } = this.#plan(writes, time)
    const real = changes.filter(({ before, after }) => before !== after)
    this.#storage.apply(real, time)
    if (real.length > 0) for (const listener of this.listeners) listener(real, time)
    return { time, results }
  }

  #plan(writes: readonly Write[], time: bigint): Planned {
    const after = new Map<string, Stored | undefined>()
    const results: WriteResult[] = []
    for (const write of writes) {
      const name = nameOf(write)
      const current = after.has(name) ? after.get(name) : this.#storage.get(name)
      const applied = applyWrite(current, write, time)
      after.set(name, applied.after)
      results.push(applied.result)
    }
    const changes = [...after].map(([name, document]): Change => ({
      name,
      before: this.#storage.get(name),
      after: document,
    }))
    return { changes, results }
  }
}
