import type { Key } from '@holdfast/core/driver'
import type { Call, Statement } from './connection/connection.ts'
import type { Arrays } from './dialect/dialect.ts'
import { HISTORY, Parameters, type Table } from './table.ts'
import { keySql } from './write.ts'

const READS = { returns: true, writes: false } as const

/** The statement that reads one record. */
export const getStatement = (table: Table, history: boolean): Statement =>
  table.statement(history ? 'get history' : 'get', READS, () => {
    const list = history ? `${table.list}, ${HISTORY}` : table.list
    return `SELECT ${list} FROM ${table.sql} AS t WHERE ${keySql(table, new Parameters(table.dialect))}`
  })

/** The statement that reads many records, each with the position of its key, from 1, as last column. */
export const getManyCall = (
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
