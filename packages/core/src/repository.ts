import type { BulkResult } from './bulk.ts'
import type { ChangeCounts } from './change-where.ts'
import type { CallOptions } from './driver.ts'
import type { EntityTypes } from './entity.ts'
import type { PatchOperator } from './patch-operators.ts'
import type { Explanation } from './plan.ts'
import type { Where } from './where.ts'

/** A record as an actor gets it: sensitive fields are there only where a rule reveals them. */
export type Row<T extends EntityTypes> = [T['sensitive']] extends [never]
  ? T['row']
  : Omit<T['row'], T['sensitive']> & { [K in T['sensitive'] & keyof T['row']]?: T['row'][K] }

/** A record with the selected fields, or with all when none are. */
export type Selected<T extends EntityTypes, Field extends keyof T['row']> = [Field] extends [never]
  ? Row<T>
  : Pick<Row<T>, Field & keyof Row<T>>

/** A record's key. */
export type KeyOf<T extends EntityTypes> = {
  readonly [K in T['key'] & keyof T['row']]: T['row'][K]
}

/** What `create` and `put` take: the schema's input without the version field. */
export type InputOf<T extends EntityTypes> = [T['version']] extends [never]
  ? T['input']
  : Omit<T['input'], T['version']>

/** Changes of single fields: values, or `increment`, `append`, `remove`. */
export type PatchOf<T extends EntityTypes> = {
  readonly [K in Exclude<keyof T['row'], T['key'] | T['version']>]?:
    | T['row'][K]
    | PatchOperator<NonNullable<T['row'][K]>>
}

/** Options of `get` and `getMany`. */
export interface ReadOptions extends CallOptions {
  /** Default `'strong'`. */
  readonly consistency?: 'strong' | 'eventual'
}

/** Conditions of `update` and `delete`, checked by the store in the write itself. */
export interface WriteConditions<T extends EntityTypes> extends CallOptions {
  /** The version last read. @throws `VERSION_CONFLICT` */
  readonly ifVersion?: string
  /** What must hold of the stored record. @throws `CONDITION_FAILED` */
  readonly if?: Where<T['row']>
}

/** Which records a query is about. Served by the key or a declared index, or refused. */
export interface Selection<T extends EntityTypes> extends CallOptions {
  readonly where?: Where<T['row']>
  /** Use this index. Default: the key or index that narrows most, the key first. */
  readonly index?: T['index']
  /** Permit reading all records where no key or index serves. */
  readonly scan?: boolean
  /** `'strong'` is refused where the store's indexes lag. Default: as strong as the path allows. */
  readonly consistency?: 'strong' | 'eventual'
  /** Most records read for the result when core must filter. Default 10 000. */
  readonly maxScanned?: number
}

/** A query. */
export interface Query<
  T extends EntityTypes,
  Field extends keyof T['row'] = keyof T['row'],
> extends Selection<T> {
  /** Direction along the chosen key or index. Default `'asc'`. */
  readonly orderBy?: 'asc' | 'desc'
  /** Records per page, 1 to 1000. Default 100. */
  readonly limit?: number
  /** Goes on behind the page that returned it. */
  readonly cursor?: string
  /** Fields to return. Default: all. */
  readonly select?: readonly Field[]
}

/** One page. Without `cursor` it is the last. */
export interface Page<R> {
  readonly items: R[]
  readonly cursor?: string
}

/** One change, from `changes`. */
export interface Change<T extends EntityTypes> {
  readonly type: 'upsert' | 'delete'
  readonly key: KeyOf<T>
  readonly record?: T['row']
  readonly cursor: string
}

/** Role-scoped access to one entity. Every method throws `HoldfastError` only. */
export interface Repository<T extends EntityTypes> {
  /** The record, or `undefined` when it is missing or not readable, which cannot be told apart. */
  get(key: KeyOf<T>, options?: ReadOptions): Promise<Row<T> | undefined>
  /** The same for many keys, in their order; duplicates allowed, any length. */
  getMany(keys: readonly KeyOf<T>[], options?: ReadOptions): Promise<(Row<T> | undefined)[]>
  /**
   * One page in the order of the key or index. Exactly `limit` records unless the end is reached or
   * `maxScanned` ran out, then with a cursor to go on.
   * @throws `INVALID` when no key or index serves; `LIMIT_EXCEEDED` with `error.cursor` when
   * `maxScanned` records held no match; `FORBIDDEN` for a sensitive field no rule reveals.
   */
  find<Field extends keyof T['row'] = never>(
    query?: Query<T, Field>,
  ): Promise<Page<Selected<T, Field>>>
  /** All matching records, `limit` at a time, in constant memory. */
  each<Field extends keyof T['row'] = never>(
    query?: Query<T, Field>,
  ): AsyncIterable<Selected<T, Field>>
  /** How many records match and may be read. Reads them all where the store cannot count exactly. */
  count(query?: Selection<T>): Promise<number>
  /** How a query would be answered, or why it is refused. No I/O, no values. */
  explain(query?: Query<T>): Explanation
  /** How an update with this patch would run. No I/O. */
  explainUpdate(
    patch: PatchOf<T>,
  ): Promise<'one conditional write' | 'read, then write on the version read'>
  /** Never overwrites. @throws `ALREADY_EXISTS`, `FORBIDDEN`, `INVALID`, `LIMIT_EXCEEDED` */
  create(input: InputOf<T>, options?: CallOptions): Promise<Row<T>>
  /** Creates or overwrites, deliberately; hidden sensitive fields are kept. @throws `FORBIDDEN`, `INVALID`, `LIMIT_EXCEEDED` */
  put(input: InputOf<T>, options?: CallOptions): Promise<Row<T>>
  /** Changes some fields and returns the new record. @throws `NOT_FOUND`, `FORBIDDEN`, `VERSION_CONFLICT`, `CONDITION_FAILED`, `INVALID` */
  update(key: KeyOf<T>, patch: PatchOf<T>, options?: WriteConditions<T>): Promise<Row<T>>
  /**
   * Deletes and returns the record, or `undefined` when there was none. Of many concurrent callers
   * with `if`, exactly one gets the record. @throws `FORBIDDEN`, `VERSION_CONFLICT`, `CONDITION_FAILED`
   */
  delete(key: KeyOf<T>, options?: WriteConditions<T>): Promise<Row<T> | undefined>
  /** Any length; one outcome per item, in order; never all-or-nothing. */
  createMany(inputs: readonly InputOf<T>[], options?: CallOptions): Promise<BulkResult<Row<T>>[]>
  /** Any length; one outcome per item, in order; never all-or-nothing. */
  putMany(inputs: readonly InputOf<T>[], options?: CallOptions): Promise<BulkResult<Row<T>>[]>
  /** Any length; one outcome per item, in order; never all-or-nothing. */
  deleteMany(
    keys: readonly KeyOf<T>[],
    options?: CallOptions,
  ): Promise<BulkResult<Row<T> | undefined>[]>
  /** Updates every match, each by its own conditional write, and counts those that a rule refuses. `where` must not be empty. @throws `FORBIDDEN` when no rule allows any update */
  updateWhere(query: Selection<T>, patch: PatchOf<T>): Promise<ChangeCounts>
  /** Deletes every match, each by its own conditional delete, and counts those that a rule refuses. `where` must not be empty. @throws `FORBIDDEN` when no rule allows any delete */
  deleteWhere(query: Selection<T>): Promise<ChangeCounts>
}

/** A repository without policies, with the change feed. */
export interface UnrestrictedRepository<T extends EntityTypes> extends Repository<T> {
  /**
   * Changes at least once, in order per key, deletes included, until the signal aborts.
   * @throws `UNSUPPORTED` where the store has no feed; `CURSOR_EXPIRED` when `from` is too old.
   */
  changes(options?: CallOptions & { readonly from?: string }): AsyncIterable<Change<T>>
}

/** What a transaction can do with one entity: as in `Repository`, buffered until the commit. */
export interface TransactionRepository<T extends EntityTypes> {
  /** Strong; the commit fails if the record has changed since. */
  get(key: KeyOf<T>): Promise<Row<T> | undefined>
  /** The same for many keys, in their order. */
  getMany(keys: readonly KeyOf<T>[]): Promise<(Row<T> | undefined)[]>
  /** @throws `ALREADY_EXISTS`, `FORBIDDEN`, `INVALID`, `LIMIT_EXCEEDED` */
  create(input: InputOf<T>): Promise<Row<T>>
  /** @throws `FORBIDDEN`, `INVALID`, `LIMIT_EXCEEDED` */
  put(input: InputOf<T>): Promise<Row<T>>
  /** @throws `NOT_FOUND`, `FORBIDDEN`, `VERSION_CONFLICT`, `CONDITION_FAILED`, `INVALID` */
  update(
    key: KeyOf<T>,
    patch: PatchOf<T>,
    options?: Pick<WriteConditions<T>, 'if' | 'ifVersion'>,
  ): Promise<Row<T>>
  /** @throws `FORBIDDEN`, `VERSION_CONFLICT`, `CONDITION_FAILED` */
  delete(
    key: KeyOf<T>,
    options?: Pick<WriteConditions<T>, 'if' | 'ifVersion'>,
  ): Promise<Row<T> | undefined>
}
