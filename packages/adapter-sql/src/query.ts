import {
  type EntityModel,
  type IndexModel,
  orderFields,
  prefixEnd,
  type QueryRequest,
  type Range,
} from '@holdfast/core/driver'
import type { Call, Raw } from './connection/connection.ts'
import { filterShape, filterSql, isPresent } from './filter.ts'
import { type Condition, conditionsAfter, orderSql } from './keyset.ts'
import { type Column, Parameters, type Table } from './table.ts'
import { rawOf } from './write.ts'

const READS = { returns: true, writes: false } as const

/** Columns that a record must have to be in an index. A record without one is not in it. */
export const presenceColumns = (
  table: Table,
  { partition, sort }: IndexModel | EntityModel['key'],
): readonly Column[] =>
  [...partition, ...sort].map((field) => table.column(field)).filter(({ isKey }) => !isKey)

/** Where the records of a request are and how they are ordered, apart from all values. */
class Path {
  readonly shape: string
  /** Fields of a position. */
  readonly order: readonly string[]
  /** Columns compared for equality: partition, then prefix. */
  readonly equal: readonly Column[]
  /** The column of the range. */
  readonly ranged: Column | undefined
  /** Columns that order the result, those fixed by the prefix left out, and their places in a position. */
  readonly sorted: readonly Column[]
  readonly places: readonly number[]
  readonly present: readonly Column[]

  constructor(table: Table, request: QueryRequest, shape: string) {
    const { entity, index, prefix } = request
    const { partition, sort } = index ?? entity.key
    const isScan = request.partition === undefined
    const fixed = isScan ? [] : [...partition, ...sort.slice(0, prefix.length)]
    this.shape = shape
    this.order = orderFields(entity, index, isScan)
    this.equal = fixed.map((field) => table.column(field))
    const ranged = isScan ? undefined : sort[prefix.length]
    this.ranged = ranged === undefined ? undefined : table.column(ranged)
    this.places = this.order.flatMap((field, at) => (fixed.includes(field) ? [] : [at]))
    this.sorted = this.places.map((at) => table.column(this.order[at] ?? ''))
    this.present = index === undefined ? [] : presenceColumns(table, index)
  }
}

const PATHS = new WeakMap<Table, Map<string, Path>>()

/** The path of a request, made once per index and number of fixed fields. */
export const pathOf = (table: Table, request: QueryRequest): Path => {
  const { index, partition, prefix } = request
  const shape = `${partition === undefined ? 'scan' : prefix.length} ${index?.name ?? ''}`
  let paths = PATHS.get(table)
  if (paths === undefined) PATHS.set(table, (paths = new Map()))
  let path = paths.get(shape)
  if (path === undefined) paths.set(shape, (path = new Path(table, request, shape)))
  return path
}

const BOUNDS = { gt: '>', gte: '>=', lt: '<', lte: '<=' } as const
type Bound = keyof typeof BOUNDS

/** The bounds of a range as comparisons, a prefix as the two bounds it means. */
const boundsOf = (range: Range): readonly (readonly [Bound, unknown])[] => {
  const { startsWith } = range
  if (startsWith === undefined)
    return (Object.keys(BOUNDS) as Bound[]).flatMap((op) =>
      range[op] === undefined ? [] : [[op, range[op]] as const],
    )
  const end = prefixEnd(startsWith)
  return end === undefined
    ? [['gte', startsWith]]
    : [
        ['gte', startsWith],
        ['lt', end],
      ]
}

/** The shape of everything but the position, and its values. */
const selectShape = (table: Table, path: Path, request: QueryRequest, params: Raw[]): string => {
  const { partition = [], prefix, range, filter } = request
  for (let at = 0; at < path.equal.length; at += 1) {
    const value = at < partition.length ? partition[at] : prefix[at - partition.length]
    params.push(path.equal[at]?.type.encode(value) ?? null)
  }
  let shape = path.shape
  if (range !== undefined && path.ranged !== undefined)
    for (const [op, value] of boundsOf(range)) {
      shape += ` ${op}`
      params.push(path.ranged.type.encode(value))
    }
  return filter === undefined ? shape : `${shape} ${filterShape(table, filter, params)}`
}

const whereSql = (
  table: Table,
  path: Path,
  request: QueryRequest,
  parameters: Parameters,
): readonly string[] => {
  const parts = path.equal.map((column) => `t.${column.sql} = ${parameters.for(column)}`)
  const { ranged } = path
  if (request.range !== undefined && ranged !== undefined)
    for (const [op] of boundsOf(request.range))
      parts.push(`t.${ranged.sql} ${BOUNDS[op]} ${parameters.for(ranged)}`)
  if (request.filter !== undefined) parts.push(filterSql(table, request.filter, parameters))
  return [...parts, ...path.present.map((column) => isPresent(table, column))]
}

const joined = (parts: readonly string[]): string =>
  parts.length === 0 ? '' : ` WHERE ${parts.join(' AND ')}`

/** The conditions to try in turn until the page is full; `undefined` is no condition. */
export const stepsOf = (path: Path, request: QueryRequest): readonly (Condition | undefined)[] => {
  const { after } = request
  if (after === undefined) return [undefined]
  const values = path.sorted.map((column, at) => rawOf(column, after[path.places[at] ?? 0]))
  return conditionsAfter(path.sorted, values, request.descending)
}

/**
 * Whether a limit is one that programs use again and again. Written out, it lets PostgreSQL keep its
 * plan: one that holds for any limit would look too dear, so every call would be planned anew.
 */
const isUsual = (limit: number): boolean => limit <= 25 || limit % 10 === 0

/** The statement for up to `limit` records that meet one condition of `stepsOf`. */
export const pageCall = (
  table: Table,
  request: QueryRequest,
  step: Condition | undefined,
  limit: number,
): Call => {
  const path = pathOf(table, request)
  const { descending } = request
  const params: Raw[] = []
  let shape = `${descending ? 'desc' : 'asc'} ${selectShape(table, path, request, params)}`
  if (step !== undefined) {
    shape += ` after ${step.shape}`
    params.push(...step.params)
  }
  // The page asked for, and one more.
  if (isUsual(limit - 1)) shape += ` limit ${limit}`
  else params.push(limit)
  const compile = (): string => {
    const parameters = new Parameters(table.dialect)
    const parts = whereSql(table, path, request, parameters)
    const where = joined(step === undefined ? parts : [...parts, step.sql(parameters)])
    const order = orderSql(table, path.sorted, descending)
    const sorted = order === '' ? '' : ` ORDER BY ${order}`
    const most = isUsual(limit - 1) ? limit : parameters.next('int8')
    return `SELECT ${table.list} FROM ${table.sql} AS t${where}${sorted} LIMIT ${most}`
  }
  return { statement: table.statement(shape, READS, compile), params }
}

/** The statement that counts the records of a request. */
export const countCall = (table: Table, request: QueryRequest): Call => {
  const path = pathOf(table, request)
  const params: Raw[] = []
  const shape = `count ${selectShape(table, path, request, params)}`
  const compile = (): string => {
    const where = joined(whereSql(table, path, request, new Parameters(table.dialect)))
    return `SELECT count(*) FROM ${table.sql} AS t${where}`
  }
  return { statement: table.statement(shape, READS, compile), params }
}
