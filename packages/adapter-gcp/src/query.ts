import {
  type CallOptions,
  encodeTuple,
  evaluate,
  orderFields,
  type Position,
  positionOf,
  type QueryPage,
  type QueryRequest,
  type Scalar,
  type StoredRecord,
  textBounds,
} from '@holdfast/core/driver'
import type { Collection, Document } from './collection.ts'
import { checkIndexed } from './definition.ts'
import { idOf, partitionText } from './key-values.ts'
import { nameOf } from './mutation.ts'
import { fieldPath, KEY } from './names.ts'
import type { Place } from './place.ts'
import { segmentBounds } from './segments.ts'
import type { Value } from './value.ts'

interface Reply {
  readonly document?: Document | null
}

interface CountReply {
  readonly result?: { readonly aggregateFields?: Readonly<Record<string, Value>> } | null
}

const NAME = '__name__'

/** Where a query reads: along which field, between which texts of it. */
interface Path {
  /** `__name__`, the key once more, or the field of an index. */
  readonly field: string
  readonly low: string | undefined
  /** Included, except for segments, which end where the next one begins. */
  readonly high: string | undefined
  readonly isOpenEnded: boolean
}

/** The path of a query; `undefined` when no text can meet it. */
const pathOf = async (
  place: Place,
  collection: Collection,
  request: QueryRequest,
  options: CallOptions,
): Promise<Path | undefined> => {
  const { partition, segment, index, descending } = request
  if (partition === undefined) {
    if (segment === undefined)
      return { field: NAME, low: undefined, high: undefined, isOpenEnded: false }
    const { low, high } = await segmentBounds(place, collection, segment, options)
    return { field: NAME, low, high, isOpenEnded: true }
  }
  const used = collection.indexes.find(({ model }) => model.name === index?.name)
  const start = used === undefined ? encodeTuple(partition) : partitionText(partition)
  const { low, high } = textBounds(start + encodeTuple(request.prefix), request.range)
  if (low > high) return undefined
  // Firestore has no index that is read backwards along names.
  return { field: used?.field ?? (descending ? KEY : NAME), low, high, isOpenEnded: false }
}

/** The values of the record at a position: what its order does not name is fixed by the partition. */
const knownAt = (
  { entity, index, partition }: QueryRequest,
  order: readonly string[],
  after: Position,
): ((fields: readonly string[]) => readonly (Scalar | null)[]) => {
  const known = new Map<string, Scalar | null>()
  const fixed = (index ?? entity.key).partition
  for (const [at, value] of (partition ?? []).entries()) known.set(fixed[at] ?? '', value)
  for (const [at, value] of after.entries()) known.set(order[at] ?? '', value)
  return (fields) => fields.map((field) => known.get(field) ?? null)
}

/** The values behind which a query starts. */
const startOf = (
  request: QueryRequest,
  { field }: Path,
  order: readonly string[],
  reference: (id: string) => Value,
): readonly Value[] | undefined => {
  const { after, index, partition, entity } = request
  if (after === undefined) return undefined
  const valuesOf = knownAt(request, order, after)
  const id = idOf(valuesOf([...entity.key.partition, ...entity.key.sort]))
  if (field === NAME) return [reference(id)]
  if (index === undefined) return [{ stringValue: id }, reference(id)]
  const text = partitionText(partition ?? []) + encodeTuple(valuesOf(index.sort))
  return [{ stringValue: text }, reference(id)]
}

const SELECTIONS = new WeakMap<Collection, readonly object[]>()

/** The fields of a record, as a query names them. */
const selectionOf = (collection: Collection): readonly object[] => {
  let fields = SELECTIONS.get(collection)
  if (fields === undefined)
    SELECTIONS.set(collection, (fields = collection.readPaths.map((one) => ({ fieldPath: one }))))
  return fields
}

/** The query as Firestore's protocol has it. A range on one field needs no composite index. */
const structuredOf = (
  collection: Collection,
  request: QueryRequest,
  path: Path,
  root: string,
): object => {
  const reference = (id: string): Value => ({ referenceValue: nameOf(root, collection.id, id) })
  const order = orderFields(request.entity, request.index, request.partition === undefined)
  const fieldRef = { fieldPath: fieldPath(path.field) }
  const operand = (text: string): Value =>
    path.field === NAME ? reference(text) : { stringValue: text }
  const where = (op: string, text: string): object => ({
    fieldFilter: { field: fieldRef, op, value: operand(text) },
  })
  const filters = [
    ...(path.low === undefined ? [] : [where('GREATER_THAN_OR_EQUAL', path.low)]),
    ...(path.high === undefined
      ? []
      : [where(path.isOpenEnded ? 'LESS_THAN' : 'LESS_THAN_OR_EQUAL', path.high)]),
  ]
  const direction =
    request.descending && request.partition !== undefined ? 'DESCENDING' : 'ASCENDING'
  const values = startOf(request, path, order, reference)
  return {
    ...(request.count ? {} : { select: { fields: selectionOf(collection) } }),
    from: [{ collectionId: collection.id }],
    ...(filters.length === 0 ? {} : { where: { compositeFilter: { op: 'AND', filters } } }),
    orderBy: [
      { field: fieldRef, direction },
      ...(path.field === NAME ? [] : [{ field: { fieldPath: NAME }, direction }]),
    ],
    ...(values === undefined ? {} : { startAt: { values, before: false } }),
  }
}

/** Reads so many documents, or all. */
const readAll = async (
  { connection }: Place,
  structured: (root: string) => object,
  limit: number | undefined,
  options: CallOptions,
): Promise<readonly Document[]> => {
  const replies = await connection.stream<Reply>(
    'runQuery',
    ({ root }) => ({
      parent: root,
      structuredQuery: {
        ...structured(root),
        ...(limit === undefined ? {} : { limit: { value: limit } }),
      },
    }),
    options,
  )
  return replies.flatMap(({ document }) => document ?? [])
}

const count = async (
  place: Place,
  structured: (root: string) => object,
  options: CallOptions,
): Promise<number> => {
  const replies = await place.connection.stream<CountReply>(
    'runAggregationQuery',
    ({ root }) => ({
      parent: root,
      structuredAggregationQuery: {
        structuredQuery: structured(root),
        aggregations: [{ alias: 'all', count: {} }],
      },
    }),
    options,
  )
  const found = replies.find(({ result }) => result?.aggregateFields?.['all'] !== undefined)
  return Number(found?.result?.aggregateFields?.['all']?.integerValue ?? 0)
}

/**
 * Reads one page of a query, or counts. One record more than asked for is read: `next` is given only when
 * a further record matches. No filter is sent to Firestore: core evaluates those, except constants.
 * @throws `MISCONFIGURED` when records written before the index was declared may lack their place in it.
 */
export const readPage = async (
  place: Place,
  collection: Collection,
  request: QueryRequest,
  options: CallOptions,
): Promise<QueryPage> => {
  const nothing: QueryPage = request.count ? { records: [], count: 0 } : { records: [] }
  if (request.filter !== undefined && evaluate(request.filter, {}) !== true) return nothing
  if (request.index !== undefined)
    await checkIndexed(place, collection, request.index.name, options)
  const path = await pathOf(place, collection, request, options)
  if (path === undefined) return nothing
  const structured = (root: string): object => structuredOf(collection, request, path, root)
  if (request.count) return { records: [], count: await count(place, structured, options) }
  const { limit } = request
  const documents = await readAll(place, structured, limit + 1, options)
  const records: StoredRecord[] = documents.map((document) => collection.read(document))
  if (records.length <= limit) return { records }
  records.length = limit
  const order = orderFields(collection.entity, request.index, request.partition === undefined)
  return { records, next: positionOf(order, records[limit - 1]?.value ?? {}) }
}
