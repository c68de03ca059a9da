import type { GetOptions, Key, StoredRecord } from '@holdfast/core/driver'
import type { Call, Connection, Statement } from './connection/connection.ts'
import type { Arrays } from './dialect/dialect.ts'
import { HISTORY, Parameters, type Table } from './table.ts'
import { keySql } from './write.ts'

const READS = { returns: true, writes: false } as const

/** The statement that reads one record. */
const getStatement = (table: Table, history: boolean): Statement =>
  table.statement(history ? 'get history' : 'get', READS, () => {
    const list = history ? `${table.list}, ${HISTORY}` : table.list
    return `SELECT ${list} FROM ${table.sql} AS t WHERE ${keySql(table, new Parameters(table.dialect))}`
  })

/** The statement that reads many records, each with the position of its key, from 1, as last column. */
const getManyCall = (
  table: Table,
  arrays: Arrays,
  keys: readonly Key[],
  history: boolean,
): Call => {
  const params = table.key.map(({ type }, at) =>
    arrays.encode(keys.map((key) => type.encode(key[at]))),
  )
  const compile = (): string => {
    const parameters = new Parameters(table.dialect)
    const values = table.key.map(({ type }) => parameters.next(arrays.type(type.declared)))
    // Names of fields never begin with _.
    const names = table.key.map((_, at) => `"_${at}"`)
    const matches = table.key.map(({ sql }, at) => `t.${sql} = k.${names[at]}`).join(' AND ')
    const list = history ? `${table.list}, ${HISTORY}` : table.list
    return `SELECT ${list}, k."_at" FROM unnest(${values.join(', ')}) WITH ORDINALITY AS k (${names.join(', ')}, "_at") JOIN ${table.sql} AS t ON ${matches}`
  }
  const shape = history ? 'get many history' : 'get many'
  return { statement: table.statement(shape, READS, compile), params }
}

const getOne = async (
  connection: Connection,
  table: Table,
  key: Key,
  options: GetOptions,
): Promise<StoredRecord | undefined> => {
  const history = options.history === true
  const statement = getStatement(table, history)
  const { rows } = await connection.run(statement, table.pushKey(key, []), options)
  return rows[0] === undefined ? undefined : table.read(rows[0], history)
}

/** Reads records by their keys: one answer per key, in order. */
export const getRecords = async (
  connection: Connection,
  table: Table,
  keys: readonly Key[],
  options: GetOptions,
): Promise<readonly (StoredRecord | undefined)[]> => {
  const { arrays } = table.dialect
  const [key] = keys
  if (key !== undefined && keys.length === 1) return [await getOne(connection, table, key, options)]
  if (arrays === undefined)
    return Promise.all(keys.map((one) => getOne(connection, table, one, options)))
  const history = options.history === true
  const { statement, params } = getManyCall(table, arrays, keys, history)
  const { rows } = await connection.run(statement, params, options)
  const found: (StoredRecord | undefined)[] = Array.from({ length: keys.length })
  for (const row of rows) found[Number(row.at(-1)) - 1] = table.read(row, history)
  return found
}
