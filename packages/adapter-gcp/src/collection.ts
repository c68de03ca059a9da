import {
  type EntityModel,
  HoldfastError,
  type IndexModel,
  type Key,
  type Kind,
  type Scalar,
  type StoredRecord,
} from '@holdfast/core/driver'
import { type Codec, CODECS } from './codec.ts'
import { idOf, partitionText } from './key-values.ts'
import { fieldPath, HISTORY, indexField, KEY, VERSION } from './names.ts'
import { encodeTuple } from '@holdfast/core/driver'
import { type Fields, NULL, type Timestamp, type Value } from './value.ts'

type Row = Readonly<Record<string, unknown>>

/** A document as Firestore's protocol has it. */
export interface Document {
  readonly name?: string | null
  readonly fields?: Readonly<Record<string, Value>> | null
  readonly updateTime?: Timestamp | null
}

/** A field with its codec. */
export interface Column {
  readonly name: string
  readonly kind: Kind
  readonly codec: Codec
  /** Whether plain objects have a member of this name that is not theirs. */
  readonly isInherited: boolean
}

/** A declared index with what it is in Firestore. */
export interface CollectionIndex {
  readonly model: IndexModel
  /** The field that holds a record's place. */
  readonly field: string
  /** All fields that a record must have to be in the index. */
  readonly fields: readonly string[]
}

/** Reads a member that is the object's own. */
const own = (value: Row, { name, isInherited }: Column): unknown =>
  isInherited && !Object.hasOwn(value, name) ? undefined : value[name]

/** An entity made ready for Firestore, once. */
export class Collection {
  readonly entity: EntityModel
  /** Id of the collection. */
  readonly id: string
  readonly columns: readonly Column[]
  readonly indexes: readonly CollectionIndex[]
  readonly unique: readonly CollectionIndex[]
  /** Whether deletes leave a note for the change feed. */
  readonly isFollowed: boolean
  /** Paths of what a read without history asks for: places in indexes would only take time. */
  readonly readPaths: readonly string[]
  /** Paths of all fields that a put decides on, without that of the history. */
  readonly paths: readonly string[]
  readonly #keyKinds: readonly (Kind | undefined)[]
  readonly #byField: ReadonlyMap<string, Column>

  constructor(entity: EntityModel, prefix: string, isFollowed: boolean) {
    this.entity = entity
    this.id = prefix + entity.name
    this.isFollowed = isFollowed
    this.columns = Object.values(entity.fields).map(({ name, kind }) => ({
      name,
      kind,
      codec: CODECS[kind],
      isInherited: name in Object.prototype,
    }))
    this.#byField = new Map(this.columns.map((column) => [column.name, column]))
    this.indexes = Object.values(entity.indexes).map((model) => ({
      model,
      field: indexField(model.name),
      fields: [...model.partition, ...model.sort],
    }))
    this.unique = this.indexes.filter(({ model }) => model.unique)
    this.readPaths = [VERSION, ...this.columns.map(({ name }) => fieldPath(name))]
    this.paths = [
      VERSION,
      KEY,
      ...this.columns.map(({ name }) => fieldPath(name)),
      ...this.indexes.map(({ field }) => fieldPath(field)),
    ]
    const { partition, sort } = entity.key
    this.#keyKinds = [...partition, ...sort].map((name) => entity.fields[name]?.kind)
  }

  /** Kinds of the key's fields, in order. */
  get keyKinds(): readonly (Kind | undefined)[] {
    return this.#keyKinds
  }

  /** @throws `INTERNAL` when there is no such field, which core rules out. */
  column(field: string): Column {
    const column = this.#byField.get(field)
    if (column === undefined)
      throw new HoldfastError('INTERNAL', `${this.entity.name} has no field ${field}.`)
    return column
  }

  /** The value of a field; `undefined` where it is missing. */
  encode(column: Column, value: Row): Value | undefined {
    const one = own(value, column)
    if (one === undefined) return undefined
    return one === null ? NULL : column.codec.encode(one as never)
  }

  /** Where a record stands in an index; `undefined` when it is not in it. */
  place({ model, fields }: CollectionIndex, value: Row): string | undefined {
    for (const field of fields) if (own(value, this.column(field)) === undefined) return undefined
    const partition = model.partition.map((field) => value[field] as Scalar | null)
    // No query asks for null.
    if (partition.includes(null)) return undefined
    return (
      partitionText(partition as Scalar[]) +
      encodeTuple(model.sort.map((field) => value[field] as Scalar | null))
    )
  }

  /** The fields of a record's places in indexes. */
  places(value: Row): Fields {
    const fields: Fields = {}
    for (const index of this.indexes) {
      const place = this.place(index, value)
      if (place !== undefined) fields[index.field] = { stringValue: place }
    }
    return fields
  }

  /** All fields of a record that was written once. */
  fields(key: Key, value: Row, version: string): Fields {
    const id = { stringValue: version }
    const fields: Fields = {
      [VERSION]: id,
      [HISTORY]: { mapValue: { fields: { [version.slice(-1)]: id } } },
      [KEY]: { stringValue: idOf(key) },
    }
    for (const column of this.columns) {
      const one = this.encode(column, value)
      if (one !== undefined) fields[column.name] = one
    }
    return Object.assign(fields, this.places(value))
  }

  /** The record in a document. */
  read({ fields }: Document, history = false): StoredRecord {
    const value: Record<string, unknown> = {}
    const stored = fields ?? {}
    for (const { name, codec, isInherited } of this.columns) {
      if (isInherited && !Object.hasOwn(stored, name)) continue
      const one = stored[name]
      if (one === undefined) continue
      const decoded = 'nullValue' in one ? null : codec.decode(one)
      if (decoded !== undefined) value[name] = decoded
    }
    const version = stored[VERSION]?.stringValue ?? ''
    return history ? { value, version, history: historyOf(stored) } : { value, version }
  }
}

const historyOf = (fields: Readonly<Record<string, Value>>): string =>
  Object.values(fields[HISTORY]?.mapValue?.fields ?? {})
    .map(({ stringValue = '' }) => stringValue)
    .join('')

/** Which groups have their changes read: all, none, or those named. */
export type Followed = boolean | readonly string[]

/** The collections of a driver, made ready when their entities are first used. */
export class Collections {
  readonly prefix: string
  readonly #followed: Followed
  readonly #collections = new WeakMap<EntityModel, Collection>()

  constructor(prefix: string, followed: Followed) {
    this.prefix = prefix
    this.#followed = followed
  }

  of(entity: EntityModel): Collection {
    let collection = this.#collections.get(entity)
    if (collection === undefined) {
      const followed = this.#followed
      const isFollowed = typeof followed === 'boolean' ? followed : followed.includes(entity.group)
      collection = new Collection(entity, this.prefix, isFollowed)
      this.#collections.set(entity, collection)
    }
    return collection
  }
}
