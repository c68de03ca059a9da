import type { FieldPath } from '../field-path.ts'
import type { Query } from '../query/query.ts'

/** Says which queries have the index that they need. */
export interface Indexes {
  /** Checks a query and the fields that it sums. @throws FAILED_PRECONDITION */
  check(query: Query, aggregated?: readonly { field: string; path: FieldPath }[]): void
}
