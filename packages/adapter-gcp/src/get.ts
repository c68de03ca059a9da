import type { CallOptions, GetOptions, Key, StoredRecord } from '@holdfast/core/driver'
import type { Collection, Document } from './collection.ts'
import { idOf } from './key-values.ts'
import { nameOf } from './mutation.ts'
import type { Place } from './place.ts'

interface Found {
  readonly found?: Document | null
}

interface ReadOptions {
  /** The transaction that it is part of, which then holds what it read. */
  readonly transaction?: Uint8Array | undefined
  /** Only these fields. Default: all. */
  readonly paths?: readonly string[]
}

/** Documents by their names, all as they were at one moment; what is missing is left out. */
export const readDocuments = async (
  { connection }: Place,
  names: readonly string[],
  options: CallOptions,
  { transaction, paths }: ReadOptions = {},
): Promise<ReadonlyMap<string, Document>> => {
  const replies = await connection.stream<Found>(
    'batchGetDocuments',
    ({ database }) => ({
      database,
      documents: names,
      ...(paths === undefined ? {} : { mask: { fieldPaths: paths } }),
      ...(transaction === undefined ? {} : { transaction }),
    }),
    options,
  )
  return new Map(
    replies.flatMap(({ found }) =>
      found?.name === undefined || found.name === null ? [] : [[found.name, found]],
    ),
  )
}

/** Reads records by their keys: one answer per key, in order. */
export const getRecords = async (
  place: Place,
  collection: Collection,
  keys: readonly Key[],
  options: GetOptions,
): Promise<readonly (StoredRecord | undefined)[]> => {
  const { root } = await place.connection.open()
  const names = keys.map((key) => nameOf(root, collection.id, idOf(key)))
  const history = options.history === true
  const documents = await readDocuments(
    place,
    names,
    options,
    history ? {} : { paths: collection.readPaths },
  )
  return names.map((name) => {
    const document = documents.get(name)
    if (document === undefined) return undefined
    const record = collection.read(document, history)
    place.seen.note(name, record.version, document.updateTime)
    return record
  })
}
