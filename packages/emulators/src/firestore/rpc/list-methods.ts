import { invalid } from '../failure.ts'
import { parsePath } from '../field-path.ts'
import { checkCollectionId, checkParent } from '../names.ts'
import { compareDocuments, completeOrders } from '../query/order.ts'
import { readQuery } from '../query/read.ts'
import { findAll, project } from '../query/run.ts'
import { toDocument } from '../storage.ts'
import type { Storage, Stored } from '../storage.ts'
import { compareUtf8 } from '../values/utf8-order.ts'
import type { Views } from '../view.ts'
import type { Document } from '../wire/document.ts'
import type { Cursor, Direction } from '../wire/query.ts'
import type {
  ListCollectionIdsRequest,
  ListDocumentsRequest,
  PartitionQueryRequest,
} from '../wire/read.ts'
import { reference } from '../wire/value.ts'
import type { Unary } from './call.ts'
import { pageOf } from './page.ts'

/** The methods that list what is there. */
export interface ListMethods {
  ListDocuments: Unary<
    ListDocumentsRequest,
    { documents: Partial<Document>[]; nextPageToken: string }
  >
  ListCollectionIds: Unary<
    ListCollectionIdsRequest,
    { collectionIds: string[]; nextPageToken: string }
  >
  PartitionQuery: Unary<PartitionQueryRequest, { partitions: Cursor[]; nextPageToken: string }>
}

const MAX_DOCUMENTS = 300
const MAX_COLLECTIONS = 300

// "a, b desc" as the method's order_by has it.
const readOrderBy = (text: string): { field: { fieldPath: string }; direction: Direction }[] =>
  text
    .split(',')
    .filter((part) => part.trim() !== '')
    .map((part) => {
      const [fieldPath = '', direction = 'asc'] = part.trim().split(/\s+/)
      if (!/^(asc|desc)$/i.test(direction)) throw invalid(`Invalid order_by "${text}".`)
      return {
        field: { fieldPath },
        direction: /^desc$/i.test(direction) ? 'DESCENDING' : 'ASCENDING',
      }
    })

/** The ids that follow `prefix` in the names of collections that hold documents, or whose documents do. */
const idsBelow = (storage: Storage, prefix: string, time: bigint): string[] => {
  const ids = new Set<string>()
  for (const collection of storage.collections()) {
    if (!collection.startsWith(prefix)) continue
    const [document] = storage.documents(collection, time)
    if (document !== undefined) ids.add(collection.slice(prefix.length).split('/')[0] ?? '')
  }
  return [...ids].sort(compareUtf8)
}

const missing = (name: string): Stored => ({ name, fields: {}, createTime: 0n, updateTime: 0n })

const listed = (storage: Storage, request: ListDocumentsRequest, time: bigint): Stored[] => {
  const orderBy = readOrderBy(request.orderBy)
  if (request.showMissing && orderBy.length > 0)
    throw invalid('cannot specify an order when show_missing is true')
  const query = {
    ...readQuery(request.parent, {
      ...EVERYTHING,
      from: [{ collectionId: request.collectionId, allDescendants: false }],
    }),
    orders: completeOrders(orderBy, undefined),
  }
  const found = findAll(storage, query, time)
  if (!request.showMissing) return found
  const prefix = `${request.parent}/${request.collectionId}/`
  const known = new Set(found.map(({ name }) => name))
  const others = idsBelow(storage, prefix, time)
    .map((id) => missing(`${prefix}${id}`))
    .filter(({ name }) => !known.has(name))
  return [...found, ...others].sort((left, right) => compareDocuments(left, right, query.orders))
}

const EVERYTHING = {
  select: null,
  where: null,
  orderBy: [],
  startAt: null,
  endAt: null,
  offset: 0,
  limit: null,
  findNearest: null,
}

const isPartitionable = ({ structuredQuery: query }: PartitionQueryRequest): boolean =>
  query?.from[0]?.allDescendants === true &&
  query.where === null &&
  query.limit === null &&
  query.offset === 0 &&
  query.orderBy.length === 1 &&
  query.orderBy[0]?.field?.fieldPath === '__name__' &&
  query.orderBy[0].direction !== 'DESCENDING'

// Points that split documents into parts of equal size.
const splitPoints = (documents: Stored[], count: number): Cursor[] => {
  const names = Array.from(
    { length: count },
    (_, at) => documents[Math.floor(((at + 1) * documents.length) / (count + 1))]?.name,
  )
  return [...new Set(names)]
    .filter((name) => name !== undefined && name !== documents[0]?.name)
    .map((name = '') => ({ values: [reference(name)], before: false }))
}

/** Makes the methods that list what is there. */
export const listMethods = (storage: Storage, views: Views): ListMethods => ({
  ListDocuments: (request) => {
    checkParent(request.parent)
    if (request.collectionId !== '') checkCollectionId(request.collectionId)
    const { time } = views.of(request)
    const paths = request.mask?.fieldPaths.map(parsePath)
    const { page, nextPageToken } = pageOf(listed(storage, request, time), request, {
      keyOf: ({ name }) => name,
      most: MAX_DOCUMENTS,
    })
    const documents = page.map((stored) =>
      stored.createTime === 0n
        ? { name: stored.name }
        : toDocument(stored, project(stored.fields, paths)),
    )
    return { documents, nextPageToken }
  },
  ListCollectionIds: (request) => {
    checkParent(request.parent)
    const { time } = views.of(request)
    const ids = idsBelow(storage, `${request.parent}/`, time)
    const { page, nextPageToken } = pageOf(ids, request, {
      keyOf: (id) => id,
      most: MAX_COLLECTIONS,
    })
    return { collectionIds: page, nextPageToken }
  },
  PartitionQuery: (request) => {
    const query = readQuery(request.parent, request.structuredQuery)
    const count = Number(request.partitionCount)
    if (!(count > 0)) throw invalid('partition_count must be positive.')
    if (!isPartitionable(request))
      throw invalid('A partition query is a collection group query ordered by __name__ ascending.')
    const points = splitPoints(views.of(request).run(query), count)
    const { page, nextPageToken } = pageOf(points, request, {
      keyOf: ({ values: [value] }) =>
        value?.valueType === 'referenceValue' ? value.referenceValue : '',
      most: points.length,
    })
    return { partitions: page, nextPageToken }
  },
})
