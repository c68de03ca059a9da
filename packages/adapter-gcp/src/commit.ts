import {
  type CallOptions,
  type StoredRecord,
  valueAfter,
  type Write,
  type WriteResult,
} from '@holdfast/core/driver'
import type { Collection, Document } from './collection.ts'
import { idOf } from './key-values.ts'
import { type Mutation, mutationsOf, nameOf } from './mutation.ts'
import type { Place } from './place.ts'
import { claimsOf, creationsOf, hasClaims } from './unique.ts'

/** Whether a write asks only that there be no record. */
export const isCreation = (write: Write): boolean =>
  write.kind === 'put' && write.expect === 'absent' && write.version === undefined

/** Carries out all or nothing. */
export const commit = async (
  { connection }: Place,
  writes: readonly Mutation[],
  options: CallOptions,
  transaction?: Uint8Array,
): Promise<void> => {
  await connection.call(
    'commit',
    ({ database }) => ({
      database,
      writes,
      ...(transaction === undefined ? {} : { transaction }),
    }),
    options,
    'unknown',
  )
}

/** The record in a document that was read, or none. */
export const held = (
  collection: Collection,
  document: Document | undefined,
): StoredRecord | undefined =>
  document === undefined ? undefined : collection.read(document, true)

/**
 * A write as far as it can be sent without a read: a creation, or one on a version that was read before.
 * Firestore knows two conditions only, that a document is not there and when it was last updated.
 */
export const unread = (
  place: Place,
  collection: Collection,
  root: string,
  write: Write,
): readonly Mutation[] | undefined => {
  const change = { collection, root, write, next: valueAfter(write, undefined) }
  if (isCreation(write) && write.kind === 'put') {
    const claims = claimsOf(collection, root, write.key, write.value)
    return [...mutationsOf(change, { exists: false }), ...creationsOf(claims)]
  }
  const { version, condition, id, kind } = write
  if (version === undefined || version >= id || condition !== undefined) return undefined
  if (kind === 'patch' || kind === 'check' || hasClaims(collection, write)) return undefined
  const updateTime = place.seen.timeOf(nameOf(root, collection.id, idOf(write.key)), version)
  return updateTime === undefined ? undefined : mutationsOf(change, { updateTime })
}

/** What a write that was applied tells: after a patch the new state, after a delete the old one. */
export const applied = (
  collection: Collection,
  write: Write,
  before: StoredRecord | undefined,
): WriteResult => {
  if (write.kind === 'delete' && before !== undefined)
    return { applied: true, record: { value: before.value, version: before.version } }
  if (write.kind !== 'patch') return { applied: true }
  const value = collection.read({
    fields: collection.fields(write.key, valueAfter(write, before?.value) ?? {}, write.id),
  })
  return { applied: true, record: value }
}
