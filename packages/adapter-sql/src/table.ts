import {
  encodeKeyText,
  HoldfastError,
  type EntityModel,
  type Key,
  type Kind,
  type Scalar,
  type StoredRecord,
} from '@holdfast/core/driver'
import type { Raw, Row, Statement } from './connection/connection.ts'
import { type ColumnType, type Dialect, quote } from './dialect/dialect.ts'
import { digest } from './identifier.ts'

/** Names of the columns that Holdfast adds: version, previous versions, fields that hold null. */
export const VERSION = '"_v"'
export const HISTORY = '"_h"'
export const NULLS = '"_n"'

/** A field with its column. */
export interface Column {
  readonly field: string
  readonly kind: Kind
  /** Position in the list of columns. */
  readonly at: number
  /** Name in the database. */
  readonly name: string
  /** Name in statements, quoted. */
  readonly sql: string
  /** Name within `_n`, with its separator. */
  readonly mark: string
  readonly type: ColumnType
  readonly isKey: boolean
  /** Whether records may lack the field or hold null in it. */
  readonly optional: boolean
}

// Each shape of call has a text. Beyond this many per entity, texts are neither kept nor named, so
// that a program which makes up filters without end fills neither our memory nor the server's.
const MAX_STATEMENTS = 500

/** What a compiled statement is, besides its text. */
export type StatementTraits = Pick<Statement, 'returns' | 'writes'>

/** An entity made ready for SQL, once. */
export class Table {
  readonly entity: EntityModel
  readonly dialect: Dialect
  /** Name in the database. */
  readonly name: string
  /** Name in statements, qualified and quoted. */
  readonly sql: string
  readonly columns: readonly Column[]
  readonly key: readonly Column[]
  /** Whether any field may hold null, so that `_n` is read and written. */
  readonly hasNulls: boolean
  /** Whether integers are read as bigint, where the client reads numbers otherwise. */
  readonly bigints: boolean
  /** Columns of a `SELECT` or `RETURNING`: fields, `_v`, `_n` if there can be nulls. */
  readonly list: string
  readonly #byField: ReadonlyMap<string, Column>
  readonly #fields: readonly string[]
  readonly #decoders: readonly (((raw: Raw) => unknown) | undefined)[]
  readonly #statements = new Map<string, Statement>()
  readonly #nulls = new Map<string, readonly string[]>()

  constructor(entity: EntityModel, dialect: Dialect) {
    this.entity = entity
    this.dialect = dialect
    const keys = new Set([...entity.key.partition, ...entity.key.sort])
    const names: string[] = []
    this.columns = Object.values(entity.fields).map(({ name: field, kind, optional }, at) => {
      const name = dialect.identifier(field, names)
      names.push(name)
      const isKey = keys.has(field)
      return {
        field,
        kind,
        at,
        name,
        sql: quote(name),
        mark: `${encodeKeyText(field)}!`,
        type: dialect.types[kind],
        isKey,
        optional: !isKey && (optional || kind === 'json'),
      }
    })
    this.#byField = new Map(this.columns.map((column) => [column.field, column]))
    this.key = [...keys].map((field) => this.column(field))
    this.name = dialect.identifier(entity.name, [])
    this.sql = dialect.qualify(this.name)
    this.hasNulls = this.columns.some(({ optional }) => optional)
    this.bigints = this.columns.some(({ kind }) => kind === 'bigint')
    this.#fields = this.columns.map(({ field }) => field)
    this.#decoders = this.columns.map(({ type }) =>
      this.bigints ? (type.decodeBigint ?? type.decode) : type.decode,
    )
    const own = this.hasNulls ? [VERSION, NULLS] : [VERSION]
    this.list = [...this.columns.map(({ sql }) => sql), ...own].join(', ')
  }

  /** @throws `INTERNAL` when there is no such field, which core rules out. */
  column(field: string): Column {
    const column = this.#byField.get(field)
    if (column === undefined)
      throw new HoldfastError('INTERNAL', `${this.entity.name} has no field ${field}.`)
    return column
  }

  /** The statement of a shape, compiled when it is first asked for. */
  statement(shape: string, traits: StatementTraits, compile: () => string): Statement {
    return this.#statements.get(shape) ?? this.#compile(shape, traits, compile)
  }

  #compile(shape: string, traits: StatementTraits, compile: () => string): Statement {
    const text = compile()
    const isKept = this.#statements.size < MAX_STATEMENTS
    const name = isKept ? `hf_${digest(text, 20)}` : undefined
    const statement = { text, name, bigints: this.bigints, ...traits }
    if (isKept) this.#statements.set(shape, statement)
    return statement
  }

  /** Appends the parameters that name a record. */
  pushKey(key: Key, params: Raw[]): Raw[] {
    for (let at = 0; at < this.key.length; at += 1)
      params.push(this.key[at]?.type.encode(key[at]) ?? null)
    return params
  }

  /** The key in a row that has the key columns only. */
  readKey(row: Row): Key {
    return this.key.map(({ at }, position) => {
      const decode = this.#decoders[at]
      const raw = row[position] ?? null
      return (decode === undefined ? raw : decode(raw)) as Scalar
    })
  }

  /** The record in a row selected by `list`. With `history`, `_h` is the last column. */
  read(row: Row, history = false): StoredRecord {
    const fields = this.#fields
    const decoders = this.#decoders
    const value: Record<string, unknown> = {}
    let at = 0
    for (; at < fields.length; at += 1) {
      const raw = row[at]
      if (raw === null || raw === undefined) continue
      const decode = decoders[at]
      value[fields[at] as string] = decode === undefined ? raw : decode(raw)
    }
    const version = row[at] as string
    if (this.hasNulls) {
      const nulls = row[(at += 1)]
      if (typeof nulls === 'string') for (const field of this.#fieldsIn(nulls)) value[field] = null
    }
    return history ? { value, version, history: row[at + 1] as string } : { value, version }
  }

  #fieldsIn(nulls: string): readonly string[] {
    let fields = this.#nulls.get(nulls)
    if (fields === undefined) {
      const marks = new Set(nulls.split('!').filter((mark) => mark !== ''))
      fields = this.columns
        .filter(({ mark }) => marks.has(mark.slice(0, -1)))
        .map(({ field }) => field)
      if (this.#nulls.size < MAX_STATEMENTS) this.#nulls.set(nulls, fields)
    }
    return fields
  }
}

/** Numbers the parameters of a statement as they come. */
export class Parameters {
  readonly #dialect: Dialect
  #count = 0

  constructor(dialect: Dialect) {
    this.#dialect = dialect
  }

  /** The next parameter, as a value of a type. */
  readonly next = (type: string): string => this.#dialect.bind((this.#count += 1), type)

  /** The next parameter, as a value of a column. */
  for(column: Column): string {
    return this.next(column.type.declared)
  }
}

/** The tables of a driver, compiled when their entities are first used. */
export class Tables {
  readonly #dialect: Dialect
  readonly #tables = new WeakMap<EntityModel, Table>()
  readonly #names = new Set<string>()

  constructor(dialect: Dialect) {
    this.#dialect = dialect
  }

  /** @throws `MISCONFIGURED` when the database takes the names of two entities for one. */
  of(entity: EntityModel): Table {
    return this.#tables.get(entity) ?? this.#add(entity)
  }

  #add(entity: EntityModel): Table {
    const taken = [...this.#names].find(
      (name) =>
        name !== entity.name && this.#dialect.identifier(entity.name, [name]) !== entity.name,
    )
    if (taken !== undefined)
      throw new HoldfastError(
        'MISCONFIGURED',
        `The database takes the names ${taken} and ${entity.name} for one table; rename an entity.`,
        { entity: entity.name },
      )
    this.#names.add(entity.name)
    const table = new Table(entity, this.#dialect)
    this.#tables.set(entity, table)
    return table
  }
}
