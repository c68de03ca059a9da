import { type CallOptions, HoldfastError, withSignal } from '@holdfast/core/driver'
import type { FirestoreClient, FirestoreOptions } from './options.ts'

/** What a streaming call of the vendor returns, as far as it is used. */
export interface Stream {
  on(event: 'data', listener: (message: never) => void): unknown
  on(event: 'error', listener: (error: unknown) => void): unknown
  on(event: 'end' | 'close', listener: () => void): unknown
  write(message: object): unknown
  pause(): unknown
  resume(): unknown
  cancel?(): void
  destroy(): unknown
}

/** The calls that are answered once. */
export type Method = 'commit' | 'batchWrite' | 'beginTransaction' | 'rollback' | 'partitionQuery'

/** The calls that are answered by a stream of messages. */
export type StreamMethod = 'batchGetDocuments' | 'runQuery' | 'runAggregationQuery'

type Gapic = Readonly<
  Record<Method, (request: object, options: object) => Promise<readonly unknown[]>>
> &
  Readonly<Record<StreamMethod, (request: object, options: object) => Stream>> & {
    listen(options: object): Stream
  }

/**
 * What is used of a `Firestore` beside its types: its connections, to which requests are given as the
 * protocol has them. The calls that are typed repeat writes whose answer was lost, and read numbers of
 * 64 bits inexactly.
 */
interface Inner extends FirestoreClient {
  readonly formattedName: string
  initializeIfNeeded(tag: string): Promise<void>
  readonly _clientPool: {
    run<T>(tag: string, needsGrpc: boolean, call: (client: Gapic) => Promise<T>): Promise<T>
  }
  readonly _settings?: { readonly customHeaders?: object }
}

/** A client that is ready. */
export interface Opened {
  /** Path of the database, such as `projects/p/databases/(default)`. */
  readonly database: string
  /** Path of all documents. */
  readonly root: string
}

/** A stream both ways. */
export interface Listening {
  readonly stream: Stream
  readonly opened: Opened
  /** Ends it. */
  release(): void
}

const TAG = 'holdfast'
const REQUEST_TIMEOUT_MS = 10_000
const QUERY_TIMEOUT_MS = 60_000
const LISTEN_TIMEOUT_MS = 24 * 60 * 60 * 1000

const isKnown = (client: FirestoreClient): client is Inner => {
  const { initializeIfNeeded, _clientPool: pool } = client as Partial<Inner>
  return typeof initializeIfNeeded === 'function' && typeof pool?.run === 'function'
}

const settingsOf = ({ projectId, databaseId, emulatorHost }: FirestoreOptions): object => {
  const isEmulator = emulatorHost !== undefined || Boolean(process.env['FIRESTORE_EMULATOR_HOST'])
  return {
    ...(projectId === undefined ? {} : { projectId }),
    ...(databaseId === undefined ? {} : { databaseId }),
    ...(emulatorHost === undefined ? {} : { host: emulatorHost, ssl: false }),
    // Not knowing it, the client would look for a cloud around itself, for seconds.
    ...(isEmulator ? { universeDomain: 'googleapis.com' } : {}),
  }
}

/** @throws `MISCONFIGURED` when the package is missing; any other error as it is. */
const notInstalled = (error: unknown): never => {
  if ((error as { readonly code?: unknown } | null)?.code !== 'ERR_MODULE_NOT_FOUND') throw error
  throw new HoldfastError(
    'MISCONFIGURED',
    'The package of Firestore is missing: install @google-cloud/firestore.',
    { cause: error },
  )
}

/** Ends a stream, at the server as well. */
const end = (stream: Stream): void => {
  stream.cancel?.()
  stream.destroy()
}

/** Everything that a stream sends. */
const collect = <Message>(stream: Stream): Promise<readonly Message[]> =>
  new Promise((resolve, reject) => {
    const messages: Message[] = []
    stream.on('data', (message: Message) => messages.push(message))
    stream.on('error', reject)
    stream.on('end', () => resolve(messages))
    // Without an end before: it was given up.
    stream.on('close', () =>
      reject(new HoldfastError('UNAVAILABLE', 'The answer broke off.', { retryable: true })),
    )
  })

/** Calls of the vendor's client, which is loaded and made at the first of them. Each is sent once. */
export class Connection {
  readonly #options: FirestoreOptions
  #opening: Promise<Inner> | undefined
  #inner: Inner | undefined
  #opened: Opened | undefined
  #isClosed = false
  readonly #closing = new AbortController()

  constructor(options: FirestoreOptions) {
    this.#options = options
  }

  /** Aborts when the store is closed. */
  get closed(): AbortSignal {
    return this.#closing.signal
  }

  /** Makes the client ready. @throws `MISCONFIGURED` after `close`. */
  async open(): Promise<Opened> {
    if (this.#isClosed)
      throw new HoldfastError('MISCONFIGURED', 'This store is closed; open it anew.')
    return this.#opened ?? (await this.#ready())
  }

  /** Sends one call. An abort leaves a write's outcome unknown. */
  async call<Output>(
    method: Method,
    request: (opened: Opened) => object,
    { signal }: CallOptions,
    outcome: 'unknown' | 'not_applied' = 'not_applied',
  ): Promise<Output> {
    const opened = await withSignal(signal, 'not_applied', () => this.open())
    const timeout = this.#options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS
    // Given up in here, it is no longer waited for by who closes the client.
    const [reply] = await this.#run((client) =>
      withSignal(signal, outcome, () =>
        client[method](request(opened), this.#callOptions(timeout)),
      ),
    )
    return reply as Output
  }

  /** Sends one call and collects all that it streams back. Only reads stream. */
  stream<Message>(
    method: StreamMethod,
    request: (opened: Opened) => object,
    { signal }: CallOptions,
  ): Promise<readonly Message[]> {
    const send = async (): Promise<readonly Message[]> => {
      const opened = await this.open()
      return this.#run(async (client) => {
        const stream = client[method](
          request(opened),
          this.#callOptions(this.#streamTimeout(method)),
        )
        const stop = (): void => end(stream)
        signal?.addEventListener('abort', stop, { once: true })
        return collect<Message>(stream).finally(() => signal?.removeEventListener('abort', stop))
      })
    }
    return withSignal(signal, 'not_applied', send)
  }

  /** Opens a stream both ways. It holds a connection until it is released. */
  async listen(): Promise<Listening> {
    const opened = await this.open()
    return new Promise((resolve, reject) => {
      const hold = (client: Gapic): Promise<void> =>
        new Promise((done) => {
          const stream = client.listen(this.#callOptions(LISTEN_TIMEOUT_MS))
          const release = (): void => {
            this.closed.removeEventListener('abort', release)
            end(stream)
            done()
          }
          // Nobody may be reading when the store is closed.
          this.closed.addEventListener('abort', release)
          resolve({ stream, opened, release })
        })
      this.#run(hold).catch(reject)
    })
  }

  /** The vendor's client, once it exists. */
  native(): unknown {
    return this.#options.client ?? this.#inner
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#closing.abort()
    const inner = this.#inner ?? (await this.#opening?.catch(() => undefined))
    if (this.#options.client === undefined) await inner?.terminate()
  }

  /** A page of large records, or many of them to be counted, may take longer than one record. */
  #streamTimeout(method: StreamMethod): number {
    const { requestTimeoutMs = REQUEST_TIMEOUT_MS, queryTimeoutMs = QUERY_TIMEOUT_MS } =
      this.#options
    return method === 'batchGetDocuments' ? requestTimeoutMs : queryTimeoutMs
  }

  #run<T>(call: (client: Gapic) => Promise<T>): Promise<T> {
    const inner = this.#inner
    if (inner === undefined) throw new HoldfastError('INTERNAL', 'The client is not open.')
    return inner._clientPool.run(TAG, true, call)
  }

  /** No retries: core repeats what may be repeated, writes under their guard. */
  #callOptions(timeout: number): object {
    return {
      timeout,
      retry: null,
      retryRequestOptions: { retries: 0, noResponseRetries: 0 },
      otherArgs: {
        headers: {
          'google-cloud-resource-prefix': this.#opened?.database,
          ...this.#inner?._settings?.customHeaders,
        },
      },
    }
  }

  async #ready(): Promise<Opened> {
    const inner = await (this.#opening ??= this.#load())
    await inner.initializeIfNeeded(TAG)
    this.#inner = inner
    const database = inner.formattedName
    return (this.#opened ??= { database, root: `${database}/documents` })
  }

  async #load(): Promise<Inner> {
    const client = this.#options.client ?? (await this.#make())
    if (isKnown(client)) return client
    throw new HoldfastError(
      'MISCONFIGURED',
      'Give firestore() a client that is a Firestore of @google-cloud/firestore, version 8 or 9.',
    )
  }

  async #make(): Promise<FirestoreClient> {
    const { Firestore } = await import('@google-cloud/firestore').catch(notInstalled)
    return new Firestore(settingsOf(this.#options))
  }
}
