import { type CallOptions, HoldfastError } from '@holdfast/core/driver'

/** A value as the vendor's client takes it as a parameter, and gives it back in a row. */
export type Raw = string | number | bigint | Uint8Array | null

/** One row, in the order of the columns selected. */
export type Row = readonly Raw[]

/** A statement compiled once. The object itself is the key of what a connection prepares for it. */
export interface Statement {
  readonly text: string
  /** Short and the same for the same text. `undefined`: not worth keeping prepared. */
  readonly name: string | undefined
  /** Whether it gives rows. */
  readonly returns: boolean
  /** Whether it changes anything, so that giving up on it leaves the outcome unknown. */
  readonly writes: boolean
  /** Whether integers come as bigint, where the client can choose. */
  readonly bigints: boolean
  /** Whether it may take as long as it takes, as making an index does. */
  readonly isPatient?: boolean
}

/** A statement with its parameters. */
export interface Call {
  readonly statement: Statement
  readonly params: readonly Raw[]
}

/** What a statement gave: rows, or how many rows it changed. */
export interface Reply {
  readonly rows: readonly Row[]
  readonly count: number
}

/**
 * Work in steps: yields statements, receives their replies, or their errors thrown at the `yield`.
 * The same task runs on a client that answers at once and on one that answers later.
 */
export type Task<T> = Generator<Call, T, Reply>

/** What talks to the vendor. */
export interface Connection {
  /** How many statements are worth having in flight at once. */
  readonly concurrency: number
  /** Runs one statement, in a transaction of its own. */
  run(statement: Statement, params: readonly Raw[], options: CallOptions): Promise<Reply>
  /**
   * Runs a task in one transaction, which is committed when `keep` holds for what the task returns,
   * and rolled back when it does not or the task throws.
   */
  transact<T>(task: Task<T>, keep: (value: T) => boolean, options: CallOptions): Promise<T>
  /** The vendor's client, once it exists. */
  native(): unknown
  /** Closes what this connection itself opened. */
  close(): Promise<void>
}

/** Says what to do when a vendor's package cannot be loaded. @throws `MISCONFIGURED` */
export const notInstalled =
  (name: string) =>
  (cause: unknown): never => {
    const message = `The package ${name} cannot be loaded; install it with npm install ${name}.`
    throw new HoldfastError('MISCONFIGURED', message, { cause })
  }
