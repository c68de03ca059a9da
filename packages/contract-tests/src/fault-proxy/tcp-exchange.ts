import { connect, type Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { type FaultKind, type Treatment, TREATMENTS, UNHARMED } from './fault.ts'
import type { FaultPlan } from './plan.ts'
import { reset } from './reset.ts'

/** Kinds that a proxy can only give which knows what an error looks like in the protocol. */
export type AnswerKind = 'error500' | 'error503' | 'throttle'

/** What every connection of one TCP proxy has in common. */
export interface TcpRoute {
  readonly target: URL
  readonly plan: FaultPlan
  readonly waitMs: Readonly<Record<'before' | 'after', number>>
  readonly answers: Readonly<Partial<Record<AnswerKind, Uint8Array>>>
  /** Aborts what waits when the proxy stops. */
  readonly signal: AbortSignal
}

/**
 * One connection. What the caller sends up to the target's next word is one request; it and its
 * answer meet at most one fault.
 */
export class TcpConnection {
  readonly #route: TcpRoute
  readonly #caller: Socket
  readonly #target: Socket
  /** How the request under way is treated; `undefined` between requests. */
  #treatment: Treatment | undefined
  /** What is on its way, in order. */
  #toTarget = Promise.resolve()
  #toCaller = Promise.resolve()
  /** Requests held back. The target's side stays open for them when the caller has left. */
  #late = 0

  constructor(route: TcpRoute, caller: Socket) {
    this.#route = route
    this.#caller = caller
    const { hostname, port } = route.target
    this.#target = connect(Number(port), hostname)
    caller.on('data', (chunk: Buffer) => this.#fromCaller(chunk))
    caller.on('close', () => this.#leave())
    this.#target.on('data', (chunk: Buffer) => this.#fromTarget(chunk))
    this.#target.on('end', () => caller.end()).on('error', () => reset(caller))
  }

  /** Ends the target's side at once, and with it what is held back. */
  destroy(): void {
    this.#target.destroy()
  }

  /** Resolves when the target's side is closed. */
  async ended(): Promise<void> {
    if (!this.#target.closed)
      await new Promise<void>((resolve) => this.#target.once('close', () => resolve()))
  }

  #fromCaller(chunk: Buffer): void {
    if (this.#treatment === undefined) {
      const kind = this.#route.plan.next()
      this.#treatment = kind === undefined ? UNHARMED : TREATMENTS[kind]
      if (this.#treatment.forwards === 0) this.#answer(this.#treatment.answer)
      else this.#route.plan.counts.forwarded += 1
    }
    const { forwards, waits } = this.#treatment ?? { forwards: 0 }
    if (forwards === 0) return
    if (waits !== 'before') {
      this.#toTarget = this.#toTarget.then(() => void this.#target.write(chunk))
      return
    }
    this.#late += 1
    this.#toTarget = Promise.all([this.#toTarget, this.#wait('before')]).then(() => {
      this.#late -= 1
      this.#target.write(chunk)
      // The target is to read and do it: the end comes behind it, in order.
      if (this.#caller.closed) this.#target.end()
    }, ignore)
  }

  #fromTarget(chunk: Buffer): void {
    const treatment = this.#treatment ?? UNHARMED
    switch (treatment.answer) {
      case 'pass': {
        const wait = treatment.waits === 'after' ? this.#wait('after') : undefined
        this.#toCaller = Promise.all([this.#toCaller, wait]).then(() => {
          if (!this.#caller.destroyed) this.#caller.write(chunk)
        }, ignore)
        this.#treatment = undefined
        return
      }
      case 'truncate':
        this.#caller.write(chunk.subarray(0, chunk.length >> 1), () => this.#caller.destroy())
        return
      case 'reset':
        reset(this.#caller)
        return
      // Kept back for ever.
      default:
    }
  }

  /** Answers a request that does not reach the target. */
  #answer(kind: Treatment['answer']): void {
    if (kind === 'reset') reset(this.#caller)
    else if (kind === 'error500' || kind === 'error503' || kind === 'throttle') {
      const { [kind]: answer } = this.#route.answers
      this.#caller.write(answer ?? '')
      this.#treatment = undefined
    }
  }

  #leave(): void {
    if (this.#late === 0) this.#target.destroy()
  }

  #wait(when: 'before' | 'after'): Promise<void> {
    const { waitMs, signal } = this.#route
    return setTimeout(waitMs[when], undefined, { signal })
  }
}

const ignore = (): void => {}

/** Kinds of faults that need no knowledge of the protocol. */
export const TCP_KINDS: readonly FaultKind[] = [
  'refuse',
  'resetBefore',
  'resetAfter',
  'hang',
  'hangAfter',
  'truncate',
  'latency',
  'delay',
]
