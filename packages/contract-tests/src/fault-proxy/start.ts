import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { checkRates, faultAt, seeded } from './draw.ts'
import { type Exchange, treat } from './exchange.ts'
import {
  type CannedAnswer,
  FAULT_KINDS,
  type FaultKind,
  type FaultRates,
  TREATMENTS,
  UNHARMED,
} from './fault.ts'
import { reset } from './reset.ts'

/** Options of `startFaultProxy`. */
export interface FaultProxyOptions {
  /** Address of the real service, such as `http://127.0.0.1:8000`. Plain HTTP only. */
  readonly target: string
  /** With the same seed, the same request in order meets the same fault. */
  readonly seed: number
  /** Share of the requests, from 0 to 1, that meet each fault. */
  readonly faults: FaultRates
  /** Spares the requests for which it returns false; a spared request uses up no draw. Default: spares none. */
  readonly only?: (request: IncomingMessage) => boolean
  /** What `throttle` answers. Default: status 429 with an empty body. */
  readonly throttled?: CannedAnswer
  /** Body and headers of `error500` and `error503`. Default: an empty body. */
  readonly failed?: Omit<CannedAnswer, 'status'>
  /** How late the answer is under `latency`, in milliseconds. Default 100. */
  readonly latencyMs?: number
  /** How late the request is under `delay`, in milliseconds. Default 1000. */
  readonly delayMs?: number
}

/** What a fault proxy has done so far. */
export interface FaultCounts {
  /** Requests that arrived whole or in part. */
  readonly requests: number
  /** Deliveries to the target; one request can count twice or not at all. */
  readonly forwarded: number
  /** How often each fault was met. */
  readonly faults: Readonly<Record<FaultKind, number>>
}

/** A running fault proxy. */
export interface FaultProxy {
  /** Address to give to a client in place of the target's. */
  readonly url: string
  /** Live: read it again for newer numbers. */
  readonly counts: FaultCounts
  /** Resets every connection and refuses new ones, as a service that is gone [Toxiproxy: down]. */
  down(): Promise<void>
  /** Listens again at the same address. */
  up(): Promise<void>
  /**
   * Resets every connection, drops delayed requests, and resolves when all that was forwarded is
   * answered and the proxy has ended. The target is left alone.
   */
  stop(): Promise<void>
}

// Any number that keeps the draws of connections apart from those of requests.
const CONNECTIONS = 0x9e3779b9

const noFaults = (): Record<FaultKind, number> =>
  Object.fromEntries(FAULT_KINDS.map((kind) => [kind, 0])) as Record<FaultKind, number>

class SeededProxy implements FaultProxy {
  readonly counts = { requests: 0, forwarded: 0, faults: noFaults() }
  readonly #options: FaultProxyOptions
  readonly #drawRequest: () => number
  readonly #drawConnection: () => number
  readonly #exchange: Exchange
  readonly #stopping = new AbortController()
  readonly #sockets = new Set<Socket>()
  readonly #open = new Set<Promise<void>>()
  readonly #server: Server
  #port = 0

  constructor(options: FaultProxyOptions, target: URL) {
    const { seed, failed = {}, throttled = { status: 429 } } = options
    this.#options = options
    this.#drawRequest = seeded(seed)
    this.#drawConnection = seeded(seed ^ CONNECTIONS)
    this.#exchange = {
      target,
      waitMs: { before: options.delayMs ?? 1000, after: options.latencyMs ?? 100 },
      canned: {
        error500: { ...failed, status: 500 },
        error503: { ...failed, status: 503 },
        throttle: throttled,
      },
      signal: this.#stopping.signal,
      onForward: () => void (this.counts.forwarded += 1),
    }
    this.#server = createServer((request, response) => this.#serve(request, response))
    this.#server.on('connection', (socket: Socket) => this.#accept(socket))
    // Callers that reset their side are part of the game.
    this.#server.on('clientError', (_, socket) => socket.destroy())
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  async up(): Promise<void> {
    if (this.#server.listening) return
    this.#server.listen(this.#port, '127.0.0.1')
    await once(this.#server, 'listening')
    this.#port = (this.#server.address() as AddressInfo).port
  }

  async down(): Promise<void> {
    if (!this.#server.listening) return
    const closed = once(this.#server, 'close')
    this.#server.close()
    for (const socket of this.#sockets) reset(socket)
    await closed
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.down()
    await Promise.all(this.#open)
  }

  #accept(socket: Socket): void {
    const { refuse = 0 } = this.#options.faults
    if (this.#drawConnection() < refuse) {
      this.counts.faults.refuse += 1
      reset(socket)
      return
    }
    this.#sockets.add(socket)
    socket.on('close', () => this.#sockets.delete(socket)).on('error', () => {})
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    this.counts.requests += 1
    const faults: FaultRates = { ...this.#options.faults, refuse: 0 }
    const isSpared = this.#options.only?.(request) === false
    const kind = isSpared ? undefined : faultAt(faults, this.#drawRequest())
    if (kind !== undefined) this.counts.faults[kind] += 1
    const treatment = kind === undefined || kind === 'refuse' ? UNHARMED : TREATMENTS[kind]
    const treated = treat(this.#exchange, treatment, { request, response })
    this.#open.add(treated)
    void treated.then(() => this.#open.delete(treated))
  }
}

/**
 * Starts an HTTP proxy on a free port of 127.0.0.1 that breaks a share of what passes through it, so
 * that an adapter can be tested against a service that loses answers, repeats requests and throttles.
 * Which request in order meets which fault depends on the seed alone; in which order requests of
 * several callers arrive does not.
 * @throws `RangeError` for rates that are not shares of one whole or a target that is not `http:`.
 */
export const startFaultProxy = async (options: FaultProxyOptions): Promise<FaultProxy> => {
  checkRates(options.faults)
  const target = new URL(options.target)
  if (target.protocol !== 'http:')
    throw new RangeError('The target of a fault proxy must be http:.')
  const proxy = new SeededProxy(options, target)
  await proxy.up()
  return proxy
}
