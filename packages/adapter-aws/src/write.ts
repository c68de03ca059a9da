import {
  type CallOptions,
  refuses,
  type StoredRecord,
  type Write,
  type WriteResult,
  writeApart,
} from '@holdfast/core/driver'
import type { Command, Dynamo } from './connection.ts'
import { Aliases } from './expression.ts'
import { getItem } from './get.ts'
import { pinned } from './guard.ts'
import { itemAfter } from './next.ts'
import { requestOf, type WriteRequest } from './request.ts'
import type { Table, Tables } from './table.ts'
import { writeAtomic } from './transaction.ts'
import type { Item } from './value.ts'

/** Where writes go. */
export interface Place {
  readonly dynamo: Dynamo
  readonly tables: Tables
}

/** How often a write that must read first begins anew when others are faster. */
const MAX_ROUNDS = 10

interface Reply {
  readonly Attributes?: Item
}

const COMMANDS: Readonly<Record<WriteRequest['kind'], Command>> = {
  Put: 'PutItem',
  Update: 'UpdateItem',
  Delete: 'DeleteItem',
  // Never sent by itself.
  ConditionCheck: 'GetItem',
}

/** The item that refused a write; `null` for none, `undefined` when this is another error. */
const refusedBy = (error: unknown): Item | null | undefined => {
  if (typeof error !== 'object' || error === null) return undefined
  const { name, Item: item } = error as { readonly name?: unknown; readonly Item?: Item }
  return name === 'ConditionalCheckFailedException' ? (item ?? null) : undefined
}

const refusal = (table: Table, item: Item | null | undefined): WriteResult => ({
  applied: false,
  current: item === null || item === undefined ? null : table.read(item, true),
})

const recordOf = (table: Table, write: Write, reply: Reply): WriteResult =>
  write.kind === 'put' || reply.Attributes === undefined
    ? { applied: true }
    : { applied: true, record: table.read(reply.Attributes) }

const RETURN_VALUES = { put: 'NONE', patch: 'ALL_NEW', delete: 'ALL_OLD', check: 'NONE' } as const

const send = async (
  { dynamo }: Place,
  { kind, input }: WriteRequest,
  write: Write,
  options: CallOptions,
): Promise<Reply> =>
  dynamo.call<Reply>(
    COMMANDS[kind],
    {
      ...input,
      ReturnValues: RETURN_VALUES[write.kind],
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    },
    options,
    'unknown',
  )

/** Replaces or deletes exactly the item read. */
const sendPinned = async (
  { dynamo }: Place,
  table: Table,
  write: Write,
  { read, next }: { readonly read: Item | undefined; readonly next: Item | undefined },
  options: CallOptions,
): Promise<void> => {
  const aliases = new Aliases(table)
  const ConditionExpression = pinned(read, aliases)
  await dynamo.call(
    next === undefined ? 'DeleteItem' : 'PutItem',
    {
      TableName: table.name,
      ...(next === undefined ? { Key: table.key(write.key) } : { Item: next }),
      ConditionExpression,
      ...aliases.members,
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    },
    options,
    'unknown',
  )
}

/**
 * A write that one conditional request cannot express: the record is read and judged here, and
 * written on condition that it is still as read; again when somebody else was faster.
 */
const writeRead = async (
  place: Place,
  table: Table,
  write: Write,
  options: CallOptions,
  known?: Item,
): Promise<WriteResult> => {
  let read = known ?? (await getItem(place.dynamo, table, table.key(write.key), options))
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const held: StoredRecord | undefined = read === undefined ? undefined : table.read(read, true)
    if (refuses(held, write)) break
    const next = itemAfter(table, write, read)
    try {
      await sendPinned(place, table, write, { read, next }, options)
    } catch (error) {
      const item = refusedBy(error)
      if (item === undefined) throw error
      read = item ?? undefined
      continue
    }
    if (write.kind === 'put') return { applied: true }
    const record = next ?? read
    return record === undefined ? { applied: true } : { applied: true, record: table.read(record) }
  }
  return refusal(table, read)
}

/** One write by itself. */
export const writeOne = async (
  place: Place,
  write: Write,
  options: CallOptions,
): Promise<WriteResult> => {
  const table = place.tables.of(write.entity)
  const request = requestOf(table, write)
  if (request === undefined) {
    if (table.unique.length === 0) return writeRead(place, table, write, options)
    const [result] = await writeAtomic(place, [write], options)
    return result ?? { applied: false }
  }
  try {
    return recordOf(table, write, await send(place, request, write, options))
  } catch (error) {
    const item = refusedBy(error)
    if (item === undefined) throw error
    // The request asks for more than the write where a field to be incremented may be null.
    if (item !== null && write.kind === 'patch' && !refuses(table.read(item, true), write))
      return writeRead(place, table, write, options, item)
    return refusal(table, item)
  }
}

/** Most writes in flight: as many as the SDK has connections. */
const CONCURRENCY = 50

/** Writes that stand alone, some at a time. Never `BatchWriteItem`, which knows no conditions. */
export const writeEach = (
  place: Place,
  writes: readonly Write[],
  options: CallOptions,
): Promise<readonly WriteResult[]> =>
  writeApart(writes, CONCURRENCY, (write) => writeOne(place, write, options), options)
