/**
 * The part of a `Firestore` that is named here. Written out so that the types of Google's packages are
 * not asked of those who use another store. Give an instance of `Firestore`, of version 8 or 9.
 */
export interface FirestoreClient {
  /** Tells a `Firestore` from other things; never called. */
  collection(path: string): unknown
  /** Ends all connections. Only called on a client of our own. */
  terminate(): Promise<void>
}

/** Options of `firestore`. */
export interface FirestoreOptions {
  /**
   * A `Firestore` of yours, which `close` leaves open. Its connections and credentials are used, none of
   * its retries: a write is sent once, whatever its settings say. Default: a client of our own, with the
   * credentials that it finds where it always looks.
   */
  readonly client?: FirestoreClient
  /** Project of a client of our own. Without it, the client looks where it always does. */
  readonly projectId?: string
  /** Database of a client of our own. Default `(default)`. */
  readonly databaseId?: string
  /**
   * Host and port of an emulator, such as `127.0.0.1:8080`, spoken to without encryption. Own client
   * only. `FIRESTORE_EMULATOR_HOST`, which the client reads itself, goes before it.
   */
  readonly emulatorHost?: string
  /** What the names of all collections begin with. Default: nothing. No `/`, and not `__` first. */
  readonly collectionPrefix?: string
  /** When a read by key or a write without answer is given up, in milliseconds. Default 10 000. */
  readonly requestTimeoutMs?: number
  /** When a query without answer is given up, in milliseconds. Default 60 000. */
  readonly queryTimeoutMs?: number
  /**
   * Whose changes can be read: those of all groups of entities (default), of none, or of the groups
   * named. Each delete of theirs leaves a note for 48 hours, which is one more write.
   */
  readonly changes?: boolean | readonly string[]
  /**
   * File in which `ensureSchema` keeps the index configuration, such as `firestore.indexes.json`; a plan
   * says what it lacks. What it says of other collections stays. Default: none is written.
   */
  readonly indexFile?: string
}
