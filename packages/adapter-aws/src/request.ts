import type { Key, PatchWrite, PutWrite, Write } from '@holdfast/core/driver'
import { Aliases, MAX_EXPRESSION } from './expression.ts'
import { guardOf } from './guard.ts'
import { ENTITY, EXPIRY } from './names.ts'
import type { Column, Table, TableIndex } from './table.ts'
import { Changes } from './update-expression.ts'
import { type Attribute, type Item, NULL } from './value.ts'

/** One write as one call, or as one item of a transaction. */
export interface WriteRequest {
  readonly kind: 'Put' | 'Update' | 'Delete' | 'ConditionCheck'
  readonly input: object
}

/** An update under its guard, or `undefined` when it would be too large. `more` joins the guard. */
const update = (
  table: Table,
  write: Write,
  changes: Changes,
  more?: (aliases: Aliases) => string,
): WriteRequest | undefined => {
  const aliases = new Aliases(table, changes.values)
  const guard = guardOf(table, write, aliases)
  if (guard === undefined) return undefined
  const ConditionExpression = more === undefined ? guard : `${guard} AND ${more(aliases)}`
  const UpdateExpression = changes.text
  if (ConditionExpression.length > MAX_EXPRESSION || UpdateExpression === undefined)
    return undefined
  return {
    kind: 'Update',
    input: {
      TableName: table.name,
      Key: table.key(write.key),
      UpdateExpression,
      ConditionExpression,
      ExpressionAttributeNames: changes.names(ConditionExpression, aliases),
      ExpressionAttributeValues: changes.values,
    },
  }
}

/** A put of a record that must not be there. */
const create = (table: Table, { key, value, id }: PutWrite, guard: string, aliases: Aliases) =>
  ({
    kind: 'Put',
    input: {
      TableName: table.name,
      Item: table.item(key, value, id),
      ConditionExpression: guard,
      ...aliases.members,
    },
  }) as const

/**
 * A put of a record that may be there. Not `PutItem`, which cannot keep the versions that the record
 * had before: a write whose answer was lost is found again by them.
 */
const replace = (table: Table, write: PutWrite): WriteRequest | undefined => {
  if (write.expect === 'absent') {
    const aliases = new Aliases(table)
    const guard = guardOf(table, write, aliases)
    return guard === undefined ? undefined : create(table, write, guard, aliases)
  }
  const changes = new Changes(table.updates, write.id)
  changes.set(ENTITY, { S: table.entity.name })
  for (const column of table.columns) {
    const attribute = table.attribute(column, write.value)
    if (attribute === undefined) changes.remove(column.name)
    else changes.set(column.name, attribute)
  }
  const derived = table.derived(write.value)
  for (const name of table.derivedNames) setOrRemove(changes, name, derived[name])
  return update(table, write, changes)
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
const touches = (write: PatchWrite, fields: Iterable<string>): boolean => {
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
  const changes = new Changes(table.updates, write.id)
  const known = { ...keyValues(table, write.key), ...write.set }
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
  // Nothing can be added to a null; it counts as 0, and the caller sees to that.
  const nullable = Object.keys(write.increment).filter((field) => table.column(field).optional)
  if (nullable.length === 0) return update(table, write, changes)
  return update(table, write, changes, (aliases) => {
    const none = aliases.value(NULL)
    return nullable.map((field) => `NOT ${aliases.name(field)} = ${none}`).join(' AND ')
  })
}

const guarded = (table: Table, write: Write): WriteRequest | undefined => {
  const aliases = new Aliases(table)
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
