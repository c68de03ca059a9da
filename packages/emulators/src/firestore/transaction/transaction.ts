import type { Query } from '../query/query.ts'

/** A query that a transaction has run and what it found: each name with its update time. */
export interface Scan {
  query: Query
  found: ReadonlyMap<string, bigint>
}

/** A transaction from its start to its end. */
export interface Transaction {
  readonly id: string
  readonly readOnly: boolean
  /** Lower goes first: the time at which its first attempt began. */
  readonly priority: number
  /** When it began, and when it was last used, by the emulator's clock in milliseconds. */
  readonly startedAt: number
  usedAt: number
  /** The time whose state it sees; undefined where it sees the newest and locks it. */
  readonly snapshot: bigint | undefined
  /** The documents it has read with their update times; undefined for one that was not there. */
  readonly documents: Map<string, bigint | undefined>
  readonly scans: Scan[]
  state: 'open' | 'aborted' | 'ended'
  /** Called when it no longer holds locks. */
  readonly onEnd: Set<() => void>
}
