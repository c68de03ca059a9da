import type { Driver } from '@holdfast/core'
import type { FaultRates } from '../fault-proxy/fault.ts'
import type { FaultCounts } from '../fault-proxy/plan.ts'

/** A store that can be reached straight and through faults. */
export interface FaultPlace {
  /** Reaches the store itself. Makes the tables. */
  readonly straight: Driver
  /** Reaches the same data through whatever goes wrong. */
  readonly faulty: Driver
  /** What went wrong so far. */
  readonly counts: FaultCounts
  /** The faults of the run: each request meets one of these, or none. */
  readonly faults: FaultRates
  /** Nothing that hangs is waited for longer than this, in milliseconds. */
  readonly timeoutMs: number
  /** How long a request can be under way when its caller has given up, in milliseconds. */
  readonly delayMs: number
  /** Other faults from now on, after so many requests that are spared. */
  setFaults(faults: FaultRates, spare?: number): void
}
