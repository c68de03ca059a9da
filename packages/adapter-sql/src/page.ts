import {
  type CallOptions,
  positionOf,
  type QueryPage,
  type QueryRequest,
  type StoredRecord,
} from '@holdfast/core/driver'
import type { Connection } from './connection/connection.ts'
import { countCall, pageCall, pathOf, stepsOf } from './query.ts'
import type { Table } from './table.ts'

const count = async (
  connection: Connection,
  table: Table,
  request: QueryRequest,
  options: CallOptions,
): Promise<QueryPage> => {
  const { statement, params } = countCall(table, request)
  const { rows } = await connection.run(statement, params, options)
  return { records: [], count: Number(rows[0]?.[0]) }
}

/** Reads one page of a query, or counts. */
export const readPage = async (
  connection: Connection,
  table: Table,
  request: QueryRequest,
  options: CallOptions,
): Promise<QueryPage> => {
  if (request.count) return count(connection, table, request, options)
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
