import type { Kind } from '@holdfast/core/driver'
import type { Raw, Statement, Task } from '../connection/connection.ts'

/** How a kind is stored. */
export interface ColumnType {
  /** As written in `CREATE TABLE`. */
  readonly declared: string
  /** As the catalog prints it. */
  readonly catalog: string
  readonly collation?: string
  readonly encode: (value: unknown) => Raw
  /** `undefined` where the client's value is the value. */
  readonly decode: ((raw: Raw) => unknown) | undefined
  /** The same when the client gives integers as bigint. */
  readonly decodeBigint?: (raw: Raw) => unknown
}

/** A table as found in the database. */
export interface FoundTable {
  readonly columns: ReadonlyMap<string, { readonly type: string; readonly collation?: string }>
  readonly primaryKey: readonly string[]
  readonly isEmpty: boolean
}

/** An index as found in the database. */
export interface FoundIndex {
  readonly table: string
  readonly columns: readonly string[]
  readonly unique: boolean
}

/** How tables and indexes are looked up and made. */
export interface Catalog {
  /** What to run first, so that two processes do not change the schema at once. */
  readonly lock: readonly string[]
  /** The statement that makes the place for tables, when it is missing. `undefined`: always there. */
  readonly place: (() => Task<string | undefined>) | undefined
  table(name: string): Task<FoundTable | undefined>
  index(name: string): Task<FoundIndex | undefined>
}

/** What differs between SQL databases. Everything else is written once. */
export interface Dialect {
  readonly types: Readonly<Record<Kind, ColumnType>>
  /** Ends a `CREATE TABLE`. */
  readonly tableOptions: string
  /** The name of a column or index as the database can hold it, unique among `others`. */
  identifier(name: string, others: readonly string[]): string
  /** The full name of a table or index in statements, quoted. */
  qualify(name: string): string
  /** The parameter at a position, from 1, as a value of a type. */
  bind(position: number, type: string): string
  /** Adds the values of an `in` to the parameters. */
  bindList(params: Raw[], values: readonly Raw[]): void
  /** `column in values`; `next` makes the next parameter. */
  oneOf(column: string, type: string, count: number, next: (type: string) => string): string
  startsWith(column: string, prefix: string): string
  /** Where text first holds another, from 1; 0 when it does not. */
  position(text: string, part: string): string
  truth(value: boolean | undefined): string
  /** Ends a sort term that may be null, so that null is least. */
  nullsLeast(descending: boolean): string
  /** Ends a `SELECT` that holds its rows until the end of the transaction. */
  readonly hold: string
  /** Ends a `SELECT` of rows about to be removed, leaving out those that others hold. */
  readonly claim: string
  /** Whether an absent key must be held against creators by a row made and removed. */
  readonly holdsAbsence: boolean
  /** One parameter holding many values, or `undefined` where there is no such thing. */
  readonly arrays: Arrays | undefined
  /** Whether a failed statement leaves the transaction usable and concerns its own record only. */
  isItemError(error: unknown): boolean
  catalog(run: (text: string) => Statement): Catalog
}

/** Parameters that hold a column of many records. */
export interface Arrays {
  encode(values: readonly Raw[]): Raw
  /** Type of an array of a type. */
  type(element: string): string
}

/** Double-quotes a name. */
export const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`
