import type { EntityModel, Filter, Kind, Leaf } from '@holdfast/core/driver'
import type { Raw } from './connection/connection.ts'
import { NULLS, type Column, type Parameters, type Table } from './table.ts'

const OPERATORS = { eq: '=', gt: '>', gte: '>=', lt: '<', lte: '<=' } as const
const NESTED: ReadonlySet<Kind> = new Set(['array', 'object', 'json'])

/** Whether typed columns express a leaf exactly: all but what looks into nested values. */
export const pushes = (entity: EntityModel, leaf: Leaf): boolean => {
  if (leaf.op === 'isNull' || leaf.op === 'exists') return true
  const kind = entity.fields[leaf.field]?.kind
  if (kind === undefined || leaf.op === 'has' || NESTED.has(kind)) return false
  return leaf.op !== 'startsWith' || kind === 'string'
}

/**
 * Appends the values of a filter to `params` and gives its shape: a text that is the same for filters
 * that differ in values only. `filterSql` meets the values in the same order.
 */
export const filterShape = (table: Table, filter: Filter, params: Raw[]): string => {
  switch (filter.op) {
    case 'and':
    case 'or': {
      let shape = filter.op === 'and' ? '&(' : '|('
      for (const one of filter.of) shape += filterShape(table, one, params)
      return `${shape})`
    }
    case 'not':
      return `!${filterShape(table, filter.of, params)}`
    case 'const':
      return `${filter.value};`
    case 'isNull':
    case 'exists':
      return `${filter.op}${table.column(filter.field).at};`
    case 'in': {
      const column = table.column(filter.field)
      const values = filter.values as readonly unknown[]
      if (values.length === 0) return `in${column.at},none;`
      const before = params.length
      table.dialect.bindList(params, values.map(column.type.encode))
      return `in${column.at},${params.length - before};`
    }
    default: {
      const column = table.column(filter.field)
      params.push(column.type.encode(filter.value))
      return `${filter.op}${column.at};`
    }
  }
}

/** Whether a field holds null: its name is in `_n`. */
const holdsNull = (table: Table, column: Column, row: string): string =>
  column.isKey
    ? 'FALSE'
    : `coalesce(${table.dialect.position(`${row}${NULLS}`, `'!${column.mark}'`)} > 0, FALSE)`

/** Whether a field is present, null included. `row` is how the columns are prefixed. */
export const isPresent = (table: Table, column: Column, row = 't.'): string =>
  column.isKey ? 'TRUE' : `(${row}${column.sql} IS NOT NULL OR ${holdsNull(table, column, row)})`

const leafSql = (table: Table, leaf: Leaf, parameters: Parameters): string => {
  const { dialect } = table
  const column = table.column(leaf.field)
  const sql = `t.${column.sql}`
  switch (leaf.op) {
    case 'isNull':
      return holdsNull(table, column, 't.')
    case 'exists':
      return isPresent(table, column)
    case 'in': {
      const { length } = leaf.values as readonly unknown[]
      // Unknown for null, otherwise false: an empty list alone would be false for null as well.
      if (length === 0) return `${sql} <> ${sql}`
      return dialect.oneOf(sql, column.type.declared, length, parameters.next)
    }
    case 'startsWith':
      return dialect.startsWith(sql, parameters.for(column))
    case 'has':
      // `pushes` refused it.
      return dialect.truth(undefined)
    default:
      return `${sql} ${OPERATORS[leaf.op]} ${parameters.for(column)}`
  }
}

/** A filter as SQL over the row `t`. Null is unknown there as here, and `NOT` keeps it so. */
export const filterSql = (table: Table, filter: Filter, parameters: Parameters): string => {
  switch (filter.op) {
    case 'and':
    case 'or': {
      if (filter.of.length === 0) return table.dialect.truth(filter.op === 'and')
      const parts = filter.of.map((one) => filterSql(table, one, parameters))
      return `(${parts.join(filter.op === 'and' ? ' AND ' : ' OR ')})`
    }
    case 'not':
      return `(NOT ${filterSql(table, filter.of, parameters)})`
    case 'const':
      return table.dialect.truth(filter.value)
    default:
      return `(${leafSql(table, filter, parameters)})`
  }
}
