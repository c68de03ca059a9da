import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { type Exchange, treat } from './exchange.ts'
import { type CannedAnswer, type FaultRates, TREATMENTS, UNHARMED } from './fault.ts'
import { Listener } from './listener.ts'
import { type FaultCounts, FaultPlan } from './plan.ts'
import { type FaultOptions, type FaultProxy, waitsOf } from './proxy.ts'
import { reset } from './reset.ts'

/** Options of `startFaultProxy`. */
export interface FaultProxyOptions extends FaultOptions {
  /** Address of the real service, such as `http://127.0.0.1:8000`. Plain HTTP only. */
  readonly target: string
  /** Spares the requests for which it returns false; a spared request uses up no draw. Default: spares none. */
  readonly only?: (request: IncomingMessage) => boolean
  /** What `throttle` answers. Default: status 429 with an empty body. */
  readonly throttled?: CannedAnswer
  /** Body and headers of `error500` and `error503`. Default: an empty body. */
  readonly failed?: Omit<CannedAnswer, 'status'>
}

class HttpProxy implements FaultProxy {
  readonly #only: FaultProxyOptions['only']
  readonly #plan: FaultPlan
  readonly #exchange: Exchange
  readonly #stopping = new AbortController()
  readonly #open = new Set<Promise<void>>()
  readonly #listener: Listener

  constructor(options: FaultProxyOptions, target: URL) {
    const { seed, faults, failed = {}, throttled = { status: 429 } } = options
    this.#only = options.only
    this.#plan = new FaultPlan(seed, faults)
    this.#exchange = {
      target,
      waitMs: waitsOf(options),
      canned: {
        error500: { ...failed, status: 500 },
        error503: { ...failed, status: 503 },
        throttle: throttled,
      },
      signal: this.#stopping.signal,
      onForward: () => void (this.#plan.counts.forwarded += 1),
    }
    const server = createServer((request, response) => this.#serve(request, response))
    server.on('connection', (socket: Socket) => this.#accept(socket))
    // Callers that reset their side are part of the game.
    server.on('clientError', (_, socket) => socket.destroy())
    this.#listener = new Listener(server)
  }

  get url(): string {
    return `http://${this.#listener.address}`
  }

  get counts(): FaultCounts {
    return this.#plan.counts
  }

  setFaults(faults: FaultRates, spare?: number): void {
    this.#plan.setFaults(faults, spare)
  }

  up(): Promise<void> {
    return this.#listener.up()
  }

  down(): Promise<void> {
    return this.#listener.down()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.down()
    await Promise.all(this.#open)
  }

  #accept(socket: Socket): void {
    if (this.#plan.isRefused()) reset(socket)
    else this.#listener.hold(socket)
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const kind = this.#plan.next(this.#only?.(request) === false)
    const treatment = kind === undefined ? UNHARMED : TREATMENTS[kind]
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
  const target = new URL(options.target)
  if (target.protocol !== 'http:')
    throw new RangeError('The target of a fault proxy must be http:.')
  const proxy = new HttpProxy(options, target)
  await proxy.up()
  return proxy
}
