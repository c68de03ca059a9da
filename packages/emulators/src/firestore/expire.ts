import type { Committer } from './committer.ts'
import { Failure } from './failure.ts'
import { parsePath, valueAt } from './field-path.ts'
import { databaseOf, idOf } from './names.ts'
import type { Storage, Stored } from './storage.ts'
import { toMicros, toTimestamp } from './time.ts'
import type { Precondition } from './wire/document.ts'

/** The field of a collection group that says when a document may go. */
export interface Expiry {
  collectionGroup: string
  fieldPath: string
}

// Only a timestamp counts. https://firebase.google.com/docs/firestore/ttl
const isOver = ({ fields }: Stored, fieldPath: string, now: bigint): boolean => {
  const value = valueAt(fields, parsePath(fieldPath))
  return value?.valueType === 'timestampValue' && toMicros(value.timestampValue) <= now
}

const overdue = (storage: Storage, { collectionGroup, fieldPath }: Expiry, now: bigint): Stored[] =>
  [...storage.collections()]
    .filter((collection) => idOf(collection) === collectionGroup)
    .flatMap((collection) => [...storage.documents(collection)])
    .filter((document) => isOver(document, fieldPath, now))

// Unless it has been written in the meantime.
const remove = async (committer: Committer, { name, updateTime }: Stored): Promise<boolean> => {
  const currentDocument: Precondition = {
    conditionType: 'updateTime',
    updateTime: toTimestamp(updateTime),
  }
  const write = {
    operation: 'delete' as const,
    delete: name,
    updateMask: null,
    updateTransforms: [],
    currentDocument,
  }
  try {
    const writer = { transaction: undefined, isGone: () => false }
    await committer.commit(databaseOf(name) ?? '', [write], writer)
    return true
  } catch (error) {
    if (error instanceof Failure) return false
    throw error
  }
}

/** Deletes the documents whose time has passed, and says how many. */
export const expireDocuments = async (
  { storage, committer }: { storage: Storage; committer: Committer },
  expiries: readonly Expiry[],
  nowMs: number,
): Promise<number> => {
  const now = BigInt(Math.floor(nowMs * 1000))
  const due = expiries.flatMap((expiry) => overdue(storage, expiry, now))
  const removed = await Promise.all(due.map((document) => remove(committer, document)))
  return removed.filter(Boolean).length
}
