import { type CallOptions, HoldfastError, withSignal } from '@holdfast/core/driver'
import type { DynamodbClient, DynamodbOptions } from './options.ts'

/** Commands of the vendor by name. */
export type Commands<Name extends string> = Readonly<Record<Name, new (input: never) => object>>

/** What a module of commands of the vendor exports. */
interface Sdk<Name extends string> {
  readonly COMMANDS: Commands<Name>
  readonly Client: new (config: never) => DynamodbClient & { destroy(): void }
}

interface Opened<Name extends string> {
  readonly client: DynamodbClient
  /** Whether the client would copy all that it sends and receives for a log that does not exist. */
  readonly isMute: boolean
  readonly commands: Sdk<Name>['COMMANDS']
  readonly destroy: () => void
}

/** How a connection is made. */
export interface ConnectionParts<Name extends string> {
  readonly load: () => Promise<Sdk<Name>>
  /** The user's own client, if there is one. */
  readonly given: DynamodbClient | undefined
  /** Of a client of our own. */
  readonly config: ClientConfig
}

/** What a client of our own is made with. */
export interface ClientConfig extends DynamodbOptions {
  /** A client of the user's that ours is to resemble in region, credentials and endpoint. */
  readonly like?: DynamodbClient
}

const REQUEST_TIMEOUT_MS = 5000
const CONNECTION_TIMEOUT_MS = 2000
const MAX_SOCKETS = 50

const configOf = (options: ClientConfig): object => {
  // Settings that a client has resolved are functions, and may be given to another client.
  const { region, endpoint, credentials } = options.like?.config ?? options
  const agent = { keepAlive: true, maxSockets: options.maxSockets ?? MAX_SOCKETS }
  return {
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
    // Core repeats what may be repeated. The SDK would repeat writes whose answer was lost.
    maxAttempts: 1,
    // No command is given middleware of its own, so that each kind needs to be put together once.
    cacheMiddleware: true,
    // Without an `info`, nothing is prepared for a log that nobody reads. The others must be there.
    logger: { debug: () => {}, warn: () => {}, error: () => {} },
    requestHandler: {
      requestTimeout: options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS,
      // Without it the timeout is only logged.
      throwOnRequestTimeout: true,
      connectionTimeout: options.connectionTimeoutMs ?? CONNECTION_TIMEOUT_MS,
      httpAgent: agent,
      httpsAgent: agent,
    },
  }
}

type Filtered = { inputFilterSensitiveLog?: unknown; outputFilterSensitiveLog?: unknown }

const same = (value: unknown): unknown => value

/** Takes away what copies inputs and outputs for a log: it would be a third of the time of a page. */
const unlogged = (next: unknown, context: Filtered): unknown => {
  context.inputFilterSensitiveLog = same
  context.outputFilterSensitiveLog = same
  return next
}

interface Stacked {
  readonly middlewareStack: {
    add(middleware: typeof unlogged, options: { readonly step: 'initialize' }): void
  }
}

const isMute = ({ config }: DynamodbClient): boolean =>
  (config.logger as object | undefined)?.constructor.name === 'NoOpLogger'

const checkAttempts = async ({ config }: DynamodbClient): Promise<void> => {
  const { maxAttempts } = config
  const attempts: unknown =
    typeof maxAttempts === 'function' ? await (maxAttempts as () => unknown)() : maxAttempts
  if (attempts === 1) return
  throw new HoldfastError(
    'MISCONFIGURED',
    'Make the client given to dynamodb() with maxAttempts: 1. The SDK repeats writes whose answer was lost and then reports them as refused; Holdfast repeats them under a guard.',
  )
}

/** @throws `MISCONFIGURED` when a package is missing; any other error as it is. */
export const notInstalled = (error: unknown): never => {
  if ((error as { readonly code?: unknown } | null)?.code !== 'ERR_MODULE_NOT_FOUND') throw error
  throw new HoldfastError(
    'MISCONFIGURED',
    'A package of the AWS SDK is missing: install @aws-sdk/client-dynamodb, and @aws-sdk/client-dynamodb-streams for changes.',
    { cause: error },
  )
}

/** Calls of the vendor's client, which is loaded and made at the first of them. */
export class Connection<Name extends string> {
  readonly #parts: ConnectionParts<Name>
  #opening: Promise<Opened<Name>> | undefined
  #opened: Opened<Name> | undefined
  #isClosed = false

  constructor(parts: ConnectionParts<Name>) {
    this.#parts = parts
  }

  /** Sends one command. An abort leaves a write's outcome unknown. */
  call<Output>(
    name: Name,
    input: object,
    { signal }: CallOptions,
    outcome: 'unknown' | 'not_applied' = 'not_applied',
  ): Promise<Output> {
    const send = async (): Promise<Output> => {
      if (this.#isClosed)
        throw new HoldfastError('MISCONFIGURED', 'This store is closed; open it anew.')
      const opened = this.#opened ?? (await (this.#opening ??= this.#open()))
      const { client, commands } = opened
      const command = new commands[name](input as never)
      if (opened.isMute) (command as Stacked).middlewareStack.add(unlogged, { step: 'initialize' })
      const sent =
        signal === undefined
          ? client.send(command as never)
          : client.send(command as never, { abortSignal: signal } as never)
      return (await sent) as Output
    }
    return withSignal(signal, outcome, send)
  }

  /** The vendor's client, once it exists. */
  native(): unknown {
    return this.#parts.given ?? this.#opened?.client
  }

  async close(): Promise<void> {
    this.#isClosed = true
    const opened = this.#opened ?? (await this.#opening?.catch(() => undefined))
    opened?.destroy()
  }

  async #open(): Promise<Opened<Name>> {
    const { load, given, config } = this.#parts
    const { COMMANDS: commands, Client } = await load().catch(notInstalled)
    if (given !== undefined) {
      await checkAttempts(given)
      return (this.#opened = {
        client: given,
        isMute: isMute(given),
        commands,
        destroy: () => {},
      })
    }
    const client = new Client(configOf(config) as never)
    return (this.#opened = { client, isMute: false, commands, destroy: () => client.destroy() })
  }
}

/** The commands of DynamoDB that are used. */
export type Command =
  | 'BatchGetItem'
  | 'CreateTable'
  | 'DeleteItem'
  | 'DescribeTable'
  | 'DescribeTimeToLive'
  | 'GetItem'
  | 'PutItem'
  | 'Query'
  | 'Scan'
  | 'TransactWriteItems'
  | 'UpdateItem'
  | 'UpdateTable'
  | 'UpdateTimeToLive'

/** The commands of DynamoDB Streams that are used. */
export type StreamCommand = 'DescribeStream' | 'GetRecords' | 'GetShardIterator'

/** A connection to DynamoDB. */
export type Dynamo = Connection<Command>

/** A connection to DynamoDB Streams. */
export type Streams = Connection<StreamCommand>
