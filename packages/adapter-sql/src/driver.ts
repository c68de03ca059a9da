import {
  type Classification,
  type EntityModel,
  type GetOptions,
  type Key,
  positionOf,
  type QueryPage,
  type StoredRecord,
  type SweepingDriver,
  type WriteResult,
} from '@holdfast/core/driver'
import { writeEach, writeOne } from './batch.ts'
import { CAPABILITIES } from './capabilities.ts'
import type { Connection } from './connection/connection.ts'
import type { Dialect } from './dialect/dialect.ts'
import { pushes } from './filter.ts'
import { getManyCall, getStatement } from './get.ts'
import { atomicTask, eachTask } from './lists.ts'
import { countCall, pageCall, pathOf, stepsOf } from './query.ts'
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

/** A driver over any SQL database. */
export const makeDriver = ({ name, dialect, connection, classify }: Parts): SweepingDriver => {
  const { arrays } = dialect
  const tables = new Tables(dialect)

  const getOne = async (
    entity: EntityModel,
    key: Key,
    options: GetOptions,
  ): Promise<StoredRecord | undefined> => {
    const table = tables.of(entity)
    const history = options.history === true
    const statement = getStatement(table, history)
    const { rows } = await connection.run(statement, table.pushKey(key, []), options)
    return rows[0] === undefined ? undefined : table.read(rows[0], history)
  }

  const get: SweepingDriver['get'] = async (entity, keys, options) => {
    const [key] = keys
    if (key !== undefined && keys.length === 1) return [await getOne(entity, key, options)]
    if (arrays === undefined) return Promise.all(keys.map((one) => getOne(entity, one, options)))
    const table = tables.of(entity)
    const history = options.history === true
    const { statement, params } = getManyCall(table, arrays, keys, history)
    const { rows } = await connection.run(statement, params, options)
    const found: (StoredRecord | undefined)[] = Array.from({ length: keys.length })
    for (const row of rows) found[Number(row.at(-1)) - 1] = table.read(row, history)
    return found
  }

  const write: SweepingDriver['write'] = async (writes, options) => {
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

  const query: SweepingDriver['query'] = async (request, options): Promise<QueryPage> => {
    const table = tables.of(request.entity)
    if (request.count) {
      const { statement, params } = countCall(table, request)
      const { rows } = await connection.run(statement, params, options)
      return { records: [], count: Number(rows[0]?.[0]) }
    }
    const { limit } = request
    const path = pathOf(table, request)
    const records: StoredRecord[] = []
    for (const step of stepsOf(path, request)) {
      // One more than asked for tells whether there is a next page.
      const wanted = limit + 1 - records.length
      if (wanted <= 0) break
      const { statement, params } = pageCall(table, request, step, wanted)
      const { rows } = await connection.run(statement, params, options)
      for (const row of rows) records.push(table.read(row))
    }
    if (records.length <= limit) return { records }
    records.length = limit
    return { records, next: positionOf(path.order, records[limit - 1]?.value ?? {}) }
  }

  const sweep: SweepingDriver['sweep'] = async (entity, now, limit, options) => {
    if (entity.expiresAt === undefined) return 0
    const { statement, params } = sweepCall(tables.of(entity), entity.expiresAt, now, limit)
    return (await connection.run(statement, params, options)).count
  }

  return {
    name,
    capabilities: CAPABILITIES,
    pushes,
    get,
    write,
    query,
    classify,
    schema: makeSchema({ dialect, tables, connection, classify }),
    native: () => connection.native(),
    close: () => connection.close(),
    sweep,
  }
}
