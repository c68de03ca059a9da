import type { CallOptions } from '@holdfast/core/driver'
import type { CustomTypesConfig, PoolClient, QueryArrayResult } from 'pg'
import { BeforeCommitError, CommitError, RolledBackError } from '../errors.ts'
import type { Raw, Reply, Row, Statement, Task } from './connection.ts'

const asText = (value: unknown): unknown => value
// Values stay as the server printed them; global parsers, which others may change, are not asked.
const TEXT = { getTypeParser: () => asText } as unknown as CustomTypesConfig

const command = (text: string): Statement => ({
  text,
  name: undefined,
  returns: false,
  writes: true,
  bigints: false,
})
const BEGIN = command('BEGIN ISOLATION LEVEL READ COMMITTED')
const COMMIT = command('COMMIT')
const ROLLBACK = command('ROLLBACK')

/** How statements are sent. */
export interface SessionOptions {
  /** Whether statements are prepared by name. */
  readonly isNamed: boolean
  /** How long to wait for an answer, in milliseconds. `undefined`: for ever. */
  readonly timeoutMs: number | undefined
}

/** Whether the server itself refused a statement and goes on serving the connection. */
const isRefusal = (error: unknown): boolean =>
  error instanceof Error && 'severity' in error && error.severity === 'ERROR'

/** A connection of a pool while it is in use. */
export class Session {
  readonly #client: PoolClient
  readonly #options: SessionOptions
  #isBroken = false
  #isReleased = false

  constructor(client: PoolClient, options: SessionOptions) {
    this.#client = client
    this.#options = options
    client.on('error', ignore)
  }

  /** Gives the connection back, or ends it when its state is not known any more. */
  release(): void {
    if (this.#isReleased) return
    this.#isReleased = true
    this.#client.removeListener('error', ignore)
    this.#client.release(this.#isBroken)
  }

  /** Ends the connection, whatever it is doing. */
  abandon(): void {
    this.#isBroken = true
    this.release()
  }

  /** Runs one statement. */
  async execute(statement: Statement, params: readonly Raw[]): Promise<Reply> {
    const { rows, rowCount } = await this.#query(statement, params)
    return { rows: rows as readonly Row[], count: rowCount ?? 0 }
  }

  /** Runs a task in a transaction; see `Connection.transact`. */
  async transact<T>(task: Task<T>, keep: (value: T) => boolean, call: CallOptions): Promise<T> {
    try {
      await this.#query(BEGIN, [])
      const value = await this.#perform(task, call)
      if (keep(value)) await this.#commit()
      else await this.#rollback()
      return value
    } catch (error) {
      if (error instanceof CommitError) throw error
      // The server rolls back by itself when the connection is lost.
      if (this.#isBroken) throw new BeforeCommitError(error)
      await this.#rollback().catch(ignore)
      throw error
    }
  }

  async #perform<T>(task: Task<T>, { signal }: CallOptions): Promise<T> {
    let step = task.next()
    while (step.done !== true) {
      signal?.throwIfAborted()
      let reply: Reply
      try {
        reply = await this.execute(step.value.statement, step.value.params)
      } catch (error) {
        step = task.throw(error)
        continue
      }
      step = task.next(reply)
    }
    return step.value
  }

  async #commit(): Promise<void> {
    const result = await this.#end(COMMIT).catch((error: unknown) => {
      throw new CommitError(error)
    })
    if (result.command === 'ROLLBACK') throw new RolledBackError()
  }

  async #rollback(): Promise<void> {
    await this.#end(ROLLBACK)
  }

  /** Ends the transaction. Where that fails, it may be open still: nobody else may get the connection. */
  async #end(statement: Statement): Promise<QueryArrayResult<Raw[]>> {
    try {
      return await this.#query(statement, [])
    } catch (error) {
      this.#isBroken = true
      throw error
    }
  }

  async #query(
    { text, name, isPatient }: Statement,
    params: readonly Raw[],
  ): Promise<QueryArrayResult<Raw[]>> {
    const { isNamed, timeoutMs } = this.#options
    const config = {
      text,
      values: params as Raw[],
      rowMode: 'array',
      types: TEXT,
      ...(isNamed && name !== undefined ? { name } : {}),
      ...(timeoutMs === undefined || isPatient === true ? {} : { query_timeout: timeoutMs }),
    } as const
    try {
      return await this.#client.query<Raw[]>(config)
    } catch (error) {
      if (!isRefusal(error)) this.#isBroken = true
      throw error
    }
  }
}

// A connection lost while in use also fails the query under way, which reports it.
const ignore = (): void => {}
