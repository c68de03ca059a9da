import {
  type PatchWrite,
  type PutWrite,
  VERSION_LENGTH,
  type Write,
  type WriteResult,
} from '@holdfast/core/driver'
import type { Call, Raw, Reply } from './connection/connection.ts'
import { filterShape, filterSql } from './filter.ts'
import { type Column, HISTORY, NULLS, Parameters, type Table, VERSION } from './table.ts'

const CHANGES = { returns: false, writes: true } as const
const RETURNS = { returns: true, writes: true } as const

/** The history of a record `t` with the id of a write, which takes the place of the last in its lane. */
const nextHistory = ({ dialect }: Table, id: string): string => {
  const held = `t.${HISTORY}`
  const at = dialect.position(held, `substr(${id}, ${VERSION_LENGTH})`)
  const rest = `substr(${held}, 1, ${at} - ${VERSION_LENGTH}) || substr(${held}, ${at} + 1)`
  return `CASE WHEN ${at} < ${VERSION_LENGTH} THEN ${held} ELSE ${rest} END || ${id}`
}

/** `_n` of a record: names of the fields that hold null, or null when there are none. */
export const nullsOf = (table: Table, value: Readonly<Record<string, unknown>>): string | null => {
  let nulls = ''
  for (const { field, optional, mark } of table.columns)
    if (optional && value[field] === null) nulls += mark
  return nulls === '' ? null : `!${nulls}`
}

/** The column value of a field; null for null and for missing alike. */
export const rawOf = (column: Column, value: unknown): Raw =>
  value === undefined || value === null ? null : column.type.encode(value)

/** Appends what the stored record must fulfil besides its key, and gives its shape. */
const guardShape = (table: Table, write: Write, params: Raw[]): string => {
  let shape = ''
  if (write.version !== undefined) {
    params.push(write.version)
    shape = 'v'
  }
  if (write.condition !== undefined) shape += `if${filterShape(table, write.condition, params)}`
  return shape
}

const guardSql = (table: Table, write: Write, parameters: Parameters): string => {
  const version =
    write.version === undefined ? '' : ` AND t.${VERSION} = ${parameters.next('text')}`
  const { condition } = write
  return condition === undefined
    ? version
    : `${version} AND ${filterSql(table, condition, parameters)}`
}

/** Names the record of a key as the row `t`. */
export const keySql = (table: Table, parameters: Parameters): string =>
  table.key.map((column) => `t.${column.sql} = ${parameters.for(column)}`).join(' AND ')

/** The columns and assignments of a whole record. */
export const insertColumns = (table: Table): string => {
  const own = table.hasNulls ? [VERSION, HISTORY, NULLS] : [VERSION, HISTORY]
  return [...table.columns.map(({ sql }) => sql), ...own].join(', ')
}

/** What happens when the key of an `INSERT` is there already. */
export const onConflict = (table: Table, expect: PutWrite['expect'], guard: string): string => {
  const target = ` ON CONFLICT (${table.key.map(({ sql }) => sql).join(', ')})`
  if (expect === 'absent') return `${target} DO NOTHING`
  const replaced = table.columns.filter(({ isKey }) => !isKey).map(({ sql }) => sql)
  const all = [...replaced, VERSION, ...(table.hasNulls ? [NULLS] : [])]
  const set = [
    ...all.map((sql) => `${sql} = excluded.${sql}`),
    `${HISTORY} = ${nextHistory(table, `excluded.${VERSION}`)}`,
  ]
  return `${target} DO UPDATE SET ${set.join(', ')} WHERE t.${VERSION} < excluded.${VERSION}${guard}`
}

const insertSql = (table: Table, write: PutWrite): string => {
  const parameters = new Parameters(table.dialect)
  const values = table.columns.map((column) => parameters.for(column))
  const id = parameters.next('text')
  values.push(id, id)
  if (table.hasNulls) values.push(parameters.next('text'))
  const insert = `INSERT INTO ${table.sql} AS t (${insertColumns(table)}) VALUES (${values.join(', ')})`
  const guard = write.expect === 'absent' ? '' : guardSql(table, write, parameters)
  return insert + onConflict(table, write.expect, guard)
}

const replaceSql = (table: Table, write: PutWrite): string => {
  const parameters = new Parameters(table.dialect)
  const values = table.columns.map((column) => parameters.for(column))
  const id = parameters.next('text')
  const set = table.columns
    .filter(({ isKey }) => !isKey)
    .map((column) => `${column.sql} = ${values[column.at]}`)
  set.push(`${VERSION} = ${id}`, `${HISTORY} = ${nextHistory(table, id)}`)
  if (table.hasNulls) set.push(`${NULLS} = ${parameters.next('text')}`)
  const key = table.key.map((column) => `t.${column.sql} = ${values[column.at]}`).join(' AND ')
  const guard = guardSql(table, write, parameters)
  return `UPDATE ${table.sql} AS t SET ${set.join(', ')} WHERE ${key} AND t.${VERSION} < ${id}${guard}`
}

const putCall = (table: Table, write: PutWrite): Call => {
  const { columns } = table
  const { value } = write
  const params: Raw[] = []
  for (const column of columns) params.push(rawOf(column, value[column.field]))
  params.push(write.id)
  if (table.hasNulls) params.push(nullsOf(table, value))
  const expect = write.version === undefined ? write.expect : 'present'
  // A record that must be absent has nothing to fulfil a condition.
  const shape = `put ${expect} ${expect === 'absent' ? '' : guardShape(table, write, params)}`
  const compile = expect === 'present' ? replaceSql : insertSql
  return { statement: table.statement(shape, CHANGES, () => compile(table, write)), params }
}

/** The new `_n` after a patch that concerns fields which may hold null. */
const patchedNulls = (touched: readonly Column[], nulled: readonly Column[]): string => {
  let sql = `coalesce(t.${NULLS}, '!')`
  for (const { mark } of touched) sql = `replace(${sql}, '!${mark}', '!')`
  for (const { mark } of nulled) sql += ` || '${mark}'`
  return `nullif(${sql}, '!')`
}

const patchSql = (table: Table, write: PatchWrite): string => {
  const parameters = new Parameters(table.dialect)
  const set: string[] = []
  const touched: Column[] = []
  const nulled: Column[] = []
  for (const [field, value] of Object.entries(write.set)) {
    const column = table.column(field)
    touched.push(column)
    if (value === null) nulled.push(column)
    set.push(`${column.sql} = ${value === null ? 'NULL' : parameters.for(column)}`)
  }
  for (const field of write.remove) {
    const column = table.column(field)
    touched.push(column)
    set.push(`${column.sql} = NULL`)
  }
  for (const field of Object.keys(write.increment)) {
    const column = table.column(field)
    touched.push(column)
    set.push(`${column.sql} = coalesce(t.${column.sql}, 0) + ${parameters.for(column)}`)
  }
  const optional = touched.filter((column) => column.optional)
  if (optional.length > 0 || nulled.length > 0)
    set.push(`${NULLS} = ${patchedNulls(optional, nulled)}`)
  const id = parameters.next('text')
  set.push(`${VERSION} = ${id}`, `${HISTORY} = ${nextHistory(table, id)}`)
  const where = `${keySql(table, parameters)} AND t.${VERSION} < ${id}${guardSql(table, write, parameters)}`
  return `UPDATE ${table.sql} AS t SET ${set.join(', ')} WHERE ${where} RETURNING ${table.list}`
}

const patchCall = (table: Table, write: PatchWrite): Call => {
  const params: Raw[] = []
  let shape = 'patch '
  for (const field in write.set) {
    const column = table.column(field)
    const value = write.set[field]
    shape += value === null ? `n${column.at}` : `s${column.at}`
    if (value !== null) params.push(column.type.encode(value))
  }
  for (const field of write.remove) shape += `r${table.column(field).at}`
  for (const field in write.increment) {
    const column = table.column(field)
    shape += `i${column.at}`
    params.push(column.type.encode(write.increment[field]))
  }
  params.push(write.id)
  table.pushKey(write.key, params)
  shape += ` ${guardShape(table, write, params)}`
  return { statement: table.statement(shape, RETURNS, () => patchSql(table, write)), params }
}

const deleteCall = (table: Table, write: Write): Call => {
  const params: Raw[] = [write.id]
  table.pushKey(write.key, params)
  const shape = `delete ${guardShape(table, write, params)}`
  const compile = (): string => {
    const parameters = new Parameters(table.dialect)
    const id = parameters.next('text')
    const where = `${keySql(table, parameters)} AND t.${VERSION} < ${id}`
    const guard = guardSql(table, write, parameters)
    return `DELETE FROM ${table.sql} AS t WHERE ${where}${guard} RETURNING ${table.list}`
  }
  return { statement: table.statement(shape, RETURNS, compile), params }
}

/** Finds the record of a check, and holds it as it is until the transaction ends. */
const checkCall = (table: Table, write: Write): Call => {
  const params = table.pushKey(write.key, [])
  const shape = `check ${guardShape(table, write, params)}`
  const compile = (): string => {
    const parameters = new Parameters(table.dialect)
    const where = keySql(table, parameters) + guardSql(table, write, parameters)
    return `SELECT 1 FROM ${table.sql} AS t WHERE ${where}${table.dialect.hold}`
  }
  return { statement: table.statement(shape, { returns: true, writes: false }, compile), params }
}

/** The one statement of a write. A check for absence finds the record when it should not. */
export const callOf = (table: Table, write: Write): Call => {
  switch (write.kind) {
    case 'put':
      return putCall(table, write)
    case 'patch':
      return patchCall(table, write)
    case 'delete':
      return deleteCall(table, write)
    default:
      return checkCall(table, write)
  }
}

export const APPLIED: WriteResult = { applied: true }
export const REFUSED: WriteResult = { applied: false }

/** What the reply to `callOf` says of the write. */
export const resultOf = (table: Table, write: Write, reply: Reply): WriteResult => {
  if (write.kind === 'put') return reply.count > 0 ? APPLIED : REFUSED
  const [row] = reply.rows
  if (write.kind === 'check')
    return (row !== undefined) === (write.expect === 'present') ? APPLIED : REFUSED
  return row === undefined ? REFUSED : { applied: true, record: table.read(row) }
}

/** Makes a row for an absent key, then removes it: until the transaction ends nobody else can make one. */
export const holdCalls = (table: Table, write: Write): readonly [Call, Call] => {
  const params = table.pushKey(write.key, [])
  const names = table.key.map(({ sql }) => sql)
  const insert = (): string => {
    const parameters = new Parameters(table.dialect)
    const values = table.key.map((column) => parameters.for(column)).join(', ')
    return `INSERT INTO ${table.sql} (${names.join(', ')}, ${VERSION}, ${HISTORY}) VALUES (${values}, '', '') ON CONFLICT (${names.join(', ')}) DO NOTHING`
  }
  const remove = (): string =>
    `DELETE FROM ${table.sql} AS t WHERE ${keySql(table, new Parameters(table.dialect))}`
  return [
    { statement: table.statement('hold', CHANGES, insert), params },
    { statement: table.statement('release', CHANGES, remove), params },
  ]
}
