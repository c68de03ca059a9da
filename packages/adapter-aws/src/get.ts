import type { GetOptions, Key, StoredRecord } from '@holdfast/core/driver'
import type { Dynamo } from './connection.ts'
import { PARTITION, SORT } from './names.ts'
import type { Table } from './table.ts'
import type { Item } from './value.ts'

/** Most keys in one call. */
const MAX_KEYS = 100
const FIRST_PAUSE_MS = 25
const LAST_PAUSE_MS = 1000

interface Reply {
  readonly Item?: Item
}

interface ManyReply {
  readonly Responses?: Readonly<Record<string, readonly Item[]>>
  readonly UnprocessedKeys?: Readonly<Record<string, { readonly Keys?: readonly Item[] }>>
}

/** A text that two items share only if they are one. */
const textOf = (item: Item): string => `${item[PARTITION]?.S} ${item[SORT]?.S}`

const projected = ({ projection }: Table): object | undefined =>
  projection.text === ''
    ? undefined
    : { ProjectionExpression: projection.text, ExpressionAttributeNames: projection.names }

/** One item, whole, as it is now. */
export const getItem = async (
  dynamo: Dynamo,
  table: Table,
  key: Item,
  { signal }: Pick<GetOptions, 'signal'>,
): Promise<Item | undefined> => {
  const input = { TableName: table.name, Key: key, ConsistentRead: true }
  return (await dynamo.call<Reply>('GetItem', input, { signal })).Item
}

/** The same with the key, by which an answer is told from the others. */
const projectedWithKey = ({ projection, names }: Table): object | undefined =>
  projection.text === ''
    ? undefined
    : {
        ProjectionExpression: `${projection.text}, ${names.of(PARTITION)}, ${names.of(SORT)}`,
        ExpressionAttributeNames: {
          ...projection.names,
          [names.of(PARTITION)]: PARTITION,
          [names.of(SORT)]: SORT,
        },
      }

const getRecord = async (
  dynamo: Dynamo,
  table: Table,
  key: Item,
  { consistency, history = false, signal }: GetOptions,
): Promise<StoredRecord | undefined> => {
  const input = {
    TableName: table.name,
    Key: key,
    ConsistentRead: consistency !== 'eventual',
    ...(history ? undefined : projected(table)),
  }
  const { Item: item } = await dynamo.call<Reply>('GetItem', input, { signal })
  return item === undefined ? undefined : table.read(item, history)
}

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, Math.random() * milliseconds))

/** Reads up to 100 items. What DynamoDB leaves out for want of capacity or room is asked for again. */
const getChunk = async (
  dynamo: Dynamo,
  table: Table,
  keys: readonly Item[],
  options: GetOptions,
): Promise<Map<string, Item>> => {
  const found = new Map<string, Item>()
  const asked = {
    ConsistentRead: options.consistency !== 'eventual',
    ...(options.history === true ? undefined : projectedWithKey(table)),
  }
  let missing = keys
  for (let wait = FIRST_PAUSE_MS; ; wait = Math.min(wait * 2, LAST_PAUSE_MS)) {
    const input = { RequestItems: { [table.name]: { Keys: missing, ...asked } } }
    const reply = await dynamo.call<ManyReply>('BatchGetItem', input, options)
    const items = reply.Responses?.[table.name] ?? []
    for (const item of items) found.set(textOf(item), item)
    missing = reply.UnprocessedKeys?.[table.name]?.Keys ?? []
    if (missing.length === 0) return found
    // An answer that is full at 16 MB is no reason to wait.
    if (items.length === 0) await pause(wait)
    else wait = FIRST_PAUSE_MS
  }
}

/** Reads records by their keys: one answer per key, in order. */
export const getRecords = async (
  dynamo: Dynamo,
  table: Table,
  keys: readonly Key[],
  options: GetOptions,
): Promise<readonly (StoredRecord | undefined)[]> => {
  const history = options.history === true
  const [first] = keys
  if (first !== undefined && keys.length === 1)
    return [await getRecord(dynamo, table, table.key(first), options)]
  const items = keys.map((key) => table.key(key))
  const chunks = Array.from({ length: Math.ceil(items.length / MAX_KEYS) }, (_, at) =>
    items.slice(at * MAX_KEYS, (at + 1) * MAX_KEYS),
  )
  const found = new Map<string, Item>()
  for (const chunk of chunks)
    for (const [text, item] of await getChunk(dynamo, table, chunk, options)) found.set(text, item)
  return items.map((key) => {
    const item = found.get(textOf(key))
    return item === undefined ? undefined : table.read(item, history)
  })
}
