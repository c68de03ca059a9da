import { Decimal } from '@holdfast/core/driver'
import { bytesOf, decodeJson, encodeJson } from '../codec.ts'
import type { Raw } from '../connection/connection.ts'
import { shortened } from '../identifier.ts'
import { type Arrays, type ColumnType, type Dialect, quote } from './dialect.ts'
import { postgresCatalog } from './postgres-catalog.ts'

// https://www.postgresql.org/docs/18/sql-syntax-lexical.html: longer names are cut without a word.
const NAME_BYTES = 63
// https://www.postgresql.org/docs/18/ddl-system-columns.html
const SYSTEM_COLUMNS = new Set(['tableoid', 'xmin', 'cmin', 'xmax', 'cmax', 'ctid'])

const TIMESTAMP =
  /^(\d{4,})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(\.\d+)?([+-])(\d\d)(?::(\d\d))?(?::(\d\d))?( BC)?$/

const digit = (text: string, at: number): number => text.charCodeAt(at) - 48
const two = (text: string, at: number): number => digit(text, at) * 10 + digit(text, at + 1)

/** The usual form, `2026-11-23 01:02:03.12+00`, read four times as fast as `Date` does. */
const parseUtc = (text: string): Date => {
  const end = text.length - 3
  let milliseconds = 0
  for (let at = 20, unit = 100; at < end && at < 23; at += 1, unit /= 10)
    milliseconds += digit(text, at) * unit
  const year = two(text, 0) * 100 + two(text, 2)
  const month = two(text, 5) - 1
  const minute = two(text, 14)
  return new Date(
    Date.UTC(year, month, two(text, 8), two(text, 11), minute, two(text, 17), milliseconds),
  )
}

/** Reads what PostgreSQL prints for a `timestamptz` under `DateStyle` ISO, in any time zone. */
export const parseTimestamp = (text: string): Date => {
  // Date.UTC takes the years 0 to 99 for 1900 to 1999.
  if (text.endsWith('+00') && text.charAt(4) === '-' && !text.startsWith('00'))
    return parseUtc(text)
  const match = TIMESTAMP.exec(text)
  if (match === null) throw new TypeError('The session prints dates in a form that is not ISO.')
  const [, year, month, day, hour, minute, second, fraction = '', sign] = match
  const [, , , , , , , , , hours, minutes = 0, seconds = 0, era] = match
  const date = new Date(0)
  const fullYear = era === undefined ? Number(year) : 1 - Number(year)
  date.setUTCFullYear(fullYear, Number(month) - 1, Number(day))
  const milliseconds = Number(fraction.slice(1, 4).padEnd(3, '0'))
  date.setUTCHours(Number(hour), Number(minute), Number(second), milliseconds)
  const offset = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000
  return new Date(date.getTime() - (sign === '-' ? -offset : offset))
}

const parseBytes = (text: string): Uint8Array => {
  if (!text.startsWith('\\x')) throw new TypeError('The session must keep bytea_output = hex.')
  return bytesOf(text.slice(2), 'hex')
}

const SPECIAL = /["\\]/
const escaped = (text: string): string =>
  SPECIAL.test(text) ? text.replaceAll(/["\\]/g, '\\$&') : text

// https://www.postgresql.org/docs/18/arrays.html#ARRAYS-IO
const arrays: Arrays = {
  encode: (values) => {
    let list = ''
    for (const value of values) list += value === null ? ',NULL' : `,"${escaped(value as string)}"`
    return `{${list.slice(1)}}`
  },
  type: (element) => `${element}[]`,
}

const text = (raw: Raw): string => raw as string
const json: ColumnType = {
  declared: 'jsonb',
  catalog: 'jsonb',
  encode: encodeJson,
  decode: (raw) => decodeJson(text(raw)),
}

/** The column types of PostgreSQL. Values go and come as text, so that no session or parser changes them. */
const types: Dialect['types'] = {
  string: {
    declared: 'text',
    catalog: 'text',
    collation: 'C',
    encode: (value) => value as string,
    decode: undefined,
  },
  integer: { declared: 'int8', catalog: 'bigint', encode: String, decode: Number },
  number: { declared: 'float8', catalog: 'double precision', encode: String, decode: Number },
  bigint: {
    declared: 'int8',
    catalog: 'bigint',
    encode: String,
    decode: (raw) => BigInt(text(raw)),
  },
  decimal: {
    declared: 'numeric',
    catalog: 'numeric',
    encode: String,
    decode: (raw) => Decimal.from(text(raw)),
  },
  boolean: {
    declared: 'bool',
    catalog: 'boolean',
    encode: (value) => (value === true ? 't' : 'f'),
    decode: (raw) => raw === 't',
  },
  date: {
    declared: 'timestamptz(3)',
    catalog: 'timestamp(3) with time zone',
    encode: (value) => (value as Date).toISOString(),
    decode: (raw) => parseTimestamp(text(raw)),
  },
  bytes: {
    declared: 'bytea',
    catalog: 'bytea',
    encode: (value) => `\\x${Buffer.from(value as Uint8Array).toString('hex')}`,
    decode: (raw) => parseBytes(text(raw)),
  },
  array: json,
  object: json,
  json,
}

/** SQL of PostgreSQL 13 and later. `schema`: where the tables are; `undefined`: the search path. */
export const postgresDialect = (schema: string | undefined): Dialect => {
  const place = schema === undefined ? '' : `${quote(schema)}.`
  return {
    types,
    tableOptions: '',
    identifier: (name) => {
      const fits = Buffer.byteLength(name) <= NAME_BYTES && !SYSTEM_COLUMNS.has(name)
      return fits ? name : shortened(name, NAME_BYTES)
    },
    qualify: (name) => place + quote(name),
    bind: (position, type) => `$${position}::${type}`,
    bindList: (params, values) => {
      params.push(arrays.encode(values))
    },
    oneOf: (column, type, _, next) => `${column} = ANY(${next(arrays.type(type))})`,
    startsWith: (column, prefix) => `starts_with(${column}, ${prefix})`,
    position: (text, part) => `strpos(${text}, ${part})`,
    truth: (value) => (value === undefined ? 'NULL::boolean' : value ? 'TRUE' : 'FALSE'),
    nullsLeast: (descending) => (descending ? ' NULLS LAST' : ' NULLS FIRST'),
    hold: ' FOR SHARE',
    claim: ' FOR UPDATE SKIP LOCKED',
    holdsAbsence: true,
    arrays,
    isItemError: () => false,
    catalog: (run) => postgresCatalog(schema, run),
  }
}
