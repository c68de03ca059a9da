import {
  type CallOptions,
  evaluate,
  orderFields,
  positionOf,
  type QueryPage,
  type QueryRequest,
  type StoredRecord,
} from '@holdfast/core/driver'
import { boundsOf } from './bounds.ts'
import type { Command, Dynamo } from './connection.ts'
import { Aliases } from './expression.ts'
import { compileFilter } from './filter.ts'
import { ENTITY, PARTITION, SORT } from './names.ts'
import { segmentInput } from './segments.ts'
import type { Table } from './table.ts'
import type { Item } from './value.ts'

interface Reply {
  readonly Items?: readonly Item[]
  readonly Count?: number
  readonly LastEvaluatedKey?: Item
}

/** A query ready to be sent, page by page. */
interface Prepared {
  readonly command: Extract<Command, 'Query' | 'Scan'>
  readonly input: object
  /** What the store was not asked, because it would not fit a request. */
  readonly keep: ((record: StoredRecord) => boolean) | undefined
  readonly start: Item | undefined
}

const NOTHING: QueryPage = { records: [] }

interface KeyCondition {
  readonly text: string
  readonly index?: string
}

/** The condition on the key; `undefined` when no sort value can meet it. */
const keyCondition = (
  table: Table,
  request: QueryRequest,
  aliases: Aliases,
): KeyCondition | undefined => {
  const index = table.indexes.find(({ model }) => model.name === request.index?.name)
  const bounds = boundsOf(request)
  if (bounds !== undefined && bounds.low > bounds.high) return undefined
  const partition = aliases.value({ S: table.partition(request.partition ?? []) })
  let text = `${aliases.name(index?.partition ?? PARTITION)} = ${partition}`
  if (bounds !== undefined) {
    const [low, high] = [aliases.value({ S: bounds.low }), aliases.value({ S: bounds.high })]
    text += ` AND ${aliases.name(index?.sort ?? SORT)} BETWEEN ${low} AND ${high}`
  }
  return index === undefined ? { text } : { text, index: index.name }
}

/** The filter as the store evaluates it, and what is left to evaluate here. */
const filterOf = (
  table: Table,
  { filter, partition }: QueryRequest,
  aliases: Aliases,
): { readonly text: string; readonly keep: Prepared['keep'] } | undefined => {
  let text = ''
  let keep: Prepared['keep']
  if (filter !== undefined) {
    // Its own names and values: when it is too large, none of them is sent.
    const compiled = compileFilter(table, filter, new Aliases(table))
    if (compiled === false) return undefined
    if (compiled === 'too large') keep = ({ value }) => evaluate(filter, value) === true
    else if (typeof compiled !== 'boolean') {
      const again = compileFilter(table, filter, aliases)
      if (typeof again === 'object')
        text = partition === undefined && again.isOr ? `(${again.text})` : again.text
    }
  }
  // The entities of a group share a table.
  if (partition === undefined) {
    const isOurs = `${aliases.name(ENTITY)} = ${aliases.value({ S: table.entity.name })}`
    text = text === '' ? isOurs : `${isOurs} AND ${text}`
  }
  return { text, keep }
}

/** The explained aliases, with what is to be read of each item. */
const membersOf = ({ projection }: Table, { count }: QueryRequest, aliases: Aliases): object =>
  count || projection.text === ''
    ? aliases.members
    : {
        ...aliases.members,
        ExpressionAttributeNames: { ...aliases.names, ...projection.names },
        ProjectionExpression: projection.text,
      }

/** A query as a request; `undefined` when nothing can match. */
const prepare = (table: Table, request: QueryRequest): Prepared | undefined => {
  const { partition, segment, after, index, descending, consistency } = request
  const aliases = new Aliases(table)
  const condition = partition === undefined ? undefined : keyCondition(table, request, aliases)
  if (partition !== undefined && condition === undefined) return undefined
  const filter = filterOf(table, request, aliases)
  if (filter === undefined) return undefined
  return {
    command: condition === undefined ? 'Scan' : 'Query',
    input: {
      TableName: table.name,
      ...(condition === undefined
        ? {}
        : { KeyConditionExpression: condition.text, ScanIndexForward: !descending }),
      ...(condition?.index === undefined ? {} : { IndexName: condition.index }),
      ...(filter.text === '' ? {} : { FilterExpression: filter.text }),
      ...membersOf(table, request, aliases),
      ...(segment === undefined ? {} : segmentInput(segment)),
      // Indexes have no strong reads.
      ...(index === undefined && consistency === 'strong' ? { ConsistentRead: true } : {}),
    },
    keep: filter.keep,
    start: partition === undefined && after !== undefined ? table.key(after as never) : undefined,
  }
}

const countAll = async (
  dynamo: Dynamo,
  table: Table,
  { command, input, keep, start }: Prepared,
  options: CallOptions,
): Promise<QueryPage> => {
  const isCounted = keep === undefined
  let count = 0
  let from = start
  do {
    const reply: Reply = await dynamo.call(
      command,
      {
        ...input,
        ...(isCounted ? { Select: 'COUNT' } : {}),
        ...(from === undefined ? {} : { ExclusiveStartKey: from }),
      },
      options,
    )
    count += isCounted
      ? (reply.Count ?? 0)
      : (reply.Items ?? []).filter((item) => keep(table.read(item)) === true).length
    from = reply.LastEvaluatedKey
  } while (from !== undefined)
  return { records: [], count }
}

/** Most items evaluated by one request that filters: more than a page, so that few requests do. */
const MAX_EVALUATED = 4000

/**
 * Reads one page of a query, or counts. It reads on until it has one record more than asked for, or
 * all: `next` is given only when a further record matches.
 */
export const readPage = async (
  dynamo: Dynamo,
  table: Table,
  request: QueryRequest,
  options: CallOptions,
): Promise<QueryPage> => {
  const prepared = prepare(table, request)
  if (prepared === undefined) return request.count ? { ...NOTHING, count: 0 } : NOTHING
  const { command, input, keep } = prepared
  if (request.count) return countAll(dynamo, table, prepared, options)
  const { limit } = request
  const records: StoredRecord[] = []
  let from = prepared.start
  let Limit = limit + 1
  do {
    const reply: Reply = await dynamo.call(
      command,
      { ...input, Limit, ...(from === undefined ? {} : { ExclusiveStartKey: from }) },
      options,
    )
    for (const item of reply.Items ?? []) {
      const record = table.read(item)
      if (keep === undefined || keep(record)) records.push(record)
    }
    from = reply.LastEvaluatedKey
    Limit = Math.min(Limit * 4, MAX_EVALUATED)
  } while (from !== undefined && records.length <= limit)
  if (records.length <= limit) return { records }
  records.length = limit
  const order = orderFields(table.entity, request.index, request.partition === undefined)
  return { records, next: positionOf(order, records[limit - 1]?.value ?? {}) }
}
