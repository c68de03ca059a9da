import type { Value } from './value.ts'

/** Ascending or descending. */
export type Direction = 'ASCENDING' | 'DESCENDING'

/** A field by its path. */
export interface FieldReference {
  fieldPath: string
}

/** A condition on one field. */
export interface FieldFilter {
  field: FieldReference | null
  op: string
  value: Value | null
}

/** Conditions joined by AND or OR. */
export interface CompositeFilter {
  op: string
  filters: Filter[]
}

/** A condition as the protocol carries it. */
export interface Filter {
  filterType?: 'compositeFilter' | 'fieldFilter' | 'unaryFilter'
  compositeFilter?: CompositeFilter
  fieldFilter?: FieldFilter
  unaryFilter?: { op: string; field?: FieldReference }
}

/** A position in the order of a query. */
export interface Cursor {
  values: Value[]
  before: boolean
}

/** A query as the protocol carries it. */
export interface StructuredQuery {
  select: { fields: FieldReference[] } | null
  from: { collectionId: string; allDescendants: boolean }[]
  where: Filter | null
  orderBy: { field: FieldReference | null; direction: string }[]
  startAt: Cursor | null
  endAt: Cursor | null
  offset: number
  limit: { value: number } | null
  findNearest: object | null
}

/** One sum, average or count to work out. */
export interface Aggregation {
  operator?: 'count' | 'sum' | 'avg'
  count?: { upTo: { value: string } | null }
  sum?: { field: FieldReference | null }
  avg?: { field: FieldReference | null }
  alias: string
}
