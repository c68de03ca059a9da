import type { Key, PatchWrite, PutWrite, Write } from '@holdfast/core/driver'
import { Aliases, MAX_EXPRESSION, MAX_OPERATORS } from './expression.ts'
import { guardOf } from './guard.ts'
import { ENTITY, EXPIRY, HISTORY, VERSION } from './names.ts'
import type { Column, Table, TableIndex } from './table.ts'
import { type Attribute, type Item, NULL } from './value.ts'

/** One write as one call, or as one item of a transaction. */
export interface WriteRequest {
  readonly kind: 'Put' | 'Update' | 'Delete' | 'ConditionCheck'
  readonly input: object
}

/** What an update does to attributes. */
class Changes {
  readonly #aliases: Aliases
  readonly #set: string[] = []
  readonly #remove: string[] = []
  #functions = 0

  constructor(aliases: Aliases) {
    this.#aliases = aliases
  }

  set(name: string, attribute: Attribute): void {
    this.#set.push(`${this.#aliases.name(name)} = ${this.#aliases.value(attribute)}`)
  }

  remove(name: string): void {
    this.#remove.push(this.#aliases.name(name))
  }

  add(name: string, amount: number | bigint): void {
    const [field, zero] = [this.#aliases.name(name), this.#aliases.value({ N: '0' })]
    const by = this.#aliases.value({ N: String(amount) })
    this.#set.push(`${field} = if_not_exists(${field}, ${zero}) + ${by}`)
    this.#functions += 2
  }

  /** The version is now `id`, and the one before moves into the history: all by what the item holds. */
  stamp(id: string): void {
    const none = this.#aliases.value({ S: '' })
    let before = this.#aliases.name(VERSION)
    this.#set.push(`${before} = ${this.#aliases.value({ S: id })}`)
    for (const name of HISTORY) {
      const alias = this.#aliases.name(name)
      this.#set.push(`${alias} = if_not_exists(${before}, ${none})`)
      before = alias
    }
    this.#functions += HISTORY.length
  }

  /** The expression; `undefined` when it is larger than DynamoDB takes. */
  text(): string | undefined {
    const removal = this.#remove.length === 0 ? '' : ` REMOVE ${this.#remove.join(', ')}`
    const text = `SET ${this.#set.join(', ')}${removal}`
    const operators = this.#set.length + this.#remove.length + this.#functions
    return text.length > MAX_EXPRESSION || operators > MAX_OPERATORS ? undefined : text
  }
}

const update = (
  table: Table,
  write: Write,
  aliases: Aliases,
  changes: Changes,
): WriteRequest | undefined => {
  const guard = guardOf(table, write, aliases)
  const UpdateExpression = changes.text()
  if (guard === undefined || guard.length > MAX_EXPRESSION || UpdateExpression === undefined)
    return undefined
  return {
    kind: 'Update',
    input: {
      TableName: table.name,
      Key: table.key(write.key),
      UpdateExpression,
      ConditionExpression: guard,
      ...aliases.members,
    },
  }
}

/** A put of a record that must not be there. */
const create = (table: Table, { key, value, id }: PutWrite, guard: string, aliases: Aliases) =>
  ({
    kind: 'Put',
    input: {
      TableName: table.name,
      Item: table.item(key, value, id, []),
      ConditionExpression: guard,
      ...aliases.members,
    },
  }) as const

/**
 * A put of a record that may be there. Not `PutItem`, which cannot keep the versions that the record
 * had before: a write whose answer was lost is found again by them.
 */
const replace = (table: Table, write: PutWrite): WriteRequest | undefined => {
  const aliases = new Aliases()
  if (write.expect === 'absent') {
    const guard = guardOf(table, write, aliases)
    return guard === undefined ? undefined : create(table, write, guard, aliases)
  }
  const changes = new Changes(aliases)
  changes.set(ENTITY, { S: table.entity.name })
  changes.stamp(write.id)
  for (const column of table.columns) {
    const attribute = table.attribute(column, write.value)
    if (attribute === undefined) changes.remove(column.name)
    else changes.set(column.name, attribute)
  }
  const derived = table.derived(write.value)
  for (const name of table.derivedNames) setOrRemove(changes, name, derived[name])
  return update(table, write, aliases, changes)
}

const setOrRemove = (changes: Changes, name: string, attribute: Attribute | undefined): void => {
  if (attribute === undefined) changes.remove(name)
  else changes.set(name, attribute)
}

const keyValues = (table: Table, key: Key): Record<string, unknown> => {
  const { partition, sort } = table.entity.key
  return Object.fromEntries([...partition, ...sort].map((name, at) => [name, key[at]]))
}

/** Whether a patch concerns any of these fields. */
export const touches = (write: PatchWrite, fields: Iterable<string>): boolean => {
  for (const field of fields)
    if (
      Object.hasOwn(write.set, field) ||
      write.remove.includes(field) ||
      Object.hasOwn(write.increment, field)
    )
      return true
  return false
}

/** What a patch makes of an index's attributes; `undefined` when that hangs on what is stored. */
const patchedIndex = (
  table: Table,
  index: TableIndex,
  write: PatchWrite,
  known: Readonly<Record<string, unknown>>,
): Item | undefined => {
  if (write.remove.some((field) => index.fields.includes(field))) return {}
  if (!index.fields.every((field) => Object.hasOwn(known, field))) return undefined
  const text = table.indexText(index, known)
  return text === undefined
    ? {}
    : { [index.partition]: { S: text[0] }, [index.sort]: { S: text[1] } }
}

const patchField = (changes: Changes, { name, codec }: Column, value: unknown): void =>
  changes.set(name, value === null ? NULL : codec.encode(value as never))

const patch = (table: Table, write: PatchWrite): WriteRequest | undefined => {
  const aliases = new Aliases()
  const changes = new Changes(aliases)
  const known = { ...keyValues(table, write.key), ...write.set }
  changes.stamp(write.id)
  for (const field of Object.keys(write.set))
    patchField(changes, table.column(field), write.set[field])
  for (const field of write.remove) changes.remove(field)
  for (const [field, by] of Object.entries(write.increment)) changes.add(field, by)
  for (const index of table.indexes) {
    if (!touches(write, index.fields)) continue
    const patched = patchedIndex(table, index, write, known)
    if (patched === undefined) return undefined
    for (const name of [index.partition, index.sort]) setOrRemove(changes, name, patched[name])
  }
  const { expiresAt } = table.entity
  if (expiresAt !== undefined && touches(write, [expiresAt]))
    setOrRemove(changes, EXPIRY, table.derived(known)[EXPIRY])
  const request = update(table, write, aliases, changes)
  if (request === undefined) return undefined
  // Nothing can be added to a null; it counts as 0, and the caller sees to that.
  const nullable = Object.keys(write.increment).filter((field) => table.column(field).optional)
  if (nullable.length === 0) return request
  const none = aliases.value(NULL)
  const notNull = nullable.map((field) => `NOT ${aliases.name(field)} = ${none}`).join(' AND ')
  const input = request.input as { readonly ConditionExpression: string }
  return {
    ...request,
    input: {
      ...input,
      ConditionExpression: `${input.ConditionExpression} AND ${notNull}`,
      ...aliases.members,
    },
  }
}

const guarded = (table: Table, write: Write): WriteRequest | undefined => {
  const aliases = new Aliases()
  const ConditionExpression = guardOf(table, write, aliases)
  if (ConditionExpression === undefined) return undefined
  return {
    kind: write.kind === 'delete' ? 'Delete' : 'ConditionCheck',
    input: {
      TableName: table.name,
      Key: table.key(write.key),
      ConditionExpression,
      ...aliases.members,
    },
  }
}

/**
 * A write as one conditional request. `undefined` when it takes more: attributes that follow from
 * stored fields, unique values, or an expression that is too large.
 */
export const requestOf = (table: Table, write: Write): WriteRequest | undefined => {
  const { unique, entity } = table
  switch (write.kind) {
    case 'put':
      return unique.length > 0 ? undefined : replace(table, write)
    case 'patch': {
      const claims = unique.flatMap(({ fields }) => fields)
      if (unique.length > 0 && entity.expiresAt !== undefined) claims.push(entity.expiresAt)
      return touches(write, claims) ? undefined : patch(table, write)
    }
    case 'delete':
      return unique.length > 0 ? undefined : guarded(table, write)
    default:
      return guarded(table, write)
  }
}
