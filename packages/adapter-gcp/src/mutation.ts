import { laneOf, type PatchWrite, type Write } from '@holdfast/core/driver'
import type { Collection, Document } from './collection.ts'
import { idOf } from './key-values.ts'
import { deletedCollection, fieldPath, HISTORY, KEY, UNTIL, VERSION } from './names.ts'
import { encodeDate, type Fields, type Timestamp } from './value.ts'

/** What must hold of a document when it is written. */
export type Precondition = { readonly exists: boolean } | { readonly updateTime: Timestamp }

/** One write as Firestore's protocol has it. */
export interface Mutation {
  readonly update?: { readonly name: string; readonly fields: Fields }
  readonly updateMask?: { readonly fieldPaths: readonly string[] }
  readonly delete?: string
  readonly currentDocument?: Precondition
}

/** Name of a document, given the path of all documents. */
export const nameOf = (root: string, collection: string, id: string): string =>
  `${root}/${collection}/${id}`

/** A document as it was read: of exactly this state, or none. */
export const pinned = (read: Document | undefined): Precondition =>
  read?.updateTime === undefined || read.updateTime === null
    ? { exists: read !== undefined }
    : { updateTime: read.updateTime }

const MASKS = new WeakMap<Collection, Map<string, readonly string[]>>()

/** Paths of what a put changes in a record that is there: other programs' fields stay, and other lanes. */
const maskOf = (collection: Collection, lane: string): readonly string[] => {
  let masks = MASKS.get(collection)
  if (masks === undefined) MASKS.set(collection, (masks = new Map()))
  let mask = masks.get(lane)
  if (mask === undefined) masks.set(lane, (mask = [...collection.paths, `${HISTORY}.${lane}`]))
  return mask
}

/** How long a delete is told of: a feed that stood still for a day must find it. */
export const DELETED_FOR_MS: number = 48 * 60 * 60 * 1000

/** The note that a record was deleted, for the change feed. */
const deletion = (collection: Collection, root: string, { key, id }: Write): Mutation => {
  const { partition, sort } = collection.entity.key
  const value = Object.fromEntries([...partition, ...sort].map((name, at) => [name, key[at]]))
  const fields: Fields = {
    [VERSION]: { stringValue: id },
    [UNTIL]: encodeDate(new Date(Date.now() + DELETED_FOR_MS)),
  }
  for (const name of Object.keys(value)) {
    const one = collection.encode(collection.column(name), value)
    if (one !== undefined) fields[name] = one
  }
  return { update: { name: nameOf(root, deletedCollection(collection.id), idOf(key)), fields } }
}

/** The parts of one write: the record before and after, as far as they are known. */
export interface Change {
  readonly collection: Collection
  /** Path of all documents of the database. */
  readonly root: string
  readonly write: Write
  /** The record afterwards. Not for deletes. */
  readonly next?: Readonly<Record<string, unknown>> | undefined
}

/** The fields that a patch names, and those of Holdfast. */
const patchOf = (
  collection: Collection,
  write: PatchWrite,
  all: Fields,
): NonNullable<Mutation['updateMask']> => {
  const changed = [
    ...Object.keys(write.set),
    ...write.remove,
    ...Object.keys(write.increment),
    ...collection.indexes.map(({ field }) => field),
    KEY,
    VERSION,
  ]
  const kept = new Set([...changed, HISTORY])
  for (const name of Object.keys(all)) if (!kept.has(name)) delete all[name]
  return { fieldPaths: [...changed.map(fieldPath), `${HISTORY}.${laneOf(write.id)}`] }
}

/** The writes to documents that one write takes, without those of unique values. Never for a `check`. */
export const mutationsOf = (
  { collection, root, write, next }: Change,
  currentDocument: Precondition,
): readonly Mutation[] => {
  const name = nameOf(root, collection.id, idOf(write.key))
  if (next === undefined) {
    const removal: Mutation = { delete: name, currentDocument }
    return collection.isFollowed ? [removal, deletion(collection, root, write)] : [removal]
  }
  const fields = collection.fields(write.key, next, write.id)
  const isNew = 'exists' in currentDocument && !currentDocument.exists
  const update = { name, fields }
  if (isNew) return [{ update, currentDocument }]
  const updateMask =
    write.kind === 'patch'
      ? patchOf(collection, write, fields)
      : { fieldPaths: maskOf(collection, laneOf(write.id)) }
  return [{ update, updateMask, currentDocument }]
}
