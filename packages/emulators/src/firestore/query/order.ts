import { invalid } from '../failure.ts'
import { NAME, formatPath, parsePath, valueAt } from '../field-path.ts'
import type { Stored } from '../storage.ts'
import { compareUtf8 } from '../values/utf8-order.ts'
import { compareValues } from '../values/compare.ts'
import { truncated } from '../values/truncated.ts'
import { reference } from '../wire/value.ts'
import type { Value } from '../wire/value.ts'
import type { Cursor, StructuredQuery } from '../wire/query.ts'
import { comparisonsOf, isInequality } from './query.ts'
import type { Condition, Order } from './query.ts'
import { checkInequalities } from './limits.ts'

const readOrders = (orderBy: StructuredQuery['orderBy']): Order[] =>
  orderBy.map(({ field, direction }) => {
    const path = parsePath(field?.fieldPath ?? '')
    return {
      field: formatPath(path),
      path,
      direction: direction === 'DESCENDING' ? 'DESCENDING' : 'ASCENDING',
    }
  })

/**
 * The whole order of a query: what it names, then its inequality fields by name, then the
 * document's name, in the direction of the last that it names. @throws INVALID_ARGUMENT
 */
export const completeOrders = (
  orderBy: StructuredQuery['orderBy'],
  condition: Condition | undefined,
): Order[] => {
  const orders = readOrders(orderBy)
  const direction = orders.at(-1)?.direction ?? 'ASCENDING'
  const inequalities = new Map(
    comparisonsOf(condition)
      .filter(isInequality)
      .map(({ field, path }) => [field, path]),
  )
  checkInequalities([...inequalities.keys()])
  const implied = [...inequalities]
    .filter(([field]) => field !== NAME && orders.every((order) => order.field !== field))
    .sort(([a], [b]) => compareUtf8(a, b))
    .map(([field, path]): Order => ({ field, path, direction }))
  const all = [...orders, ...implied]
  if (all.every(({ field }) => field !== NAME)) all.push({ field: NAME, path: [NAME], direction })
  if (all.at(-1)?.field !== NAME)
    throw invalid('order by clause cannot contain more fields after the key')
  const twice = all.find(({ field }, at) => all.findIndex((order) => order.field === field) < at)
  if (twice !== undefined)
    throw invalid(`order by clause cannot contain duplicate fields ${twice.field}`)
  return all
}

/** The value of a document that an order sorts by; undefined when it has none. */
export const sortValue = (document: Stored, order: Order): Value | undefined => {
  if (order.field === NAME) return reference(document.name)
  const value = valueAt(document.fields, order.path)
  return value && truncated(value)
}

const signed = (found: number, { direction }: Order): number =>
  direction === 'ASCENDING' ? found : -found

/** Compares two documents that both have every field of the order. */
export const compareDocuments = (left: Stored, right: Stored, orders: Order[]): number => {
  for (const order of orders) {
    const [a, b] = [sortValue(left, order), sortValue(right, order)]
    const found = a && b ? signed(compareValues(a, b), order) : 0
    if (found !== 0) return found
  }
  return 0
}

/** Compares a document with a position, which may name a beginning of the order only. */
export const compareToCursor = (document: Stored, cursor: Cursor, orders: Order[]): number => {
  for (const [at, value] of cursor.values.entries()) {
    const order = orders[at]
    const own = order && sortValue(document, order)
    const found = order && own ? signed(compareValues(own, truncated(value)), order) : 0
    if (found !== 0) return found
  }
  return 0
}
