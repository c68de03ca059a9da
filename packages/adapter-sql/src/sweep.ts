import type { Call } from './connection/connection.ts'
import { Parameters, type Table } from './table.ts'

/** The statement that removes up to `limit` records expired by `now`, leaving those that others hold. */
export const sweepCall = (table: Table, expiresAt: string, now: Date, limit: number): Call => {
  const column = table.column(expiresAt)
  const compile = (): string => {
    const parameters = new Parameters(table.dialect)
    const isDue = `t.${column.sql} <= ${parameters.for(column)}`
    const most = parameters.next('int8')
    const key = table.key.map(({ sql }) => `t.${sql}`).join(', ')
    const due = `SELECT ${key} FROM ${table.sql} AS t WHERE ${isDue} LIMIT ${most}${table.dialect.claim}`
    return `DELETE FROM ${table.sql} AS t WHERE (${key}) IN (${due}) AND ${isDue}`
  }
  const statement = table.statement('sweep', { returns: false, writes: true }, compile)
  return { statement, params: [column.type.encode(now), limit] }
}
