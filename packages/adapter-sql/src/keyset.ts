import type { Raw } from './connection/connection.ts'
import type { Column, Parameters, Table } from './table.ts'

/** A condition with its values. Conditions of the same shape have the same text. */
export interface Condition {
  readonly shape: string
  readonly params: readonly Raw[]
  readonly sql: (parameters: Parameters) => string
}

const anyOf = (conditions: readonly Condition[], parameters: Parameters): string =>
  `(${conditions.map(({ sql }) => sql(parameters)).join(' OR ')})`

const isNull = (column: Column, suffix = ''): Condition => ({
  shape: `null${suffix}${column.at};`,
  params: [],
  sql: () => `t.${column.sql} IS${suffix} NULL`,
})

/** `(a, b) > (1, 2)`: right where no value given is null and nulls, being least, come first. */
const rowAfter = (
  columns: readonly Column[],
  values: readonly Raw[],
  descending: boolean,
): Condition => ({
  shape: `row${columns.length};`,
  params: values,
  sql: (parameters) => {
    const left = columns.map(({ sql }) => `t.${sql}`).join(', ')
    const right = columns.map((column) => parameters.for(column)).join(', ')
    return `(${left}) ${descending ? '<' : '>'} (${right})`
  },
})

/**
 * What lies behind a position, as conditions whose records follow one another: all that meet the
 * first come before all that meet the second. Each begins with something an index can seek.
 */
export const conditionsAfter = (
  columns: readonly Column[],
  values: readonly Raw[],
  descending: boolean,
): readonly Condition[] => {
  const [column, ...others] = columns
  const [value = null, ...otherValues] = values
  if (column === undefined) return []
  const hasNull = values.includes(null)
  if (!hasNull && !(descending && columns.some(({ optional }) => optional)))
    return [rowAfter(columns, values, descending)]
  const rest = conditionsAfter(others, otherValues, descending)
  if (value === null) {
    const among: Condition = {
      shape: `nulls${column.at}(${rest.map(({ shape }) => shape).join('|')})`,
      params: rest.flatMap(({ params }) => params),
      sql: (parameters) => `t.${column.sql} IS NULL AND ${anyOf(rest, parameters)}`,
    }
    const behind = descending ? [] : [isNull(column, ' NOT')]
    return rest.length === 0 ? behind : [among, ...behind]
  }
  const operator = descending ? '<' : '>'
  const bounded: Condition = {
    shape: `from${column.at}(${rest.map(({ shape }) => shape).join('|')})`,
    params: [value, ...rest.flatMap(({ params }) => params)],
    sql: (parameters) => {
      const bound = parameters.for(column)
      const beyond = `t.${column.sql} ${operator} ${bound}`
      if (rest.length === 0) return beyond
      return `t.${column.sql} ${operator}= ${bound} AND (${beyond} OR ${anyOf(rest, parameters)})`
    },
  }
  return descending && column.optional ? [bounded, isNull(column)] : [bounded]
}

/** A sort term per column, null being least. Key columns are never null. */
export const orderSql = (table: Table, columns: readonly Column[], descending: boolean): string =>
  columns
    .map(({ sql, isKey }) => {
      const nulls = isKey ? '' : table.dialect.nullsLeast(descending)
      return `t.${sql}${descending ? ' DESC' : ''}${nulls}`
    })
    .join(', ')
