import {
  type CallOptions,
  type EntityModel,
  HoldfastError,
  isHoldfastError,
  insist,
} from '@holdfast/core/driver'
import type { StreamCommand, Streams } from './connection.ts'
import { classify } from './errors.ts'
import { expired, type FeedPosition, positionText, type Progress, type Shards } from './position.ts'
import type { Item } from './value.ts'

/** One record of a stream, as far as it is used. */
export interface StreamRecord {
  readonly dynamodb?: {
    readonly SequenceNumber?: string
    readonly NewImage?: Item
    readonly OldImage?: Item
  }
}

interface ShardReply {
  readonly StreamDescription?: {
    readonly Shards?: readonly { readonly ShardId?: string; readonly ParentShardId?: string }[]
    readonly LastEvaluatedShardId?: string
  }
}

interface RecordsReply {
  readonly Records?: readonly StreamRecord[]
  readonly NextShardIterator?: string
}

const MAX_RECORDS = 1000

const nameOf = (error: unknown): string | undefined =>
  (error as { readonly name?: string } | null)?.name

/** A stream read shard by shard, a shard only after those it came from. */
export class Feed {
  readonly #streams: Streams
  readonly #entity: EntityModel
  readonly #stream: string
  readonly #options: CallOptions
  readonly #shards: Shards = new Map()
  /** What the cursor says of shards that have not been seen listed yet. */
  readonly #resumed: Map<string, string | 0>

  constructor(
    streams: Streams,
    entity: EntityModel,
    stream: string,
    from: FeedPosition | undefined,
    options: CallOptions,
  ) {
    if (from !== undefined && from.stream !== stream) throw expired(entity.name)
    this.#streams = streams
    this.#entity = entity
    this.#stream = stream
    this.#options = options
    this.#resumed = new Map(Object.entries(from?.shards ?? {}))
  }

  /** Where the feed stands. */
  get position(): string {
    return positionText(this.#stream, this.#shards)
  }

  /** Looks which shards there are. @throws `CURSOR_EXPIRED` when one that was being read is gone. */
  async refresh(): Promise<void> {
    const listed = await this.#list()
    for (const [name, place] of this.#resumed)
      if (place !== 0 && !listed.has(name)) throw expired(this.#entity.name)
    const read = this.#ancestors(listed)
    for (const [name, parent] of listed) {
      if (this.#shards.has(name)) continue
      const place = this.#resumed.get(name)
      this.#shards.set(name, {
        parent,
        last: place === 0 ? undefined : place,
        isFinished: place === 0 || read.has(name),
        iterator: undefined,
      })
    }
    this.#resumed.clear()
    for (const [name, { isFinished }] of this.#shards)
      if (!listed.has(name) && isFinished) this.#shards.delete(name)
  }

  /** The shards that can be read now. */
  ready(): readonly Progress[] {
    return [...this.#shards.values()].filter(
      ({ isFinished, parent }) =>
        !isFinished && (parent === undefined || this.#shards.get(parent)?.isFinished !== false),
    )
  }

  /** Reads on in a shard. The caller notes each record's number in `last` as it hands it on. */
  async read(shard: Progress): Promise<readonly StreamRecord[]> {
    const from = shard.iterator ?? (await this.#iterator(shard))
    let reply: RecordsReply
    try {
      reply = await this.#call('GetRecords', { ShardIterator: from, Limit: MAX_RECORDS })
    } catch (error) {
      shard.iterator = undefined
      if (nameOf(error) === 'ExpiredIteratorException') return []
      throw error
    }
    shard.iterator = reply.NextShardIterator
    if (reply.NextShardIterator === undefined && (reply.Records ?? []).length === 0)
      shard.isFinished = true
    return reply.Records ?? []
  }

  async #list(): Promise<Map<string, string | undefined>> {
    const listed = new Map<string, string | undefined>()
    let ExclusiveStartShardId: string | undefined
    do {
      const { StreamDescription }: ShardReply = await this.#call('DescribeStream', {
        StreamArn: this.#stream,
        ...(ExclusiveStartShardId === undefined ? {} : { ExclusiveStartShardId }),
      })
      for (const { ShardId, ParentShardId } of StreamDescription?.Shards ?? [])
        if (ShardId !== undefined) listed.set(ShardId, ParentShardId)
      ExclusiveStartShardId = StreamDescription?.LastEvaluatedShardId
    } while (ExclusiveStartShardId !== undefined)
    return listed
  }

  /** Shards that came before those of the cursor: they have been read. */
  #ancestors(listed: ReadonlyMap<string, string | undefined>): ReadonlySet<string> {
    const found = new Set<string>()
    for (const name of this.#resumed.keys())
      for (
        let parent = listed.get(name);
        parent !== undefined && !found.has(parent);
        parent = listed.get(parent)
      )
        found.add(parent)
    return found
  }

  async #iterator(shard: Progress): Promise<string> {
    const name = [...this.#shards].find(([, one]) => one === shard)?.[0]
    const { ShardIterator } = await this.#call<{ readonly ShardIterator?: string }>(
      'GetShardIterator',
      {
        StreamArn: this.#stream,
        ShardId: name,
        ...(shard.last === undefined
          ? { ShardIteratorType: 'TRIM_HORIZON' }
          : { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: shard.last }),
      },
    )
    if (ShardIterator !== undefined) return ShardIterator
    throw new HoldfastError('INTERNAL', 'DynamoDB Streams gave no iterator.')
  }

  /** Core does not repeat what a feed does, so that is done here. */
  async #call<Output>(name: StreamCommand, input: object): Promise<Output> {
    const options = this.#options
    try {
      return await insist(() => this.#streams.call<Output>(name, input, options), options, classify)
    } catch (error) {
      if (isHoldfastError(error) || nameOf(error) === 'ExpiredIteratorException') throw error
      const { code, retryable } = classify(error)
      if (code === 'CURSOR_EXPIRED') throw expired(this.#entity.name)
      throw new HoldfastError(
        code,
        `The changes of ${this.#entity.name} could not be read; see cause.`,
        { entity: this.#entity.name, retryable, outcome: 'not_applied', cause: error },
      )
    }
  }
}
