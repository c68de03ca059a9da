import { type ChangeDriver, HoldfastError, type SegmentDriver } from '@holdfast/core/driver'
import { Connection } from './connection.ts'
import { makeDriver } from './driver.ts'
import type { FirestoreOptions } from './options.ts'

export type { FirestoreClient, FirestoreOptions } from './options.ts'

/**
 * A store in Google Cloud Firestore, in Native mode. Loads the vendor's client, and connects, on the first
 * call.
 * @throws `MISCONFIGURED` for a `collectionPrefix` that no name of a collection may have.
 */
export const firestore = (options: FirestoreOptions = {}): ChangeDriver & SegmentDriver => {
  const { collectionPrefix = '', changes = true, indexFile } = options
  if (collectionPrefix.includes('/') || collectionPrefix.startsWith('__'))
    throw new HoldfastError(
      'MISCONFIGURED',
      'collectionPrefix must not hold a / or begin with __: Firestore has no such collections.',
    )
  return makeDriver({
    connection: new Connection(options),
    collectionPrefix,
    followed: changes,
    indexFile,
  })
}
