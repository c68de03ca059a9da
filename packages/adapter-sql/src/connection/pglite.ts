import { HoldfastError, withSignal } from '@holdfast/core/driver'
import type { PGlite, Transaction } from '@electric-sql/pglite'
import { CommitError } from '../errors.ts'
import type { PgliteOptions } from '../options.ts'
import {
  type Connection,
  notInstalled,
  type Raw,
  type Reply,
  type Row,
  type Statement,
  type Task,
} from './connection.ts'

// Every type our statements bind or select: base types, then arrays of them.
// https://github.com/postgres/postgres/blob/REL_18_STABLE/src/include/catalog/pg_type.dat
const TYPES = [16, 17, 20, 21, 23, 25, 701, 1184, 1700, 3802, 19, 114]
const ARRAYS = [1000, 1001, 1016, 1009, 1022, 1185, 1231, 3807]
// Values go and come as text, so that the client's own parsers do not change them.
const TEXT = Object.fromEntries([...TYPES, ...ARRAYS].map((type) => [type, String]))
const OPTIONS = { rowMode: 'array', parsers: TEXT, serializers: TEXT } as const

const open = async ({ dataDir }: PgliteOptions): Promise<PGlite> => {
  const name = '@electric-sql/pglite'
  const { PGlite } = await import('@electric-sql/pglite').catch(notInstalled(name))
  return PGlite.create(dataDir)
}

/** PostgreSQL in this process: one connection, whose calls wait for one another. */
export const pgliteConnection = (options: PgliteOptions): Connection => {
  const isOwn = options.client === undefined
  let client: Promise<PGlite> | undefined
  let opened: PGlite | undefined
  let isClosed = false

  const connect = async (): Promise<PGlite> => {
    if (isClosed) throw new HoldfastError('MISCONFIGURED', 'This PGlite store is closed.')
    if (opened !== undefined) return opened
    client ??=
      options.client === undefined
        ? open(options)
        : Promise.resolve(options.client as unknown as PGlite)
    try {
      return (opened = await client)
    } catch (error) {
      client = undefined
      throw error
    }
  }

  const execute = async (
    on: Pick<Transaction, 'query'>,
    { text }: Statement,
    params: readonly Raw[],
  ): Promise<Reply> => {
    const { rows, affectedRows } = await on.query(text, params as Raw[], OPTIONS)
    return { rows: rows as unknown as readonly Row[], count: affectedRows ?? 0 }
  }

  const perform = async <T>(on: Transaction, task: Task<T>): Promise<T> => {
    let step = task.next()
    while (step.done !== true) {
      let reply: Reply
      try {
        reply = await execute(on, step.value.statement, step.value.params)
      } catch (error) {
        step = task.throw(error)
        continue
      }
      step = task.next(reply)
    }
    return step.value
  }

  const transact = async <T>(task: Task<T>, keep: (value: T) => boolean): Promise<T> => {
    const database = await connect()
    let isDone = false
    try {
      return await database.transaction(async (on) => {
        const value = await perform(on, task)
        if (!keep(value)) await on.rollback()
        isDone = true
        return value
      })
    } catch (error) {
      throw isDone ? new CommitError(error) : error
    }
  }

  return {
    concurrency: 1,
    run: (one, params, { signal }) =>
      withSignal(signal, one.writes ? 'unknown' : 'not_applied', async () =>
        execute(await connect(), one, params),
      ),
    transact: (task, keep, { signal }) => withSignal(signal, 'unknown', () => transact(task, keep)),
    native: () => opened,
    close: async () => {
      if (isClosed) return
      isClosed = true
      if (isOwn) await (await client)?.close()
    },
  }
}
