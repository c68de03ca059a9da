import { HoldfastError, withSignal } from '@holdfast/core/driver'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { SqliteOptions } from '../options.ts'
import type { Connection, Raw, Reply, Statement, Task } from './connection.ts'

const BUSY_TIMEOUT_MS = 1000

/** A database file in this process. Everything is done before a call returns its promise. */
export const sqliteConnection = ({
  file,
  busyTimeoutMs = BUSY_TIMEOUT_MS,
}: SqliteOptions): Connection => {
  const prepared = new WeakMap<Statement, StatementSync>()
  let database: DatabaseSync | undefined
  let isClosed = false

  const open = (): DatabaseSync => {
    if (isClosed) throw new HoldfastError('MISCONFIGURED', 'This SQLite store is closed.')
    const { DatabaseSync } = process.getBuiltinModule('node:sqlite')
    const opened = new DatabaseSync(file)
    try {
      // Without FULL, a commit that was acknowledged can be lost with the machine's power.
      opened.exec(
        `PRAGMA busy_timeout = ${Number(busyTimeoutMs)}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL`,
      )
    } catch (error) {
      opened.close()
      throw error
    }
    database = opened
    return opened
  }

  const prepare = (statement: Statement): StatementSync => {
    const made = (database ?? open()).prepare(statement.text)
    made.setReturnArrays(true)
    if (statement.bigints) made.setReadBigInts(true)
    if (statement.name !== undefined) prepared.set(statement, made)
    return made
  }

  const execute = (statement: Statement, params: readonly Raw[]): Reply => {
    const ready = prepared.get(statement) ?? prepare(statement)
    if (statement.returns)
      return { rows: ready.all(...params) as unknown as readonly Raw[][], count: 0 }
    return { rows: [], count: Number(ready.run(...params).changes) }
  }

  const perform = <T>(task: Task<T>): T => {
    let step = task.next()
    while (step.done !== true) {
      let reply: Reply
      try {
        reply = execute(step.value.statement, step.value.params)
      } catch (error) {
        step = task.throw(error)
        continue
      }
      step = task.next(reply)
    }
    return step.value
  }

  const transact = <T>(task: Task<T>, keep: (value: T) => boolean): T => {
    const inside = database ?? open()
    inside.exec('BEGIN IMMEDIATE')
    try {
      const value = perform(task)
      inside.exec(keep(value) ? 'COMMIT' : 'ROLLBACK')
      return value
    } catch (error) {
      // Some errors, such as a full disk, end the transaction themselves.
      if (inside.isTransaction) inside.exec('ROLLBACK')
      throw error
    }
  }

  const now = <T>(run: () => T): Promise<T> => {
    try {
      return Promise.resolve(run())
    } catch (error) {
      return Promise.reject(error)
    }
  }

  return {
    concurrency: 1,
    run: (statement, params, { signal }) =>
      signal === undefined
        ? now(() => execute(statement, params))
        : withSignal(signal, 'not_applied', () => now(() => execute(statement, params))),
    transact: (task, keep, { signal }) =>
      withSignal(signal, 'not_applied', () => now(() => transact(task, keep))),
    native: () => database,
    close: () => {
      isClosed = true
      database?.close()
      database = undefined
      return Promise.resolve()
    },
  }
}
