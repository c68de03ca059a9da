import { isCandidate, runQuery } from '../query/run.ts'
import type { Change, Storage } from '../storage.ts'
import type { Scan, Transaction } from './transaction.ts'

const touches = ({ name, before, after }: Change, { documents, scans }: Transaction): boolean =>
  documents.has(name) ||
  scans.some(
    ({ query }) =>
      (before !== undefined && isCandidate(before, query)) ||
      (after !== undefined && isCandidate(after, query)),
  )

/** Whether a transaction's locks stand in the way of changes: it has read what they change, or would have found it. */
export const isLocked = (changes: readonly Change[], holder: Transaction): boolean =>
  changes.some((change) => change.before !== change.after && touches(change, holder))

const isStale = (storage: Storage, { query, found }: Scan): boolean => {
  const now = runQuery(storage, query)
  return (
    now.length !== found.size || now.some(({ name, updateTime }) => found.get(name) !== updateTime)
  )
}

/** Whether anything that a transaction has read is no longer as it was. */
export const hasChanged = (storage: Storage, { documents, scans }: Transaction): boolean =>
  [...documents].some(([name, time]) => storage.get(name)?.updateTime !== time) ||
  scans.some((scan) => isStale(storage, scan))
