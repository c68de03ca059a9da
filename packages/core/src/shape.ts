/** How a field is stored. One explicit structure that a table writer or a file writer can read. */
export type Kind =
  | 'string'
  | 'integer'
  | 'number'
  | 'bigint'
  | 'decimal'
  | 'boolean'
  | 'date'
  | 'bytes'
  | 'array'
  | 'object'
  | 'json'

/** A record as a plain object. */
export type Fields = Record<string, unknown>

/** One stored field. */
export interface FieldModel {
  readonly name: string
  readonly kind: Kind
  /** Whether a record may lack the field or hold null. `true` unless the schema rules it out. */
  readonly optional: boolean
}

/** One declared index. */
export interface IndexModel {
  readonly name: string
  readonly partition: readonly string[]
  readonly sort: readonly string[]
  readonly unique: boolean
}

/** An entity as plain data: what a driver knows of it. The same object for the life of a store. */
export interface EntityModel {
  readonly name: string
  /** Entities of one group share physical placement. */
  readonly group: string
  /** Stored fields by name, in declared order, without the version field. */
  readonly fields: Readonly<Record<string, FieldModel>>
  readonly key: { readonly partition: readonly string[]; readonly sort: readonly string[] }
  readonly indexes: Readonly<Record<string, IndexModel>>
  readonly version: string | undefined
  readonly expiresAt: string | undefined
  readonly sensitive: readonly string[]
}
