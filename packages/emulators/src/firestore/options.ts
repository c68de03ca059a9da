import type { FirestoreFaults } from './fault/fault.ts'
import type { IndexDefinitions } from './index/definitions.ts'
import type { Concurrency } from './transaction/transactions.ts'

/** How an emulator of Firestore is to be. */
export interface FirestoreEmulatorOptions {
  /** A free one when absent or 0. */
  port?: number
  /** The address to listen on; only this machine, 127.0.0.1, when absent. */
  host?: string
  /**
   * The indexes that the database has: the content of a `firestore.indexes.json`, its path, or 'any'
   * for a database that never lacks one. Without it there are the automatic single-field indexes only.
   */
  indexes?: IndexDefinitions | string
  /** What is to go wrong. */
  faults?: FirestoreFaults
  /** The time in milliseconds since 1970; `Date.now` when absent. */
  now?: () => number
  /**
   * How transactions keep out of each other's way. 'pessimistic' is what the service does for server
   * clients: who reads locks, and other writers wait. With 'optimistic' the first to commit wins.
   */
  concurrency?: Concurrency
  /** How long a write waits for a lock before it is ABORTED, in milliseconds; 20 000 when absent. */
  lockTimeoutMs?: number
}

/** An emulator that runs. */
export interface FirestoreEmulator {
  readonly host: string
  readonly port: number
  /** `host:port`, as FIRESTORE_EMULATOR_HOST takes it. */
  readonly address: string
  /** What the client takes to speak to it: `new Firestore({ ...emulator.settings, projectId })`. */
  readonly settings: { host: string; port: number; ssl: false }
  /** How many requests have come, by method, and how many faults have been done to them. */
  readonly counts: { requests: Readonly<Record<string, number>>; faults: number }
  /** Replaces what is to go wrong; nothing without a plan. @throws RangeError for a rate that is none */
  faults(plan?: FirestoreFaults): void
  /** Replaces the indexes. @throws Error when the file cannot be read or says nothing sensible */
  indexes(indexes?: IndexDefinitions | string): void
  /** Deletes the documents whose time to live has passed, and says how many. */
  expire(): Promise<number>
  /** Closes all connections, as a network would; clients may come again. */
  dropConnections(): void
  /** Deletes everything and ends all transactions. */
  clear(): void
  /** Closes all connections and stops listening. */
  stop(): Promise<void>
}
