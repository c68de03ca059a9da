import type { Classification, SweepingDriver, WriteResult } from '@holdfast/core/driver'
import { writeEach, writeOne } from './batch.ts'
import { CAPABILITIES } from './capabilities.ts'
import type { Connection } from './connection/connection.ts'
import type { Dialect } from './dialect/dialect.ts'
import { pushes } from './filter.ts'
import { getRecords } from './get.ts'
import { atomicTask, eachTask } from './lists.ts'
import { readPage } from './page.ts'
import { makeSchema } from './schema.ts'
import { sweepCall } from './sweep.ts'
import { Tables } from './table.ts'

/** What a SQL driver is made of. */
export interface Parts {
  readonly name: string
  readonly dialect: Dialect
  readonly connection: Connection
  readonly classify: (error: unknown) => Classification
}

const isApplied = (results: readonly WriteResult[]): boolean =>
  results.every(({ applied }) => applied)

const writerOf = (
  { dialect, connection, classify }: Parts,
  tables: Tables,
): SweepingDriver['write'] => {
  const { arrays } = dialect
  return async (writes, options) => {
    const [first] = writes
    // A check holds nothing outside of a transaction.
    if (first !== undefined && writes.length === 1 && first.kind !== 'check')
      return [await writeOne({ tables, connection }, first, options)]
    if (options.atomic)
      return connection.transact(atomicTask(dialect, tables, writes), isApplied, options)
    if (arrays !== undefined)
      return writeEach({ tables, connection, arrays, classify }, writes, options)
    return connection.transact(eachTask(dialect, tables, writes), () => true, options)
  }
}

/** A driver over any SQL database. */
export const makeDriver = (parts: Parts): SweepingDriver => {
  const { name, dialect, connection, classify } = parts
  const tables = new Tables(dialect)
  return {
    name,
    capabilities: CAPABILITIES,
    pushes,
    // Async, so that what is wrong with an entity rejects and does not throw.
    get: async (entity, keys, options) => getRecords(connection, tables.of(entity), keys, options),
    write: writerOf(parts, tables),
    query: async (request, options) =>
      readPage(connection, tables.of(request.entity), request, options),
    classify,
    schema: makeSchema(parts, tables),
    native: () => connection.native(),
    close: () => connection.close(),
    sweep: async (entity, now, limit, options) => {
      if (entity.expiresAt === undefined) return 0
      const { statement, params } = sweepCall(tables.of(entity), entity.expiresAt, now, limit)
      return (await connection.run(statement, params, options)).count
    },
  }
}
