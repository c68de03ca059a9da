import { NAME, valueAt, withValueAt } from '../field-path.ts'
import type { FieldPath } from '../field-path.ts'
import { collectionOf, idOf } from '../names.ts'
import type { Storage, Stored } from '../storage.ts'
import type { Fields } from '../wire/value.ts'
import { matches } from './match.ts'
import { compareDocuments, compareToCursor, sortValue } from './order.ts'
import type { Query } from './query.ts'

/** Whether a collection is one of those that a query looks into. */
export const isInScope = (collection: string, query: Query): boolean => {
  if (query.collectionId !== undefined && idOf(collection) !== query.collectionId) return false
  return query.allDescendants
    ? collection.startsWith(`${query.parent}/`)
    : collectionOf(collection) === query.parent
}

/** Whether a document lies in the query's collections, meets its condition and has its order's fields. */
export const isCandidate = (document: Stored, query: Query): boolean =>
  isInScope(collectionOf(document.name), query) &&
  matches(document, query.condition) &&
  query.orders.every((order) => order.field === NAME || sortValue(document, order) !== undefined)

function* inScope(storage: Storage, query: Query, time?: bigint): Iterable<Stored> {
  if (!query.allDescendants && query.collectionId !== undefined)
    return yield* storage.documents(`${query.parent}/${query.collectionId}`, time)
  for (const collection of storage.collections())
    if (isInScope(collection, query)) yield* storage.documents(collection, time)
}

const isBetween = (document: Stored, { startAt, endAt, orders }: Query): boolean => {
  const start = startAt === undefined ? 1 : compareToCursor(document, startAt, orders)
  const end = endAt === undefined ? -1 : compareToCursor(document, endAt, orders)
  return (startAt?.before ? start >= 0 : start > 0) && (endAt?.before ? end < 0 : end <= 0)
}

/** All documents of a query between its cursors, in order, before offset and limit. */
export const findAll = (storage: Storage, query: Query, time?: bigint): Stored[] => {
  const found: Stored[] = []
  for (const document of inScope(storage, query, time))
    if (isCandidate(document, query) && isBetween(document, query)) found.push(document)
  return found.sort((left, right) => compareDocuments(left, right, query.orders))
}

/** The documents that a query returns as of `time`; as of now without one. */
export const runQuery = (storage: Storage, query: Query, time?: bigint): Stored[] => {
  const end = query.limit === undefined ? undefined : query.offset + query.limit
  return findAll(storage, query, time).slice(query.offset, end)
}

/** The fields at the given paths only; all of them when there is no list. */
export const project = (fields: Fields, paths: readonly FieldPath[] | undefined): Fields =>
  paths === undefined
    ? fields
    : paths.reduce<Fields>((chosen, path) => {
        const value = valueAt(fields, path)
        return value === undefined ? chosen : withValueAt(chosen, path, value)
      }, {})
