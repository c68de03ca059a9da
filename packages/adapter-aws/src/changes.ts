import {
  type CallOptions,
  HoldfastError,
  keyOf,
  pause,
  type StoredChange,
} from '@holdfast/core/driver'
import type { Dynamo, Streams } from './connection.ts'
import { describe } from './describe.ts'
import { Feed, type StreamRecord } from './feed.ts'
import { ENTITY } from './names.ts'
import { parsePosition } from './position.ts'
import type { Table } from './table.ts'

/** What a change feed is read with. */
export interface FeedParts {
  readonly dynamo: Dynamo
  readonly streams: Streams
  /** How long to wait when nothing is new. */
  readonly pollMs: number
}

/** How often to look for new shards while nothing happens. */
const REFRESH_MS = 10_000

const changeOf = (
  table: Table,
  { dynamodb }: StreamRecord,
): Omit<StoredChange, 'position'> | undefined => {
  const { NewImage, OldImage } = dynamodb ?? {}
  const image = NewImage ?? OldImage
  // Other entities of the group, and unique values, are in the same stream.
  if (image?.[ENTITY]?.S !== table.entity.name) return undefined
  const record = table.read(image)
  const key = keyOf(table.entity, record.value)
  return NewImage === undefined ? { type: 'delete', key } : { type: 'upsert', key, record }
}

const streamOf = async (dynamo: Dynamo, table: Table, options: CallOptions): Promise<string> => {
  const description = await describe(dynamo, table.name, options)
  if (description?.LatestStreamArn !== undefined) return description.LatestStreamArn
  throw new HoldfastError(
    'MISCONFIGURED',
    `Table ${table.name} has no stream; run store.ensureSchema().`,
    { entity: table.entity.name },
  )
}

/**
 * The changes of one entity from the table's stream: at least once, in order per key, until the signal
 * aborts.
 *
 * @throws `CURSOR_EXPIRED` for a cursor older than the stream.
 * @yields the next change
 */
export async function* readChanges(
  { dynamo, streams, pollMs }: FeedParts,
  table: Table,
  from: string | undefined,
  options: CallOptions,
): AsyncGenerator<StoredChange> {
  const { signal } = options
  const isOver = (): boolean => signal?.aborted === true
  try {
    const stream = await streamOf(dynamo, table, options)
    const position = from === undefined ? undefined : parsePosition(from)
    const feed = new Feed(streams, table.entity, stream, position, options)
    let refreshed = 0
    while (!isOver()) {
      if (Date.now() - refreshed > REFRESH_MS) {
        await feed.refresh()
        refreshed = Date.now()
      }
      let isIdle = true
      for (const shard of feed.ready()) {
        for (const record of await feed.read(shard)) {
          isIdle = false
          shard.last = record.dynamodb?.SequenceNumber ?? shard.last
          const change = changeOf(table, record)
          if (change !== undefined) yield { ...change, position: feed.position }
        }
        // Its successors are listed by now.
        if (shard.isFinished) refreshed = 0
      }
      if (isIdle && refreshed !== 0) await pause(pollMs, options)
    }
  } catch (error) {
    if (!isOver()) throw error
  }
}
