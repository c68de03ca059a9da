import type { CallOptions, GetOptions, Key, StoredRecord } from '@holdfast/core/driver'
import type { Collection, Document } from './collection.ts'
import { idOf } from './key-values.ts'
import { nameOf } from './mutation.ts'
import type { Place } from './place.ts'

interface Found {
  readonly found?: Document | null
  readonly missing?: string | null
  readonly transaction?: Uint8Array | null
}

/** Documents by their names, and the transaction they were read in. */
export interface ReadDocuments {
  readonly documents: ReadonlyMap<string, Document>
  readonly transaction: Uint8Array | undefined
}

/** What a read is part of: nothing, a transaction that it begins, or one that has begun. */
export type Within = 'nothing' | 'new transaction' | Uint8Array

interface ReadOptions {
  readonly within?: Within
  /** Only these fields. Default: all. */
  readonly paths?: readonly string[]
}

const withinOf = (within: Within): object => {
  if (within === 'nothing') return {}
  return within === 'new transaction'
    ? { newTransaction: { readWrite: {} } }
    : { transaction: within }
}

/** Documents as they are now; what is missing is left out. */
export const readDocuments = async (
  { connection }: Place,
  names: readonly string[],
  options: CallOptions,
  { within = 'nothing', paths }: ReadOptions = {},
): Promise<ReadDocuments> => {
  const replies = await connection.stream<Found>(
    'batchGetDocuments',
    ({ database }) => ({
      database,
      documents: names,
      ...(paths === undefined ? {} : { mask: { fieldPaths: paths } }),
      ...withinOf(within),
    }),
    options,
  )
  const documents = new Map<string, Document>()
  let transaction: Uint8Array | undefined
  for (const reply of replies) {
    const { found, transaction: begun } = reply
    if (found?.name !== undefined && found.name !== null) documents.set(found.name, found)
    if (begun !== undefined && begun !== null && begun.length > 0) transaction = begun
  }
  return { documents, transaction }
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
  const { documents } = await readDocuments(
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
