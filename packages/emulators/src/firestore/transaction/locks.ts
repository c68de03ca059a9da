import { aborted } from '../failure.ts'
import type { Change } from '../storage.ts'
import { isLocked } from './conflict.ts'
import type { Transaction } from './transaction.ts'
import { CONTENTION, LOCK_TIMEOUT } from './transactions.ts'
import type { Transactions } from './transactions.ts'

/** Who wants to write: a transaction or, when undefined, a write outside of one. */
export interface Writer {
  transaction: Transaction | undefined
  /** True once nobody waits for the answer any more. */
  isGone: () => boolean
}

/** How often a waiting writer looks whether a transaction has expired, in milliseconds. */
const LOOK_MS = 200

const untilOneEnds = (holders: Transaction[]): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, LOOK_MS)
    const wake = (): void => {
      clearTimeout(timer)
      resolve()
    }
    for (const holder of holders) holder.onEnd.add(wake)
  })

// An older transaction takes the lock from a younger one; a younger one waits. Whoever began first
// goes first, so no two can wait for each other.
const mustWaitFor = (
  holders: Transaction[],
  writer: Writer,
  transactions: Transactions,
): Transaction[] => {
  const own = writer.transaction?.priority ?? Number.POSITIVE_INFINITY
  const older = holders.filter(({ priority }) => priority < own)
  for (const holder of holders) if (!older.includes(holder)) transactions.abort(holder)
  return older
}

/** What a writer waits for, and how long. */
export interface Wait {
  transactions: Transactions
  /** What its writes would change as things stand. */
  changesNow: () => readonly Change[]
  timeoutMs: number
}

// The transactions that stand in the way, after those that may be aborted have been.
const inTheWay = (writer: Writer, { transactions, changesNow }: Wait): Transaction[] => {
  const others = transactions.holders().filter((other) => other !== writer.transaction)
  if (others.length === 0) return []
  const changes = changesNow()
  const holders = others.filter((other) => isLocked(changes, other))
  return mustWaitFor(holders, writer, transactions)
}

/**
 * Calls `apply` as soon as no other transaction has a lock on what the writer would change; nothing
 * happens between the look at the locks and that.
 * @throws ABORTED when it takes too long or an older transaction takes the lock
 */
export const whenFree = async <T>(writer: Writer, wait: Wait, apply: () => T): Promise<T> => {
  const start = Date.now()
  for (;;) {
    wait.transactions.expire()
    if (writer.transaction !== undefined && writer.transaction.state !== 'open')
      throw aborted(CONTENTION)
    const older = inTheWay(writer, wait)
    if (older.length === 0) return apply()
    if (Date.now() - start >= wait.timeoutMs) throw aborted(LOCK_TIMEOUT)
    await untilOneEnds(older)
    // Nobody is there to be told what became of it.
    if (writer.isGone()) throw aborted(LOCK_TIMEOUT)
  }
}
