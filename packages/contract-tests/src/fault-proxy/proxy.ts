import type { FaultRates } from './fault.ts'
import type { FaultCounts } from './plan.ts'

/** What all fault proxies are asked for. */
export interface FaultOptions {
  /** With the same seed, the same request in order meets the same fault. */
  readonly seed: number
  /** Share of the requests, from 0 to 1, that meet each fault. */
  readonly faults: FaultRates
  /** How late the answer is under `latency`, in milliseconds. Default 100. */
  readonly latencyMs?: number
  /** How late the request is under `delay`, in milliseconds. Default 1000. */
  readonly delayMs?: number
}

/** A line to a store whose faults can be set. */
export interface FaultLine {
  /** Live: read it again for newer numbers. */
  readonly counts: FaultCounts
  /** Other faults from now on, after so many more requests that are spared (default 0). */
  setFaults(faults: FaultRates, spare?: number): void
}

/** A running fault proxy. */
export interface FaultProxy extends FaultLine {
  /** Address to give to a client in place of the target's. */
  readonly url: string
  /** Resets every connection and refuses new ones, as a service that is gone [Toxiproxy: down]. */
  down(): Promise<void>
  /** Listens again at the same address. */
  up(): Promise<void>
  /**
   * Resets every connection, drops delayed requests, and resolves when nothing is under way any more
   * and the proxy has ended. The target is left alone.
   */
  stop(): Promise<void>
}

/** How long each wait of a treatment lasts, in milliseconds. */
export const waitsOf = ({
  delayMs = 1000,
  latencyMs = 100,
}: FaultOptions): Readonly<Record<'before' | 'after', number>> => ({
  before: delayMs,
  after: latencyMs,
})
