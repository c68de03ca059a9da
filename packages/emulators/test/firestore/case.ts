import type { CollectionReference, DocumentReference, Firestore, v1 } from '@google-cloud/firestore'

/** The client that has one method for each of the protocol. */
export type LowLevelClient = InstanceType<typeof v1.FirestoreClient>

/** What a check works with. Its documents lie below one of its own, so that checks do not meet. */
export interface Context {
  db: Firestore
  /** The vendor's client one level lower: one method for each of the protocol. */
  low: LowLevelClient
  /** A document that nobody else uses; it does not exist. */
  root: DocumentReference
  /** A collection below it, with the indexes of `firestore.indexes.json`. */
  items: CollectionReference
  /** The full names of the database and of `items`, as the protocol has them. */
  database: string
  parent: string
}

/** One check of how Firestore behaves, on whatever answers to its client. */
export interface Check {
  name: string
  run: (context: Context) => Promise<void>
  /** Why Google's emulator is known to answer otherwise. The check must fail there, and is looked at when it passes. */
  unlikeGoogle?: string
}

/** What a call was refused with: its gRPC code and words. @throws Error when it was not refused */
export const refusal = async (
  call: Promise<unknown>,
): Promise<{ code: number; details: string }> => {
  try {
    await call
  } catch (error) {
    const { code, details = '', message = '' } = error as Record<string, never>
    return { code: Number(code), details: String(details === '' ? message : details) }
  }
  throw new Error('It was not refused.')
}

/** gRPC's codes, as the service uses them. */
export const code = {
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  alreadyExists: 6,
  resourceExhausted: 8,
  failedPrecondition: 9,
  aborted: 10,
  unimplemented: 12,
  unavailable: 14,
}
