import {
  type EntityModel,
  HoldfastError,
  type IndexModel,
  type Key,
  type Kind,
  orderFields,
  type Scalar,
  type StoredRecord,
} from '@holdfast/core/driver'
import { type Codec, CODECS } from './codec.ts'
import { AttributeNames, MAX_EXPRESSION } from './expression.ts'
import { partitionText, sortText } from './key-values.ts'
import {
  ENTITY,
  EXPIRY,
  HISTORY,
  historyName,
  indexAttributes,
  PARTITION,
  SORT,
  vendorName,
  VERSION,
} from './names.ts'
import { UpdateShapes } from './update-expression.ts'
import { type Attribute, type Item, NULL } from './value.ts'

type Fields = Readonly<Record<string, unknown>>

/** A field with its codec. */
export interface Column {
  readonly name: string
  readonly kind: Kind
  readonly codec: Codec
  readonly isKey: boolean
  readonly optional: boolean
  /** Whether plain objects have a member of this name that is not theirs. */
  readonly isInherited: boolean
}

/** A declared index with what it is in DynamoDB. */
export interface TableIndex {
  readonly model: IndexModel
  /** Name of the global secondary index. */
  readonly name: string
  readonly partition: string
  readonly sort: string
  /** The fields whose values make the sort attribute. */
  readonly order: readonly string[]
  /** All fields that a record must have to be in the index. */
  readonly fields: readonly string[]
}

/** Reads a member that is the object's own. */
const own = (value: Fields, { name, isInherited }: Column): unknown =>
  isInherited && !Object.hasOwn(value, name) ? undefined : value[name]

/** Names of attributes to read, aliased; empty where they would not fit an expression. */
export interface Projection {
  readonly text: string
  readonly names: Readonly<Record<string, string>>
}

const projectionOf = (attributes: readonly string[], names: AttributeNames): Projection => {
  const aliases = attributes.map((name) => names.of(name))
  const text = aliases.join(', ')
  if (text.length > MAX_EXPRESSION) return { text: '', names: {} }
  return {
    text,
    names: Object.fromEntries(aliases.map((alias, at) => [alias, attributes[at] ?? ''])),
  }
}

/** An entity made ready for DynamoDB, once. */
export class Table {
  readonly entity: EntityModel
  /** Name of the table. */
  readonly name: string
  readonly columns: readonly Column[]
  readonly indexes: readonly TableIndex[]
  readonly unique: readonly TableIndex[]
  /** What a read without history asks for: the SDK takes its time for each attribute of an answer. */
  readonly projection: Projection
  readonly names: AttributeNames = new AttributeNames()
  readonly updates: UpdateShapes = new UpdateShapes(this.names)
  /** Names of all attributes that `derived` may give. */
  readonly derivedNames: readonly string[]
  readonly #byField: ReadonlyMap<string, Column>

  constructor(entity: EntityModel, prefix: string) {
    this.entity = entity
    this.name = vendorName(prefix + entity.group)
    const keys = new Set([...entity.key.partition, ...entity.key.sort])
    this.columns = Object.values(entity.fields).map(({ name, kind, optional }) => ({
      name,
      kind,
      codec: CODECS[kind],
      isKey: keys.has(name),
      optional: !keys.has(name) && (optional || kind === 'json'),
      isInherited: name in Object.prototype,
    }))
    this.#byField = new Map(this.columns.map((column) => [column.name, column]))
    this.indexes = Object.values(entity.indexes).map((model) => {
      const [partition, sort] = indexAttributes(model.name)
      const order = orderFields(entity, model, false)
      const fields = [...model.partition, ...model.sort]
      return { model, name: vendorName(model.name), partition, sort, order, fields }
    })
    this.unique = this.indexes.filter(({ model }) => model.unique)
    this.derivedNames = [
      ...this.indexes.flatMap(({ partition, sort }) => [partition, sort]),
      ...(entity.expiresAt === undefined ? [] : [EXPIRY]),
    ]
    this.projection = projectionOf([VERSION, ...this.columns.map(({ name }) => name)], this.names)
  }

  /** @throws `INTERNAL` when there is no such field, which core rules out. */
  column(field: string): Column {
    const column = this.#byField.get(field)
    if (column === undefined)
      throw new HoldfastError('INTERNAL', `${this.entity.name} has no field ${field}.`)
    return column
  }

  /** The attribute of a field; `undefined` where the field is missing. */
  attribute(column: Column, value: Fields): Attribute | undefined {
    const one = own(value, column)
    if (one === undefined) return undefined
    return one === null ? NULL : column.codec.encode(one as never)
  }

  /** The primary key of a record. */
  key(key: Key): Item {
    const { partition } = this.entity.key
    return {
      [PARTITION]: { S: partitionText(this.entity.name, key.slice(0, partition.length)) },
      [SORT]: { S: sortText(key.slice(partition.length)) },
    }
  }

  /** Partition text of values along an index or the key. */
  partition(values: readonly Scalar[]): string {
    return partitionText(this.entity.name, values)
  }

  /** The attributes of a record that others follow from: those of indexes, and when it expires. */
  derived(value: Fields): Item {
    const item: Item = {}
    for (const index of this.indexes) {
      const text = this.indexText(index, value)
      if (text === undefined) continue
      item[index.partition] = { S: text[0] }
      item[index.sort] = { S: text[1] }
    }
    const { expiresAt } = this.entity
    const expiry = expiresAt === undefined ? undefined : value[expiresAt]
    if (expiry instanceof Date) item[EXPIRY] = { N: String(Math.ceil(expiry.getTime() / 1000)) }
    return item
  }

  /** Where a record stands in an index; `undefined` when it is not in it. */
  indexText(
    { model, order, fields }: TableIndex,
    value: Fields,
  ): readonly [string, string] | undefined {
    for (const field of fields) if (own(value, this.column(field)) === undefined) return undefined
    const partition = model.partition.map((field) => value[field] as Scalar | null)
    // No query asks for null.
    if (partition.includes(null)) return undefined
    return [
      this.partition(partition as Scalar[]),
      sortText(order.map((field) => value[field] as Scalar | null)),
    ]
  }

  /** A whole item, with the history of the one it takes the place of. */
  item(key: Key, value: Fields, version: string, before: Item = {}): Item {
    const item = this.key(key)
    item[ENTITY] = { S: this.entity.name }
    item[VERSION] = { S: version }
    for (const name of HISTORY) {
      const last = before[name]
      if (last !== undefined) item[name] = last
    }
    item[historyName(version)] = { S: version }
    for (const column of this.columns) {
      const attribute = this.attribute(column, value)
      if (attribute !== undefined) item[column.name] = attribute
    }
    return Object.assign(item, this.derived(value))
  }

  /** The record in an item. */
  read(item: Item, history = false): StoredRecord {
    const value: Record<string, unknown> = {}
    for (const { name, codec, isInherited } of this.columns) {
      if (isInherited && !Object.hasOwn(item, name)) continue
      const attribute = item[name]
      if (attribute === undefined) continue
      const decoded = attribute.NULL === true ? null : codec.decode(attribute)
      if (decoded !== undefined) value[name] = decoded
    }
    const version = item[VERSION]?.S ?? ''
    return history ? { value, version, history: historyOf(item) } : { value, version }
  }
}

const historyOf = (item: Item): string => HISTORY.map((name) => item[name]?.S ?? '').join('')

/** The tables of a driver, compiled when their entities are first used. */
export class Tables {
  readonly #prefix: string
  readonly #tables = new WeakMap<EntityModel, Table>()

  constructor(prefix: string) {
    this.#prefix = prefix
  }

  of(entity: EntityModel): Table {
    let table = this.#tables.get(entity)
    if (table === undefined) this.#tables.set(entity, (table = new Table(entity, this.#prefix)))
    return table
  }
}
