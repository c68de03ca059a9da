import { invalid, unimplemented } from '../failure.ts'
import { NAME, parsePath } from '../field-path.ts'
import { checkCollectionId, checkParent } from '../names.ts'
import type { FieldPath } from '../field-path.ts'
import type { Cursor, StructuredQuery } from '../wire/query.ts'
import { readFilter } from './condition.ts'
import { checkLimits } from './limits.ts'
import { completeOrders } from './order.ts'
import type { Order, Query } from './query.ts'

const checkCursor = (cursor: Cursor | null, orders: Order[], named: number): void => {
  if (cursor === null) return
  if (cursor.values.length > named) throw invalid('Cursor has too many values.')
  for (const [at, value] of cursor.values.entries())
    if (orders[at]?.field === NAME && value.valueType !== 'referenceValue')
      throw invalid('Cursor value for __name__ must be a reference.')
}

const readSelect = (select: StructuredQuery['select']): FieldPath[] | undefined => {
  const paths = select?.fields.map(({ fieldPath }) => parsePath(fieldPath)) ?? []
  return paths.length === 0 ? undefined : paths.filter((path) => path[0] !== NAME)
}

/** Checks a query of the protocol and completes its order. @throws INVALID_ARGUMENT, UNIMPLEMENTED */
export const readQuery = (parent: string, structured: StructuredQuery | undefined): Query => {
  if (structured === undefined) throw unimplemented('queries other than structured queries')
  if (structured.findNearest !== null) throw unimplemented('vector search (find_nearest)')
  checkParent(parent)
  // Without a selector a query looks into every collection directly below its parent.
  const [from = { collectionId: '', allDescendants: false }, ...more] = structured.from
  if (more.length > 0)
    throw invalid('StructuredQuery.from cannot have more than one collection selector.')
  if (from.collectionId !== '') checkCollectionId(from.collectionId)
  if (structured.offset < 0) throw invalid('offset is negative')
  if (structured.limit !== null && structured.limit.value < 0) throw invalid('limit is negative')
  const condition = structured.where === null ? undefined : readFilter(structured.where, parent)
  const orders = completeOrders(structured.orderBy, condition)
  checkLimits(condition, orders)
  const named = structured.orderBy.length
  checkCursor(structured.startAt, orders, named)
  checkCursor(structured.endAt, orders, named)
  return {
    parent,
    collectionId: from.collectionId === '' ? undefined : from.collectionId,
    allDescendants: from.allDescendants,
    condition,
    orders,
    startAt: structured.startAt ?? undefined,
    endAt: structured.endAt ?? undefined,
    offset: structured.offset,
    limit: structured.limit?.value,
    select: readSelect(structured.select),
  }
}
