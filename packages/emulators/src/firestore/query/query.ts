import type { FieldPath } from '../field-path.ts'
import type { Cursor, Direction } from '../wire/query.ts'
import type { Value } from '../wire/value.ts'

/** What a condition compares by. Those with IS take no value; theirs is null here. */
export type Operator =
  | 'LESS_THAN'
  | 'LESS_THAN_OR_EQUAL'
  | 'GREATER_THAN'
  | 'GREATER_THAN_OR_EQUAL'
  | 'EQUAL'
  | 'NOT_EQUAL'
  | 'IN'
  | 'NOT_IN'
  | 'ARRAY_CONTAINS'
  | 'ARRAY_CONTAINS_ANY'
  | 'IS_NULL'
  | 'IS_NAN'
  | 'IS_NOT_NULL'
  | 'IS_NOT_NAN'

/** A condition on one field. `field` is its path as text, the same for the same field. */
export interface Comparison {
  kind: 'comparison'
  field: string
  path: FieldPath
  operator: Operator
  value: Value
}

/** A condition on a document. */
export type Condition =
  | Comparison
  | { kind: 'and'; parts: Condition[] }
  | { kind: 'or'; parts: Condition[] }

/** One field of the order of a query. */
export interface Order {
  field: string
  path: FieldPath
  direction: Direction
}

/** A query that has been checked and whose order is complete: it ends with the document's name. */
export interface Query {
  parent: string
  /** Undefined means every collection. */
  collectionId: string | undefined
  allDescendants: boolean
  condition: Condition | undefined
  orders: Order[]
  startAt: Cursor | undefined
  endAt: Cursor | undefined
  offset: number
  limit: number | undefined
  /** The fields to return; undefined means all of them. */
  select: FieldPath[] | undefined
}

const INEQUALITIES: ReadonlySet<Operator> = new Set<Operator>([
  'LESS_THAN',
  'LESS_THAN_OR_EQUAL',
  'GREATER_THAN',
  'GREATER_THAN_OR_EQUAL',
  'NOT_EQUAL',
  'NOT_IN',
  'IS_NOT_NULL',
  'IS_NOT_NAN',
])

/** Whether the condition selects a range of its field's values rather than single ones. */
export const isInequality = ({ operator }: Comparison): boolean => INEQUALITIES.has(operator)

/** All comparisons of a condition. */
export const comparisonsOf = (condition: Condition | undefined): Comparison[] =>
  condition === undefined
    ? []
    : condition.kind === 'comparison'
      ? [condition]
      : condition.parts.flatMap(comparisonsOf)
