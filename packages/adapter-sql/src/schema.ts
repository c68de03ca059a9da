import {
  type EntityModel,
  HoldfastError,
  orderFields,
  type SchemaDriver,
  type SchemaStep,
} from '@holdfast/core/driver'
import type { Statement, Task } from './connection/connection.ts'
import { type Catalog, type Dialect, type FoundTable, quote } from './dialect/dialect.ts'
import type { Parts } from './driver.ts'
import { isPresent } from './filter.ts'
import { presenceColumns } from './query.ts'
import { type Column, HISTORY, NULLS, type Table, type Tables, VERSION } from './table.ts'

/** An index as it should be. */
interface Index {
  readonly name: string
  readonly columns: readonly Column[]
  readonly unique: boolean
  readonly text: string
}

/** One statement to run, and why. */
interface Change extends SchemaStep {
  readonly text: string
}

const columnSql = ({ sql, type, isKey }: Column): string => {
  // BINARY is SQLite's default and needs no word.
  const collation = type.collation === undefined ? '' : ` COLLATE ${quote(type.collation)}`
  return `${sql} ${type.declared}${collation}${isKey ? ' NOT NULL' : ''}`
}

const textSql = ({ types }: Dialect, name: string, suffix: string): string => {
  const { declared, collation } = types.string
  return `${name} ${declared}${collation === undefined ? '' : ` COLLATE ${quote(collation)}`}${suffix}`
}

const createTable = (table: Table): string => {
  const { dialect } = table
  const lines = [
    ...table.columns.map(columnSql),
    textSql(dialect, VERSION, ' NOT NULL'),
    textSql(dialect, HISTORY, ' NOT NULL'),
    textSql(dialect, NULLS, ''),
    `PRIMARY KEY (${table.key.map(({ sql }) => sql).join(', ')})`,
  ]
  return `CREATE TABLE ${table.sql} (\n  ${lines.join(',\n  ')}\n)${dialect.tableOptions}`
}

const names = (columns: readonly Column[]): string => columns.map(({ name }) => name).join(', ')

/** The indexes of an entity: one that orders per declared index, one that enforces per unique index. */
const indexesOf = (table: Table): readonly Index[] => {
  const { entity, dialect } = table
  const make = (
    suffix: string,
    columns: readonly Column[],
    unique: boolean,
    terms: string,
    where: string,
  ): Index => {
    const name = dialect.identifier(`${entity.name}${suffix}`, [])
    const kind = unique ? 'UNIQUE INDEX' : 'INDEX'
    const text = `CREATE ${kind} ${quote(name)} ON ${table.sql} (${terms})${where}`
    return { name, columns, unique, text }
  }
  const indexes = Object.values(entity.indexes).flatMap((index) => {
    const fields = [...index.partition, ...orderFields(entity, index, false)]
    const columns = fields.map((field) => table.column(field))
    const terms = columns.map(({ sql, isKey, field }) =>
      isKey || index.partition.includes(field) ? sql : sql + dialect.nullsLeast(false),
    )
    // Records that lack an optional field take no room and need not be passed by.
    const optional = presenceColumns(table, index).filter((column) => column.optional)
    const present = optional.map((column) => isPresent(table, column, ''))
    const where = present.length === 0 ? '' : ` WHERE ${present.join(' AND ')}`
    const ordering = make(`_${index.name}`, columns, false, terms.join(', '), where)
    if (!index.unique) return [ordering]
    const alike = [...new Set([...index.partition, ...index.sort])].map((field) =>
      table.column(field),
    )
    const list = alike.map(({ sql }) => sql).join(', ')
    // No declared name holds ~, so these two cannot meet another index.
    return [ordering, make(`_${index.name}~unique`, alike, true, list, '')]
  })
  if (entity.expiresAt === undefined) return indexes
  const column = table.column(entity.expiresAt)
  return [
    ...indexes,
    make('~expires', [column], false, column.sql, ` WHERE ${column.sql} IS NOT NULL`),
  ]
}

const refuse = (table: Table, message: string, field?: string): never => {
  throw new HoldfastError('MISCONFIGURED', `Table ${table.entity.name}: ${message}`, {
    entity: table.entity.name,
    field,
  })
}

const described = (type: string, collation: string | undefined): string =>
  collation === undefined ? type : `${type} with collation ${collation}`

/** Checks one column of a table that exists; gives the change that adds it when it is missing. */
const columnChange = (table: Table, found: FoundTable, column: Column): Change | undefined => {
  const { entity, sql } = table
  const { name, field, kind, type } = column
  const existing = found.columns.get(name)
  if (existing === undefined) {
    if (column.isKey)
      return refuse(
        table,
        `it has no column ${name}, which is part of the key; a key cannot be changed. Make a new table and copy the records.`,
        field,
      )
    if (!column.optional && !found.isEmpty)
      return refuse(
        table,
        `it holds records and has no column ${name}, and the field is required. Declare the field optional, apply, fill it in every record, then require it.`,
        field,
      )
    const text = `ALTER TABLE ${sql} ADD COLUMN ${columnSql(column)}`
    return { entity: entity.name, description: `add column ${name} to table ${entity.name}`, text }
  }
  if (existing.type === type.catalog && existing.collation === type.collation) return undefined
  const hasTypes = `${described(existing.type, existing.collation)}, and a field of kind ${kind} needs ${described(type.catalog, type.collation)}`
  return refuse(
    table,
    `column ${name} is ${hasTypes}. Alter the column, or declare another kind.`,
    field,
  )
}

const checkTable = (table: Table, found: FoundTable): void => {
  const { catalog, collation } = table.dialect.types.string
  for (const sql of [VERSION, HISTORY, NULLS]) {
    const name = sql.slice(1, -1)
    const existing = found.columns.get(name)
    if (existing?.type !== catalog || existing.collation !== collation)
      refuse(
        table,
        `it has no column ${name} of type ${described(catalog, collation)}, so Holdfast did not make it. Choose another entity name, or add the columns _v, _h and _n.`,
      )
  }
  const expected = names(table.key)
  const actual = found.primaryKey.join(', ')
  if (expected !== actual)
    refuse(
      table,
      `its primary key is (${actual}), and the entity's key needs (${expected}). Make a new table and copy the records.`,
    )
}

// What a table lacks. Throws `MISCONFIGURED` when something exists that does not fit.
function* changesOf(table: Table, catalog: Catalog): Task<readonly Change[]> {
  const { entity } = table
  const found = yield* catalog.table(table.name)
  const changes: Change[] = []
  if (found === undefined)
    changes.push({
      entity: entity.name,
      description: `create table ${entity.name}`,
      text: createTable(table),
    })
  else {
    checkTable(table, found)
    for (const column of table.columns) {
      const change = columnChange(table, found, column)
      if (change !== undefined) changes.push(change)
    }
  }
  for (const { name, columns, unique, text } of indexesOf(table)) {
    const index = yield* catalog.index(name)
    const expected = `${unique ? 'unique ' : ''}on ${table.name} (${names(columns)})`
    if (index === undefined) {
      changes.push({
        entity: entity.name,
        description: `create ${unique ? 'unique ' : ''}index ${name} ${expected.replace('unique ', '')}`,
        text,
      })
      continue
    }
    const actual = `${index.unique ? 'unique ' : ''}on ${index.table} (${index.columns.join(', ')})`
    if (actual !== expected)
      refuse(table, `index ${name} is ${actual}, and must be ${expected}. Drop it and apply again.`)
  }
  return changes
}

const statement = (text: string, returns: boolean): Statement => ({
  text,
  name: undefined,
  returns,
  writes: !returns,
  bigints: false,
  isPatient: true,
})

const stepOf = ({ entity, description }: Change): SchemaStep => ({ entity, description })

/** Makes and extends tables and indexes, all of them in one transaction. */
export const makeSchema = (
  { dialect, connection, classify }: Parts,
  tables: Tables,
): SchemaDriver => {
  const catalog = dialect.catalog((text) => statement(text, true))
  function* planTask(entities: readonly EntityModel[]): Task<readonly Change[]> {
    const changes: Change[] = []
    const place = catalog.place === undefined ? undefined : yield* catalog.place()
    const [first] = entities
    if (place !== undefined && first !== undefined)
      changes.push({ entity: first.name, description: place, text: place })
    for (const entity of entities) changes.push(...(yield* changesOf(tables.of(entity), catalog)))
    return changes
  }
  const perform = (change: Change): Task<void> => performing(change, classify)
  function* applyTask(entities: readonly EntityModel[]): Task<readonly Change[]> {
    for (const text of catalog.lock) yield { statement: statement(text, false), params: [] }
    const changes = yield* planTask(entities)
    for (const change of changes) yield* perform(change)
    return changes
  }
  const run = async (
    task: Task<readonly Change[]>,
    keep: boolean,
    options = {},
  ): Promise<readonly SchemaStep[]> =>
    (await connection.transact(task, () => keep, options)).map(stepOf)
  return {
    plan: (entities, options) => run(planTask(entities), false, options),
    apply: (entities, options) => run(applyTask(entities), true, options),
  }
}

// Runs one change. Throws `MISCONFIGURED` when records already there break a unique index.
function* performing(change: Change, classify: Parts['classify']): Task<void> {
  try {
    yield { statement: statement(change.text, false), params: [] }
  } catch (error) {
    if (classify(error).code !== 'ALREADY_EXISTS') throw error
    throw new HoldfastError(
      'MISCONFIGURED',
      `Table ${change.entity}: cannot ${change.description}, because records there have the same values. Change them and apply again.`,
      { entity: change.entity },
    )
  }
}
