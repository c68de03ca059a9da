import { setTimeout } from 'node:timers/promises'
import { Firestore } from '@google-cloud/firestore'
import { Channel, Metadata, status } from '@grpc/grpc-js'
import { FIRESTORE_CLIENT } from '@holdfast/engines'

/** What gRPC tells of an answer: its head, its messages as bytes, its end. */
interface Listener {
  onReceiveMetadata(metadata: Metadata): void
  onReceiveMessage(message: Buffer): void
  onReceiveStatus(status: unknown): void
}

/** One call as gRPC's client makes it on a channel, as far as it is used. */
interface Call {
  start(metadata: Metadata, listener: Listener): void
  sendMessageWithContext(context: { readonly callback?: () => void }, message: Buffer): void
  startRead(): void
  halfClose(): void
  cancelWithStatus(code: number, details: string): void
  getPeer(): string
  setCredentials(credentials: unknown): void
  getAuthContext(): unknown
}

const OK = { code: status.OK, details: '', metadata: new Metadata() }

/** A call that is answered from here. Messages are given as they are asked for, each in its own tick. */
class KeptCall implements Call {
  readonly #messages: readonly Buffer[]
  readonly #delayMs: number
  #listener: Listener | undefined
  #next = 0
  #hasArrived = false
  #isAsked = false
  #isOver = false

  constructor(messages: readonly Buffer[], delayMs: number) {
    this.#messages = messages
    this.#delayMs = delayMs
  }

  start(_: Metadata, listener: Listener): void {
    this.#listener = listener
  }

  sendMessageWithContext({ callback }: { readonly callback?: () => void }): void {
    if (callback !== undefined) process.nextTick(callback)
  }

  /** The question is complete: its answer comes with a later turn of the event loop, as from a socket. */
  halfClose(): void {
    if (this.#delayMs > 0) void setTimeout(this.#delayMs).then(() => this.#arrive())
    else setImmediate(() => this.#arrive())
  }

  startRead(): void {
    this.#isAsked = true
    if (this.#hasArrived) this.#give()
  }

  cancelWithStatus(code: number, details: string): void {
    this.#end({ code, details, metadata: new Metadata() })
  }

  getPeer(): string {
    return 'kept'
  }

  setCredentials(): void {}

  getAuthContext(): null {
    return null
  }

  #arrive(): void {
    this.#hasArrived = true
    this.#listener?.onReceiveMetadata(new Metadata())
    if (this.#messages.length === 0) this.#end(OK)
    else if (this.#isAsked) this.#give()
  }

  #give(): void {
    const message = this.#messages[this.#next]
    if (message === undefined) return
    this.#isAsked = false
    this.#next += 1
    process.nextTick(() => {
      this.#listener?.onReceiveMessage(message)
      if (this.#next === this.#messages.length) this.#end(OK)
    })
  }

  #end(ended: unknown): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#listener?.onReceiveStatus(ended)
  }
}

/**
 * A gRPC channel that first passes calls on to an emulator and keeps the last answer to each kind of
 * call. From `replay` on it gives those answers itself: all of the vendor's client, of gax and of gRPC
 * down to the bytes of its messages runs; HTTP/2 and the sockets do not.
 */
export class Transport {
  readonly client: Firestore
  readonly #kept = new Map<string, Buffer[]>()
  #asked: string[] = []
  #delayMs: number | undefined

  /** @param host host and port of the emulator */
  constructor(host: string) {
    this.client = new Firestore({
      ...FIRESTORE_CLIENT,
      // Not knowing it, the client would look for a cloud around itself, for seconds.
      universeDomain: 'googleapis.com',
      host,
      ssl: false,
      grpcOptions: {
        'grpc.channelFactoryOverride': (...made: ConstructorParameters<typeof Channel>) =>
          this.#wrap(new Channel(...made)),
      },
    })
  }

  /** The calls that were passed on since the last time, in order. */
  calls(): readonly string[] {
    const asked = this.#asked
    this.#asked = []
    return asked
  }

  /** From now on answers come from here, so many milliseconds after the call; at once for 0. */
  replay(delayMs = 0): void {
    this.#delayMs = delayMs
  }

  #wrap(channel: Channel): object {
    const createCall = (...asked: Parameters<Channel['createCall']>): Call =>
      this.#delayMs === undefined
        ? this.#passOn(asked[0], channel.createCall(...asked) as unknown as Call)
        : this.#answer(asked[0], this.#delayMs)
    return {
      createCall,
      close: () => channel.close(),
      getTarget: () => channel.getTarget(),
      getConnectivityState: (tries: boolean) => channel.getConnectivityState(tries),
      getChannelzRef: () => channel.getChannelzRef(),
    }
  }

  #passOn(method: string, call: Call): Call {
    const messages: Buffer[] = []
    this.#asked.push(method.split('/').at(-1) ?? method)
    const start = call.start.bind(call)
    call.start = (metadata, listener) =>
      start(metadata, {
        onReceiveMetadata: (head) => listener.onReceiveMetadata(head),
        onReceiveMessage: (message) => {
          if (message !== null) messages.push(message)
          listener.onReceiveMessage(message)
        },
        onReceiveStatus: (ended) => {
          this.#kept.set(method, messages)
          listener.onReceiveStatus(ended)
        },
      })
    return call
  }

  #answer(method: string, delayMs: number): Call {
    const messages = this.#kept.get(method)
    if (messages === undefined)
      throw new Error(`${method} was not called before its answer is repeated.`)
    return new KeptCall(messages, delayMs)
  }
}
