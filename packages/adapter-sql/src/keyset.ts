import type { Raw } from './connection/connection.ts'
import type { Column, Parameters, Table } from './table.ts'

/** A condition with its values. Conditions of the same shape have the same text. */
export interface Condition {
  readonly shape: string
  readonly params: readonly Raw[]
  readonly sql: (parameters: Parameters) => string
  /** Whether it is one row-value comparison, which a column in front can join. */
  readonly isRow?: boolean
}

const nullness = (column: Column, word: 'IS NULL' | 'IS NOT NULL'): Condition => ({
  shape: `${word}${column.at};`,
  params: [],
  sql: () => `t.${column.sql} ${word}`,
})

/** `(a, b) > (1, 2)`. A record that is null in a column compared is left out. */
const beyond = (
  columns: readonly Column[],
  values: readonly Raw[],
  descending: boolean,
): Condition => ({
  shape: `row${columns.map(({ at }) => at).join()};`,
  params: values,
  isRow: true,
  sql: (parameters) => {
    const left = columns.map(({ sql }) => `t.${sql}`).join(', ')
    const right = columns.map((column) => parameters.for(column)).join(', ')
    return `(${left}) ${descending ? '<' : '>'} (${right})`
  },
})

const both = (first: Condition, second: Condition): Condition => ({
  shape: first.shape + second.shape,
  params: [...first.params, ...second.params],
  sql: (parameters) => `${first.sql(parameters)} AND ${second.sql(parameters)}`,
})

const equal = (column: Column, value: Raw): Condition =>
  value === null
    ? nullness(column, 'IS NULL')
    : {
        shape: `=${column.at};`,
        params: [value],
        sql: (parameters) => `t.${column.sql} = ${parameters.for(column)}`,
      }

/**
 * What lies behind a position, null being least, as conditions whose records follow one another: all
 * that meet the first come before all that meet the second. An index can seek each of them; a single
 * condition joined by OR would have it pass by all records in front of the position.
 */
export const conditionsAfter = (
  columns: readonly Column[],
  values: readonly Raw[],
  descending: boolean,
): readonly Condition[] => {
  const [column, ...others] = columns
  if (column === undefined) return []
  const [value = null, ...otherValues] = values
  const rest = conditionsAfter(others, otherValues, descending)
  const alike = rest.map((one) => both(equal(column, value), one))
  if (value === null) return descending ? alike : [...alike, nullness(column, 'IS NOT NULL')]
  const nulls = descending && column.optional ? [nullness(column, 'IS NULL')] : []
  const [only] = rest
  const canJoin = rest.length === 0 || (rest.length === 1 && only?.isRow === true)
  return canJoin
    ? [beyond(columns, values, descending), ...nulls]
    : [...alike, beyond([column], [value], descending), ...nulls]
}

/** A sort term per column, null being least. Key columns are never null. */
export const orderSql = (table: Table, columns: readonly Column[], descending: boolean): string =>
  columns
    .map(({ sql, isKey }) => {
      const nulls = isKey ? '' : table.dialect.nullsLeast(descending)
      return `t.${sql}${descending ? ' DESC' : ''}${nulls}`
    })
    .join(', ')
