import { createServer, type Socket } from 'node:net'
import { FAULT_KINDS, type FaultRates } from './fault.ts'
import { Listener } from './listener.ts'
import { type FaultCounts, FaultPlan } from './plan.ts'
import { type FaultOptions, type FaultProxy, waitsOf } from './proxy.ts'
import { reset } from './reset.ts'
import { TCP_KINDS, TcpConnection, type TcpRoute } from './tcp-exchange.ts'

/** Options of `startTcpFaultProxy`. */
export interface TcpFaultProxyOptions extends FaultOptions {
  /** Address of the real service, such as `tcp://127.0.0.1:5432`. */
  readonly target: string
  /** What these kinds answer, in the bytes of the protocol. A kind without an answer cannot be asked for. */
  readonly answers?: TcpRoute['answers']
}

class TcpProxy implements FaultProxy {
  readonly #plan: FaultPlan
  readonly #route: TcpRoute
  readonly #stopping = new AbortController()
  readonly #open = new Set<TcpConnection>()
  readonly #listener: Listener

  constructor(options: TcpFaultProxyOptions, target: URL) {
    this.#plan = new FaultPlan(options.seed, {})
    this.#route = {
      target,
      plan: this.#plan,
      waitMs: waitsOf(options),
      answers: options.answers ?? {},
      signal: this.#stopping.signal,
    }
    this.setFaults(options.faults)
    this.#listener = new Listener(createServer((socket) => this.#accept(socket)))
  }

  get url(): string {
    return `tcp://${this.#listener.address}`
  }

  get counts(): FaultCounts {
    return this.#plan.counts
  }

  setFaults(faults: FaultRates, spare?: number): void {
    const possible: readonly string[] = [...TCP_KINDS, ...Object.keys(this.#route.answers)]
    const not = FAULT_KINDS.find((kind) => (faults[kind] ?? 0) > 0 && !possible.includes(kind))
    if (not !== undefined)
      throw new RangeError(
        `A TCP proxy cannot ${not} without knowing the protocol; it can ${possible.join(', ')}.`,
      )
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
    for (const connection of this.#open) connection.destroy()
    await Promise.all([...this.#open].map((connection) => connection.ended()))
  }

  #accept(socket: Socket): void {
    this.#listener.hold(socket)
    if (this.#plan.isRefused()) {
      reset(socket)
      return
    }
    const connection = new TcpConnection(this.#route, socket)
    this.#open.add(connection)
    void connection.ended().then(() => this.#open.delete(connection))
  }
}

/**
 * Starts a TCP proxy on a free port of 127.0.0.1 that breaks a share of the exchanges that pass
 * through it, for services that do not speak HTTP. What a caller sends before the service answers is one
 * request, so it suits protocols in which each side waits for the other.
 * @throws `RangeError` for rates that are not shares of one whole, for a target that is not `tcp:`, and
 * for kinds that need an answer of the protocol that `answers` does not hold.
 */
export const startTcpFaultProxy = async (options: TcpFaultProxyOptions): Promise<FaultProxy> => {
  const target = new URL(options.target)
  if (target.protocol !== 'tcp:')
    throw new RangeError('The target of a TCP fault proxy must be tcp:.')
  const proxy = new TcpProxy(options, target)
  await proxy.up()
  return proxy
}
