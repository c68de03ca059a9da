import { createHash } from 'node:crypto'
import {
  type CallOptions,
  HoldfastError,
  keyOf,
  refuses,
  type StoredRecord,
  type Write,
  type WriteResult,
} from '@holdfast/core/driver'
import { reasonsOf } from './errors.ts'
import { Aliases } from './expression.ts'
import { getItem } from './get.ts'
import { pinned } from './guard.ts'
import { VERSION } from './names.ts'
import { itemAfter } from './next.ts'
import { requestOf, type WriteRequest } from './request.ts'
import type { Table } from './table.ts'
import { Claims, hasClaims } from './unique.ts'
import type { Item } from './value.ts'
import type { Place } from './write.ts'

/** Most items of one transaction. */
const MAX_ITEMS = 100
const MAX_ROUNDS = 10
/** Most reads in flight before a transaction. */
const CONCURRENCY = 16

/** A write with what was read for it. */
interface Step {
  readonly table: Table
  readonly write: Write
  /** Whether the write was worked out from the item read. */
  readonly isRead: boolean
  readonly read: Item | undefined
  readonly next: Item | undefined
  readonly request: WriteRequest
}

/** Whether a write must know the record: to tell it afterwards, to find what follows from it. */
const mustRead = (table: Table, write: Write, request: WriteRequest | undefined): boolean => {
  if (write.kind === 'put' && write.expect === 'absent' && write.version === undefined) return false
  return request === undefined || write.kind === 'patch' || hasClaims(table, write)
}

/** The members of a request that let it pass only while an item is as it was read. */
const onlyAs = (table: Table, read: Item | undefined): object => {
  const aliases = new Aliases(table)
  return { ConditionExpression: pinned(read, aliases), ...aliases.members }
}

const pinnedRequest = (
  table: Table,
  write: Write,
  read: Item | undefined,
  next: Item | undefined,
): WriteRequest => {
  const guard = onlyAs(table, read)
  const Key = table.key(write.key)
  if (write.kind === 'check')
    return { kind: 'ConditionCheck', input: { TableName: table.name, Key, ...guard } }
  return next === undefined
    ? { kind: 'Delete', input: { TableName: table.name, Key, ...guard } }
    : { kind: 'Put', input: { TableName: table.name, Item: next, ...guard } }
}

const stepOf = async (place: Place, write: Write, options: CallOptions): Promise<Step> => {
  const table = place.tables.of(write.entity)
  const direct = requestOf(table, write)
  if (mustRead(table, write, direct)) {
    const read = await getItem(place.dynamo, table, table.key(write.key), options)
    const next = itemAfter(table, write, read)
    const request = pinnedRequest(table, write, read, next)
    return { table, write, isRead: true, read, next, request }
  }
  const next = itemAfter(table, write, undefined)
  const request = direct ?? pinnedRequest(table, write, undefined, next)
  return { table, write, isRead: false, read: undefined, next, request }
}

const stepsOf = async (
  place: Place,
  writes: readonly Write[],
  options: CallOptions,
): Promise<readonly Step[]> => {
  const steps: Step[] = []
  for (let at = 0; at < writes.length; at += CONCURRENCY) {
    const some = writes.slice(at, at + CONCURRENCY)
    steps.push(...(await Promise.all(some.map((write) => stepOf(place, write, options)))))
  }
  return steps
}

const held = ({ table }: Step, item: Item | undefined): StoredRecord | undefined =>
  item === undefined ? undefined : table.read(item, true)

const resultOf = ({ table, write, isRead, read, next }: Step): WriteResult => {
  const record = write.kind === 'patch' ? next : write.kind === 'delete' ? read : undefined
  return isRead && record !== undefined
    ? { applied: true, record: table.read(record) }
    : { applied: true }
}

/** A token that only the same transaction has: sent again within ten minutes, it is not done again. */
const tokenOf = (items: readonly object[]): string =>
  createHash('sha256').update(JSON.stringify(items)).digest('base64url').slice(0, 36)

const itemOf = ({ kind, input }: WriteRequest): object => ({
  [kind]: { ...input, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' },
})

/** What a cancelled transaction says of its writes; `undefined`: somebody else was faster, try again. */
const refusals = (
  steps: readonly Step[],
  reasons: ReturnType<typeof reasonsOf>,
): readonly WriteResult[] | undefined => {
  let isRefused = false
  const results = steps.map((step, at): WriteResult => {
    const reason = reasons?.[at]
    if (reason?.Code !== 'ConditionalCheckFailed') return { applied: true }
    const current = held(step, reason.Item)
    if (step.isRead && !refuses(current, step.write)) return { applied: true }
    isRefused = true
    return { applied: false, current: current ?? null }
  })
  return isRefused ? results : undefined
}

const commit = async (
  place: Place,
  steps: readonly Step[],
  claims: Claims,
  options: CallOptions,
): Promise<readonly WriteResult[] | undefined> => {
  const claimed = claims.requests()
  const TransactItems = [...steps, ...claimed].map(({ request }) => itemOf(request))
  if (TransactItems.length > MAX_ITEMS)
    throw new HoldfastError(
      'LIMIT_EXCEEDED',
      `DynamoDB takes ${MAX_ITEMS} items in a transaction, and each unique value is one: this has ${TransactItems.length}; split it.`,
    )
  const input = { TransactItems, ClientRequestToken: tokenOf(TransactItems) }
  try {
    await place.dynamo.call('TransactWriteItems', input, options, 'unknown')
    return steps.map(resultOf)
  } catch (error) {
    const reasons = reasonsOf(error)
    if (!(reasons ?? []).some(({ Code }) => Code === 'ConditionalCheckFailed')) throw error
    const results = refusals(steps, reasons)
    if (results !== undefined) return results
    for (const [at, { text }] of claimed.entries()) {
      const reason = reasons?.[steps.length + at]
      if (reason?.Code === 'ConditionalCheckFailed')
        await claims.learn(place.dynamo, text, reason.Item, options)
    }
    return undefined
  }
}

/**
 * Replaces an item by one of the same record, and claims the unique values in it. `false`: the item is
 * no longer as it was read.
 *
 * @throws `ALREADY_EXISTS` when another record holds a unique value.
 */
export const replaceItem = async (
  place: Place,
  table: Table,
  read: Item,
  next: Item,
  options: CallOptions,
): Promise<boolean> => {
  const { entity } = table
  const key = keyOf(entity, table.read(read).value)
  const version = read[VERSION]?.S ?? ''
  const write = { kind: 'check', entity, key, id: '', expect: 'present', version } as const
  const step: Step = {
    table,
    write,
    isRead: true,
    read,
    next,
    request: { kind: 'Put', input: { TableName: table.name, Item: next, ...onlyAs(table, read) } },
  }
  const claims = new Claims()
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    claims.restart()
    claims.add(table, undefined, next)
    const results = await commit(place, [step], claims, options)
    if (results !== undefined) return results.every(({ applied }) => applied)
  }
  return false
}

/**
 * All writes or none, with the items of their unique values. What had to be read is written on
 * condition that it is still as read; again when somebody else was faster.
 *
 * @throws `ALREADY_EXISTS` when another record holds a unique value.
 */
export const writeAtomic = async (
  place: Place,
  writes: readonly Write[],
  options: CallOptions,
): Promise<readonly WriteResult[]> => {
  const claims = new Claims()
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const steps = await stepsOf(place, writes, options)
    const judged = steps.map((step): WriteResult => {
      const current = held(step, step.read)
      return step.isRead && refuses(current, step.write)
        ? { applied: false, current: current ?? null }
        : { applied: true }
    })
    if (judged.some(({ applied }) => !applied)) return judged
    claims.restart()
    for (const { table, read, next, write } of steps)
      if (hasClaims(table, write)) claims.add(table, read, next)
    const results = await commit(place, steps, claims, options)
    if (results !== undefined) return results
  }
  throw new HoldfastError('ABORTED', 'The records kept changing; repeat the call.', {
    retryable: true,
  })
}
