import { HoldfastError, withSignal, type CallOptions } from '@holdfast/core/driver'
import type { CustomTypesConfig, Pool, PoolClient, QueryArrayResult } from 'pg'
import { CommitError, RolledBackError } from '../errors.ts'
import type { PostgresOptions } from '../options.ts'
import type { Connection, Raw, Reply, Row, Statement, Task } from './connection.ts'

const MAX_CONNECTIONS = 10
const STATEMENT_TIMEOUT_MS = 10_000

const asText = (value: unknown): unknown => value
// Values stay as the server printed them; global parsers, which others may change, are not asked.
const TEXT = { getTypeParser: () => asText } as unknown as CustomTypesConfig

const statement = (text: string): Statement => ({
  text,
  name: undefined,
  returns: false,
  writes: true,
  bigints: false,
})
const BEGIN = statement('BEGIN ISOLATION LEVEL READ COMMITTED')
const COMMIT = statement('COMMIT')
const ROLLBACK = statement('ROLLBACK')

/** A pool of connections to a PostgreSQL server. */
export const pgConnection = (options: PostgresOptions): Connection => {
  const isNamed = options.statements !== 'unnamed'
  const isOwn = options.pool === undefined
  let pool: Promise<Pool> | undefined
  let opened: Pool | undefined
  let isClosed = false

  const open = async (): Promise<Pool> => {
    const { default: pg } = await import('pg')
    const made = new pg.Pool({
      ...(options.connectionString === undefined
        ? {}
        : { connectionString: options.connectionString }),
      max: options.max ?? MAX_CONNECTIONS,
      statement_timeout: options.statementTimeoutMs ?? STATEMENT_TIMEOUT_MS,
    })
    // A lost idle connection is replaced by the next call; unheard, the event would end the process.
    made.on('error', () => {})
    return made
  }

  const connect = async (): Promise<PoolClient> => {
    if (isClosed) throw new HoldfastError('MISCONFIGURED', 'This PostgreSQL store is closed.')
    if (opened === undefined) {
      pool ??= options.pool === undefined ? open() : Promise.resolve(options.pool)
      opened = await pool
    }
    return opened.connect()
  }

  const execute = async (
    client: PoolClient,
    { text, name }: Statement,
    params: readonly Raw[],
  ): Promise<QueryArrayResult<Raw[]>> => {
    const query = { text, values: params as Raw[], rowMode: 'array', types: TEXT } as const
    return client.query<Raw[]>(isNamed && name !== undefined ? { ...query, name } : query)
  }

  const reply = ({ rows, rowCount }: QueryArrayResult<Raw[]>): Reply => ({
    rows: rows as readonly Row[],
    count: rowCount ?? 0,
  })

  const single = async (
    one: Statement,
    params: readonly Raw[],
    { signal }: CallOptions,
  ): Promise<Reply> => {
    const client = await connect()
    const lost = ignoreErrors(client)
    try {
      signal?.throwIfAborted()
      return reply(await execute(client, one, params))
    } finally {
      lost()
      client.release()
    }
  }

  const perform = async <T>(
    client: PoolClient,
    task: Task<T>,
    { signal }: CallOptions,
  ): Promise<T> => {
    let step = task.next()
    while (step.done !== true) {
      signal?.throwIfAborted()
      let answer: Reply
      try {
        answer = reply(await execute(client, step.value.statement, step.value.params))
      } catch (error) {
        step = task.throw(error)
        continue
      }
      step = task.next(answer)
    }
    return step.value
  }

  const commit = async (client: PoolClient): Promise<void> => {
    let command: string
    try {
      ;({ command } = await execute(client, COMMIT, []))
    } catch (error) {
      throw new CommitError(error)
    }
    if (command === 'ROLLBACK') throw new RolledBackError()
  }

  const transact = async <T>(
    task: Task<T>,
    keep: (value: T) => boolean,
    call: CallOptions,
  ): Promise<T> => {
    const client = await connect()
    const lost = ignoreErrors(client)
    let isReleased = false
    const release = (destroy: boolean): void => {
      if (isReleased) return
      isReleased = true
      lost()
      client.release(destroy)
    }
    const abandon = (): void => release(true)
    call.signal?.addEventListener('abort', abandon, { once: true })
    try {
      await execute(client, BEGIN, [])
      const value = await perform(client, task, call)
      if (keep(value)) await commit(client)
      else await execute(client, ROLLBACK, [])
      release(false)
      return value
    } catch (error) {
      await execute(client, ROLLBACK, []).then(
        () => release(false),
        () => release(true),
      )
      throw error
    } finally {
      call.signal?.removeEventListener('abort', abandon)
    }
  }

  return {
    concurrency: 8,
    run: (one, params, call) =>
      withSignal(call.signal, one.writes ? 'unknown' : 'not_applied', () =>
        single(one, params, call),
      ),
    transact: (task, keep, call) =>
      withSignal(call.signal, 'unknown', () => transact(task, keep, call)),
    native: () => opened,
    close: async () => {
      if (isClosed) return
      isClosed = true
      if (isOwn) await (await pool)?.end()
    },
  }
}

/** A connection lost while in use also fails the query under way, which reports it. */
const ignoreErrors = (client: PoolClient): (() => void) => {
  const ignore = (): void => {}
  client.on('error', ignore)
  return () => client.removeListener('error', ignore)
}
