import { NAME } from '../field-path.ts'
import type { Disjunct } from '../query/disjuncts.ts'
import { isInequality } from '../query/query.ts'
import type { Query } from '../query/query.ts'
import type { Entry, Scope } from './model.ts'

/** What one alternative of a query needs of indexes. */
export interface Need {
  collectionGroup: string
  scope: Scope
  /** Fields of which one value is wanted, in any order; a field in CONTAINS mode holds an array. */
  fixed: Entry[]
  /** The fields that follow, in this order and direction, without the document's name. */
  sorted: Entry[]
  /** The fields that are summed, in any order. */
  aggregated: string[]
  /** The direction of the document's name, which is the last. */
  name: Entry
  /** All of the fields above. */
  fields: string[]
}

const isFixed = (disjunct: Disjunct): Entry[] => {
  const entries = disjunct
    .filter((comparison) => !isInequality(comparison) && comparison.field !== NAME)
    .map(({ field, operator }): Entry => ({
      field,
      mode: operator === 'ARRAY_CONTAINS' ? 'CONTAINS' : 'ASCENDING',
    }))
  return entries.filter(
    ({ field, mode }, at) =>
      entries.findIndex((other) => other.field === field && other.mode === mode) === at,
  )
}

/** What an alternative of a query needs; undefined where the documents' names are enough. */
export const needOf = (
  query: Query,
  disjunct: Disjunct,
  aggregated: readonly string[],
): Need | undefined => {
  const fixed = isFixed(disjunct)
  const isOne = new Set(fixed.filter(({ mode }) => mode !== 'CONTAINS').map(({ field }) => field))
  const orders = query.orders
    .filter(({ field }) => !isOne.has(field))
    .map(({ field, direction }): Entry => ({ field, mode: direction }))
  const isOneDocument = disjunct.some(
    ({ field, operator }) => field === NAME && operator === 'EQUAL',
  )
  const name: Entry =
    isOneDocument || orders.at(-1) === undefined
      ? { field: NAME, mode: 'ASCENDING' }
      : (orders.at(-1) ?? { field: NAME, mode: 'ASCENDING' })
  const sorted = orders.slice(0, -1)
  const summed = aggregated.filter(
    (field) => !isOne.has(field) && sorted.every((entry) => entry.field !== field),
  )
  const fields = [
    ...new Set([
      ...fixed.map(({ field }) => field),
      ...sorted.map(({ field }) => field),
      ...summed,
    ]),
  ]
  if (fields.length === 0 && name.mode === 'ASCENDING') return undefined
  return {
    collectionGroup: query.collectionId ?? '',
    scope: query.allDescendants ? 'COLLECTION_GROUP' : 'COLLECTION',
    fixed,
    sorted,
    aggregated: summed,
    name,
    fields: fields.length === 0 ? [NAME] : fields,
  }
}
