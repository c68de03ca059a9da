import type { Row, Statement, Task } from '../connection/connection.ts'
import { type Catalog, type FoundIndex, type FoundTable, quote } from './dialect.ts'

const TABLE = `SELECT name, type, pk FROM pragma_table_info(?1) ORDER BY cid`
const SOURCE = `SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?1`
const INDEX = `SELECT s.tbl_name, l."unique" FROM sqlite_schema s
JOIN pragma_index_list(s.tbl_name) l ON l.name = s.name WHERE s.type = 'index' AND s.name = ?1`
const INDEX_COLUMNS = `SELECT name FROM pragma_index_info(?1) ORDER BY seqno`

const texts = (rows: readonly Row[]): readonly string[] => rows.map(([name]) => String(name))

// Quoted names, literals and comments may hold the word.
const QUOTED = /"(?:[^"]|"")*"|'(?:[^']|'')*'|`(?:[^`]|``)*`|\[[^\]]*\]|--[^\n]*|\/\*.*?\*\//gs

const CONSTRAINT = /^\s*(?:constraint|primary|unique|check|foreign)\b/i

/** The definitions of the columns in a `CREATE TABLE`, quoted parts blanked out. */
const definitionsIn = (source: string): readonly string[] => {
  const masked = source.replaceAll(QUOTED, (quoted) => '_'.repeat(quoted.length))
  const parts: string[] = []
  let depth = 0
  let start = masked.indexOf('(') + 1
  for (let at = start; at < masked.length && depth >= 0; at += 1) {
    const char = masked.charAt(at)
    if (char === '(') depth += 1
    if (char === ')') depth -= 1
    if (depth < 0 || (depth === 0 && char === ',')) {
      parts.push(masked.slice(start, at))
      start = at + 1
    }
  }
  return parts.filter((part) => !CONSTRAINT.test(part))
}

/** A collation other than BINARY. SQLite's pragmas tell it of indexed columns only. */
const collationIn = (definition = ''): string | undefined => {
  const name = /\bcollate\s+(\w+)/i.exec(definition)?.[1]
  return name?.toLowerCase() === 'binary' ? undefined : name
}

/** Looks tables and indexes up by SQLite's pragmas. */
export const sqliteCatalog = (run: (text: string) => Statement): Catalog => ({
  lock: [],
  place: undefined,
  *table(name): Task<FoundTable | undefined> {
    const { rows } = yield { statement: run(TABLE), params: [name] }
    if (rows.length === 0) return undefined
    const source = yield { statement: run(SOURCE), params: [name] }
    const definitions = definitionsIn(String(source.rows[0]?.[0] ?? ''))
    const any = yield { statement: run(`SELECT 1 FROM ${quote(name)} LIMIT 1`), params: [] }
    const columns = rows.map(([column, type], at) => {
      const found = { type: String(type).toUpperCase() }
      const collation = collationIn(definitions[at])
      return [String(column), collation === undefined ? found : { ...found, collation }] as const
    })
    const key = rows.filter((row) => Number(row[2]) > 0)
    return {
      columns: new Map(columns),
      primaryKey: texts(key.toSorted((a, b) => Number(a[2]) - Number(b[2]))),
      isEmpty: any.rows.length === 0,
    }
  },
  *index(name): Task<FoundIndex | undefined> {
    const { rows } = yield { statement: run(INDEX), params: [name] }
    const [row] = rows
    if (row === undefined) return undefined
    const columns = yield { statement: run(INDEX_COLUMNS), params: [name] }
    return { table: String(row[0]), unique: Number(row[1]) === 1, columns: texts(columns.rows) }
  },
})
