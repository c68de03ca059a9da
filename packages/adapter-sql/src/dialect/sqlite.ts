import { type Decimal, decodeNumber, encodeNumber } from '@holdfast/core/driver'
import { decodeJson, encodeJson } from '../codec.ts'
import { sqliteResultCode } from '../errors.ts'
import { shortened } from '../identifier.ts'
import { type ColumnType, type Dialect, quote } from './dialect.ts'
import { sqliteCatalog } from './sqlite-catalog.ts'

/** Names are compared without regard to ASCII case: https://www.sqlite.org/lang_keywords.html */
const folded = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase())

// Column names are at most this long only because digests must end somewhere; SQLite sets no limit.
const NAME_BYTES = 300
const CONSTRAINT = 19

const json: ColumnType = {
  declared: 'TEXT',
  catalog: 'TEXT',
  encode: encodeJson,
  decode: (raw) => decodeJson(raw as string),
}

const types: Dialect['types'] = {
  string: {
    declared: 'TEXT',
    catalog: 'TEXT',
    encode: (value) => value as string,
    decode: undefined,
  },
  integer: {
    declared: 'INTEGER',
    catalog: 'INTEGER',
    encode: (value) => value as number,
    decode: undefined,
    decodeBigint: Number,
  },
  number: {
    declared: 'REAL',
    catalog: 'REAL',
    encode: (value) => value as number,
    decode: undefined,
  },
  bigint: {
    declared: 'INTEGER',
    catalog: 'INTEGER',
    encode: (value) => value as bigint,
    decode: undefined,
  },
  decimal: {
    declared: 'TEXT',
    catalog: 'TEXT',
    encode: (value) => encodeNumber(value as Decimal),
    decode: (raw) => decodeNumber(raw as string),
  },
  boolean: {
    declared: 'INTEGER',
    catalog: 'INTEGER',
    encode: (value) => (value === true ? 1 : 0),
    decode: (raw) => raw === 1,
    decodeBigint: (raw) => raw === 1n,
  },
  date: {
    declared: 'INTEGER',
    catalog: 'INTEGER',
    encode: (value) => (value as Date).getTime(),
    decode: (raw) => new Date(raw as number),
    decodeBigint: (raw) => new Date(Number(raw)),
  },
  bytes: {
    declared: 'BLOB',
    catalog: 'BLOB',
    encode: (value) => value as Uint8Array,
    decode: undefined,
  },
  array: json,
  object: json,
  json,
}

/** SQL of SQLite 3.37 and later. */
export const sqliteDialect: Dialect = {
  types,
  // With a rowid: measured on 0.45 KB records, keys read as fast and indexes 2.9 times as fast.
  tableOptions: ' STRICT',
  identifier: (name, others) => {
    const isFree = others.every((other) => folded(other) !== folded(name))
    return isFree ? name : shortened(name, NAME_BYTES)
  },
  qualify: quote,
  bind: (position) => `?${position}`,
  bindList: (params, values) => {
    params.push(...values)
  },
  oneOf: (column, type, count, next) =>
    `${column} IN (${Array.from({ length: count }, () => next(type)).join(', ')})`,
  startsWith: (column, prefix) => `substr(${column}, 1, length(${prefix})) = ${prefix}`,
  position: (text, part) => `instr(${text}, ${part})`,
  truth: (value) => (value === undefined ? 'NULL' : value ? 'TRUE' : 'FALSE'),
  nullsLeast: () => '',
  hold: '',
  claim: '',
  holdsAbsence: false,
  arrays: undefined,
  isItemError: (error) => ((sqliteResultCode(error) ?? 0) & 0xff) === CONSTRAINT,
  catalog: sqliteCatalog,
}
