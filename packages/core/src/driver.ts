/**
 * The interface an adapter implements, exported as `@holdfast/core/driver`.
 *
 * Plain data goes in and comes out. Core has checked every argument: keys are complete, values are
 * legal and of their field's kind, limits hold. A driver translates, talks to its vendor once per
 * call, and throws the vendor's raw error; `classify` says what that error means.
 */
import type { Capabilities } from './capabilities.ts'
import type { Decimal } from './decimal.ts'
import type { ErrorCode, Outcome } from './error.ts'
import type { Filter, Leaf } from './filter.ts'
import type { EntityModel, IndexModel } from './shape.ts'

/** A value that can stand in a key, an index or a comparison. */
export type Scalar = string | number | bigint | boolean | Decimal | Date | Uint8Array

/** Values of the partition fields, then of the sort fields, in declared order. */
export type Key = readonly Scalar[]

/**
 * Where a page ends: the values of `orderFields(entity, index)` of its last record. A position need
 * not name a record that still exists.
 */
export type Position = readonly (Scalar | null)[]

/** A record as stored. */
export interface StoredRecord {
  /** The user's fields, without the version field: a fresh plain object that the caller may change. */
  readonly value: Record<string, unknown>
  /** `_v`: id of the write that made this state. */
  readonly version: string
  /**
   * `_h`: the newest id of each of the `LANES`, concatenated in any order, that of `version` included:
   * what `withId` makes of the history before. Only when asked for.
   */
  readonly history?: string
}

/** Options of every call that does I/O. */
export interface CallOptions {
  /** Aborts waiting. A write that may have reached the vendor is then classified `unknown`. */
  readonly signal?: AbortSignal | undefined
}

/** Options of `Driver.get`. */
export interface GetOptions extends CallOptions {
  /** Whether `StoredRecord.history` is wanted. */
  readonly history?: boolean
  /** `'eventual'` permits a cheaper, possibly stale read; a driver may always answer strongly. */
  readonly consistency?: 'strong' | 'eventual'
}

interface WriteBase {
  readonly entity: EntityModel
  readonly key: Key
  /** Becomes `_v`. The write must be refused unless the stored `_v` is absent or less than this. */
  readonly id: string
  /** The stored `_v` must equal this. Implies that the record is present. */
  readonly version?: string | undefined
  /**
   * Must be *true* for the record as stored. With `expect: 'any'` an absent record passes. Every leaf
   * is one that `pushes` accepted.
   */
  readonly condition?: Filter | undefined
}

/** Replaces or creates the whole record. */
export interface PutWrite extends WriteBase {
  readonly kind: 'put'
  readonly expect: 'absent' | 'present' | 'any'
  /** Every field to store; a field not named becomes missing. */
  readonly value: Readonly<Record<string, unknown>>
}

/** Changes some fields of a present record. Never creates one. */
export interface PatchWrite extends WriteBase {
  readonly kind: 'patch'
  readonly expect: 'present'
  readonly set: Readonly<Record<string, unknown>>
  /** Fields that become missing. */
  readonly remove: readonly string[]
  /** Amounts to add, per field of kind `integer` or `bigint`; missing and null count as 0. */
  readonly increment: Readonly<Record<string, number | bigint>>
}

/** Removes a present record. Refused when it is absent. */
export interface DeleteWrite extends WriteBase {
  readonly kind: 'delete'
  readonly expect: 'present'
}

/** Changes nothing: the transaction holds only if the record is absent, or has `version`. */
export interface CheckWrite extends WriteBase {
  readonly kind: 'check'
  readonly expect: 'absent' | 'present'
}

/** One write. `check` occurs in atomic lists only. */
export type Write = PutWrite | PatchWrite | DeleteWrite | CheckWrite

/** What became of one write. */
export type WriteResult =
  | {
      readonly applied: true
      /** After a patch the new state; after a delete the removed one; otherwise not given. */
      readonly record?: StoredRecord
    }
  | {
      readonly applied: false
      /** The record that refused the write (`null`: there is none), where the vendor returns it for nothing. */
      readonly current?: StoredRecord | null
      /** The vendor's error for this item alone, in a list that is not atomic. */
      readonly error?: unknown
    }

/** Options of `Driver.write`. */
export interface WriteOptions extends CallOptions {
  /** All or nothing: when any result is not applied, none is. Otherwise each write stands alone. */
  readonly atomic: boolean
}

/** Bounds of one sort field. At most one lower and one upper bound, or a prefix of a string. */
export interface Range {
  readonly gt?: Scalar
  readonly gte?: Scalar
  readonly lt?: Scalar
  readonly lte?: Scalar
  readonly startsWith?: string
}

/** One page of records along the key or one index. */
export interface QueryRequest {
  readonly entity: EntityModel
  /** `undefined`: along the key. */
  readonly index: IndexModel | undefined
  /** Values of all partition fields. `undefined`: all records, in any order that `after` can resume. */
  readonly partition: readonly Scalar[] | undefined
  /**
   * Only the records of this part of all: one of `SegmentDriver.segments`, never with `partition`. What
   * is no name of one is refused as `INVALID` before any I/O: it must not look like an empty part.
   */
  readonly segment?: string
  /** Equality on the leading sort fields. */
  readonly prefix: readonly Scalar[]
  /** Bounds of the sort field that follows `prefix`. */
  readonly range: Range | undefined
  readonly descending: boolean
  /** Must be *true*. Every leaf is one that `pushes` accepted. */
  readonly filter: Filter | undefined
  /** Start behind this position. */
  readonly after: Position | undefined
  /** Most records to return, 1 or more. */
  readonly limit: number
  /** Return `count` instead of records. */
  readonly count: boolean
  /** `'eventual'` permits a cheaper, possibly stale read. */
  readonly consistency: 'strong' | 'eventual'
}

/** One page. Fewer records than `limit`, even none, do not mean the end; a missing `next` does. */
export interface QueryPage {
  readonly records: readonly StoredRecord[]
  /** Where the next page starts. Given whenever there may be more. */
  readonly next?: Position | undefined
  /** Number of matching records on this page of a counting query. */
  readonly count?: number
}

/** What a vendor error means. */
export interface Classification {
  readonly code: ErrorCode
  /** Whether repeating the same call may succeed. */
  readonly retryable: boolean
  /** For a write: whether it may have been applied. */
  readonly outcome: Outcome
  /** The vendor's own wish, in milliseconds. */
  readonly retryAfterMs?: number | undefined
}

/** One change a store needs before an entity fits. */
export interface SchemaStep {
  readonly entity: string
  /** What is done, in the vendor's own terms, for people and logs. */
  readonly description: string
}

/** Making and checking tables and indexes. */
export interface SchemaDriver {
  /** What `apply` would do. @throws `MISCONFIGURED` when something exists that does not fit, saying how. */
  plan(entities: readonly EntityModel[], options?: CallOptions): Promise<readonly SchemaStep[]>
  /** Creates and extends; never drops or rewrites. Safe to run twice and from two processes. */
  apply(entities: readonly EntityModel[], options?: CallOptions): Promise<readonly SchemaStep[]>
}

/** The whole promise of an adapter: ten members, all required. */
export interface Driver {
  /** The service in lower case, for messages and traces. Never branched on. */
  readonly name: string
  readonly capabilities: Capabilities
  /**
   * Whether this leaf can be pushed down with exactly the meaning of core's evaluator. Pure and
   * cheap. Constants (`op: 'const'`) and `and`, `or`, `not` over pushed leaves are always expected.
   */
  pushes(entity: EntityModel, leaf: Leaf): boolean
  /** One answer per key, in order; `undefined` where there is no record. Keys are distinct. */
  get(
    entity: EntityModel,
    keys: readonly Key[],
    options: GetOptions,
  ): Promise<readonly (StoredRecord | undefined)[]>
  /** One result per write, in order. Throws only when nothing can be said of a single write. */
  write(writes: readonly Write[], options: WriteOptions): Promise<readonly WriteResult[]>
  query(request: QueryRequest, options: CallOptions): Promise<QueryPage>
  /** Pure. Also sees errors that are not the vendor's. */
  classify(error: unknown): Classification
  readonly schema: SchemaDriver
  /** The vendor's client, once it exists. */
  native(): unknown
  /** Idempotent. Closes only what the driver itself opened. */
  close(): Promise<void>
}

/** A driver whose `capabilities.physicalExpiry` is `'sweeper'`: expired records stay until swept. */
export interface SweepingDriver extends Driver {
  /** Removes up to `limit` records whose `expiresAt` is at or before `now`; returns how many. */
  sweep(entity: EntityModel, now: Date, limit: number, options: CallOptions): Promise<number>
}

/** A driver whose `capabilities.segments` is `'many'`. */
export interface SegmentDriver extends Driver {
  /**
   * Names of `count` parts that together hold all records of an entity, each record in one of them for
   * ever. Workers read them side by side, each by `query`, and go on behind a position after a restart.
   * Records that have expired are among them while they take space: it is for copying. A record that is
   * there throughout is read exactly once, whatever is written meanwhile to it or to others.
   * Pure; the names last. Throws `INVALID` for a count that the store does not know.
   */
  segments(entity: EntityModel, count: number): readonly string[]
}

/** One change, as a driver reports it. */
export interface StoredChange {
  readonly type: 'upsert' | 'delete'
  readonly key: Key
  readonly record?: StoredRecord
  /** Opaque to core; resumes behind this change. */
  readonly position: string
}

/** A driver whose `capabilities.changes` is not `'none'`. */
export interface ChangeDriver extends Driver {
  /** At least once, in order per key, from `from` or from the oldest kept change. Ends only on abort. */
  changes(
    entity: EntityModel,
    from: string | undefined,
    options: CallOptions,
  ): AsyncIterable<StoredChange>
}

export { orderFields, keyOf, positionOf, prefixEnd, withSignal } from './driver-helpers.ts'
export { insist, pause, writeApart } from './driver-calls.ts'
export { refuses, valueAfter } from './driver-writes.ts'
export { compareDefinition, definitionText } from './definition.ts'
export type { Difference } from './definition.ts'
export { LANES, laneOf, VERSION_LENGTH, withId } from './version.ts'
export { HoldfastError, isHoldfastError } from './error.ts'
export type { ErrorCode, Outcome } from './error.ts'
export type { Capabilities } from './capabilities.ts'
export type { EntityModel, FieldModel, IndexModel, Kind } from './shape.ts'
export { evaluate, compareScalars } from './filter.ts'
export type { Filter, Leaf, Truth } from './filter.ts'
export { Decimal } from './decimal.ts'
export { encodeTuple, encodeNumber, decodeNumber } from './tuple.ts'
export { encodeKeyText } from './key-text.ts'
export { textBounds } from './text-bounds.ts'
export type { TextBounds } from './text-bounds.ts'
