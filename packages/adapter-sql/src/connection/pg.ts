import { HoldfastError, withSignal, type CallOptions } from '@holdfast/core/driver'
import type { Pool } from 'pg'
import { BeforeCommitError } from '../errors.ts'
import type { PostgresOptions } from '../options.ts'
import {
  type Connection,
  notInstalled,
  type Raw,
  type Reply,
  type Statement,
} from './connection.ts'
import { Session } from './pg-session.ts'

const MAX_CONNECTIONS = 10
const STATEMENT_TIMEOUT_MS = 10_000
const CONNECT_TIMEOUT_MS = 10_000
/** How much longer than the server we wait, before we hold the line to be dead. */
const GRACE_MS = 2000

const open = async (options: PostgresOptions): Promise<Pool> => {
  const { default: pg } = await import('pg').catch(notInstalled('pg'))
  const { connectionString, max = MAX_CONNECTIONS } = options
  const statementTimeoutMs = options.statementTimeoutMs ?? STATEMENT_TIMEOUT_MS
  const made = new pg.Pool({
    ...(connectionString === undefined ? {} : { connectionString }),
    max,
    statement_timeout: statementTimeoutMs,
    // A process that is frozen or gone in the middle of a transaction must not keep its locks.
    idle_in_transaction_session_timeout: statementTimeoutMs,
    connectionTimeoutMillis: options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
  })
  // A lost idle connection is replaced by the next call; unheard, the event would end the process.
  made.on('error', () => {})
  return made
}

/** A pool of connections to a PostgreSQL server. */
export const pgConnection = (options: PostgresOptions): Connection => {
  const isOwn = options.pool === undefined
  const sessions = {
    isNamed: options.statements !== 'unnamed',
    timeoutMs: isOwn ? (options.statementTimeoutMs ?? STATEMENT_TIMEOUT_MS) + GRACE_MS : undefined,
  }
  let pool: Promise<Pool> | undefined
  let opened: Pool | undefined
  let isClosed = false

  const connect = async (): Promise<Session> => {
    if (isClosed) throw new HoldfastError('MISCONFIGURED', 'This PostgreSQL store is closed.')
    if (opened === undefined) {
      pool ??=
        options.pool === undefined
          ? open(options)
          : Promise.resolve(options.pool as unknown as Pool)
      opened = await pool
    }
    const client = await opened.connect().catch((error: unknown) => {
      throw new BeforeCommitError(error)
    })
    return new Session(client, sessions)
  }

  const single = async (
    statement: Statement,
    params: readonly Raw[],
    { signal }: CallOptions,
  ): Promise<Reply> => {
    const session = await connect()
    try {
      // Waiting for a connection may have taken long.
      signal?.throwIfAborted()
      return await session.execute(statement, params)
    } finally {
      session.release()
    }
  }

  const together = async <T>(
    run: (session: Session) => Promise<T>,
    { signal }: CallOptions,
  ): Promise<T> => {
    const session = await connect()
    const abandon = (): void => session.abandon()
    signal?.addEventListener('abort', abandon, { once: true })
    try {
      return await run(session)
    } finally {
      signal?.removeEventListener('abort', abandon)
      session.release()
    }
  }

  return {
    concurrency: 8,
    run: (statement, params, call) =>
      withSignal(call.signal, statement.writes ? 'unknown' : 'not_applied', () =>
        single(statement, params, call),
      ),
    transact: (task, keep, call) =>
      withSignal(call.signal, 'unknown', () =>
        together((session) => session.transact(task, keep, call), call),
      ),
    native: () => opened,
    close: async () => {
      if (isClosed) return
      isClosed = true
      if (isOwn) await (await pool)?.end()
    },
  }
}
