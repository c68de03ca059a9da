import { setTimeout } from 'node:timers/promises'
import type { Driver } from '@holdfast/core'
import { type Classification, withSignal } from '@holdfast/core/driver'
import { type FaultKind, TREATMENTS, UNHARMED } from './fault.ts'
import { wrapDriver } from '../wrap-driver.ts'
import { FaultPlan } from './plan.ts'
import { type FaultLine, type FaultOptions, waitsOf } from './proxy.ts'

/** Options of `unreliable`. */
export interface UnreliableOptions extends FaultOptions {
  /** When the driver gives up on an answer, in milliseconds. Default 500. */
  readonly timeoutMs?: number
}

/** A driver whose calls fail as those do that go through a fault proxy. */
export interface UnreliableDriver extends FaultLine {
  readonly driver: Driver
}

const UNAVAILABLE: Classification = { code: 'UNAVAILABLE', retryable: true, outcome: 'unknown' }
const MEANING: Readonly<Partial<Record<FaultKind, Classification>>> = {
  refuse: { ...UNAVAILABLE, outcome: 'not_applied' },
  error503: { ...UNAVAILABLE, outcome: 'not_applied' },
  throttle: { code: 'THROTTLED', retryable: true, outcome: 'not_applied', retryAfterMs: 20 },
}
const LATE: Classification = { code: 'TIMEOUT', retryable: true, outcome: 'unknown' }

class InjectedError extends Error {
  override readonly name = 'InjectedError'
  readonly meaning: Classification

  constructor(what: string, meaning: Classification) {
    super(`Injected: ${what}.`)
    this.meaning = meaning
  }
}

class Line {
  readonly #plan: FaultPlan
  readonly #waitMs: Readonly<Record<'before' | 'after', number>>
  readonly #timeoutMs: number

  constructor(plan: FaultPlan, options: UnreliableOptions) {
    this.#plan = plan
    this.#waitMs = waitsOf(options)
    this.#timeoutMs = options.timeoutMs ?? 500
  }

  /** Makes one call, or what its fault leaves of it. */
  async call<T>(make: () => Promise<T>): Promise<T> {
    const kind = this.#plan.isRefused() ? 'refuse' : this.#plan.next()
    if (kind === 'refuse') throw failure(kind)
    const { waits, forwards, answer } = kind === undefined ? UNHARMED : TREATMENTS[kind]
    const deliver = async (): Promise<T | undefined> => {
      if (waits === 'before') await setTimeout(this.#waitMs.before)
      let first: Promise<T> | undefined
      for (let made = 0; made < forwards; made += 1) {
        this.#plan.counts.forwarded += 1
        const delivered = make()
        await delivered.catch(() => undefined)
        first ??= delivered
      }
      if (waits === 'after') await setTimeout(this.#waitMs.after)
      return first
    }
    if (kind === undefined) return (await deliver()) as T
    if (answer === 'hang') {
      await deliver().catch(() => undefined)
      await setTimeout(this.#timeoutMs)
      throw late()
    }
    if (answer !== 'pass') {
      await deliver().catch(() => undefined)
      throw failure(kind)
    }
    return (await Promise.race([deliver(), this.#patience()])) as T
  }

  async #patience(): Promise<never> {
    await setTimeout(this.#timeoutMs)
    throw late()
  }
}

const failure = (kind: FaultKind): InjectedError =>
  new InjectedError(kind, MEANING[kind] ?? UNAVAILABLE)
const late = (): InjectedError => new InjectedError('no answer', LATE)

/**
 * Wraps a driver whose store is in this process, where there is no line to break: calls are lost,
 * repeated, delayed and refused at the seam between core and the driver instead. Reads and writes of
 * records are; change feeds and the schema are not.
 */
export const unreliable = (inner: Driver, options: UnreliableOptions): UnreliableDriver => {
  const plan = new FaultPlan(options.seed, options.faults)
  const line = new Line(plan, options)
  const driver = wrapDriver(inner, {
    get: (entity, keys, asked) =>
      withSignal(asked.signal, 'not_applied', () =>
        line.call(() => inner.get(entity, keys, { ...asked, signal: undefined })),
      ),
    write: (writes, asked) =>
      withSignal(asked.signal, 'unknown', () =>
        line.call(() => inner.write(writes, { ...asked, signal: undefined })),
      ),
    query: (request, { signal }) =>
      withSignal(signal, 'not_applied', () => line.call(() => inner.query(request, {}))),
    classify: (error) => (error instanceof InjectedError ? error.meaning : inner.classify(error)),
  })
  return {
    driver,
    get counts() {
      return plan.counts
    },
    setFaults: (faults, spare) => plan.setFaults(faults, spare),
  }
}
