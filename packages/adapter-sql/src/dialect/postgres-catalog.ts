import type { Row, Statement, Task } from '../connection/connection.ts'
import { type Catalog, type FoundIndex, type FoundTable, quote } from './dialect.ts'

// Any number will do, as long as every process takes the same.
const LOCK = 4_711_204_733

const COLUMNS = `SELECT a.attname::text, format_type(a.atttypid, a.atttypmod), c.collname::text
FROM pg_attribute a LEFT JOIN pg_collation c ON c.oid = a.attcollation
WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped`

const indexColumns = `(SELECT json_agg(a.attname ORDER BY k.n)::text
FROM unnest(i.indkey::int2[]) WITH ORDINALITY k(attnum, n)
LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum)`

const PRIMARY_KEY = `SELECT ${indexColumns} FROM pg_index i
WHERE i.indrelid = to_regclass($1) AND i.indisprimary`

const INDEX = `SELECT r.relname::text, i.indisunique::text, ${indexColumns}
FROM pg_index i JOIN pg_class r ON r.oid = i.indrelid WHERE i.indexrelid = to_regclass($1)`

const names = (row: Row | undefined, at: number): readonly string[] =>
  JSON.parse(String(row?.[at] ?? '[]')) as readonly string[]

function* schemaTask(schema: string, run: (text: string) => Statement): Task<string | undefined> {
  const { rows } = yield {
    statement: run('SELECT 1 FROM pg_namespace WHERE nspname = $1'),
    params: [schema],
  }
  // With IF NOT EXISTS alone, a schema that exists would still need the right to make one.
  return rows.length > 0 ? undefined : `CREATE SCHEMA IF NOT EXISTS ${quote(schema)}`
}

/** Looks tables and indexes up in PostgreSQL's own catalogs. */
export const postgresCatalog = (
  schema: string | undefined,
  run: (text: string) => Statement,
): Catalog => {
  const place = schema === undefined ? '' : `${quote(schema)}.`
  return {
    lock: ['SET LOCAL statement_timeout = 0', `SELECT pg_advisory_xact_lock(${LOCK})`],
    place: schema === undefined ? undefined : () => schemaTask(schema, run),
    *table(name): Task<FoundTable | undefined> {
      const params = [place + quote(name)]
      const { rows } = yield { statement: run(COLUMNS), params }
      if (rows.length === 0) return undefined
      const key = yield { statement: run(PRIMARY_KEY), params }
      const any = yield {
        statement: run(`SELECT 1 FROM ${place}${quote(name)} LIMIT 1`),
        params: [],
      }
      const columns = rows.map(([column, type, collation]) => {
        const found = { type: String(type) }
        return [
          String(column),
          collation === null ? found : { ...found, collation: String(collation) },
        ] as const
      })
      return {
        columns: new Map(columns),
        primaryKey: names(key.rows[0], 0),
        isEmpty: any.rows.length === 0,
      }
    },
    *index(name): Task<FoundIndex | undefined> {
      const { rows } = yield { statement: run(INDEX), params: [place + quote(name)] }
      const [row] = rows
      if (row === undefined) return undefined
      return { table: String(row[0]), unique: row[1] === 'true', columns: names(row, 2) }
    },
  }
}
