import type { Driver } from '@holdfast/core'
import type { FaultRates } from '../fault-proxy/fault.ts'
import type { FaultLine } from '../fault-proxy/proxy.ts'

/** A store that can be reached straight and through faults. */
export interface FaultPlace {
  /** Reaches the store itself. Makes the tables. */
  readonly straight: Driver
  /** Reaches the same data through whatever goes wrong. */
  readonly faulty: Driver
  /** Where it goes wrong: a fault proxy, or `unreliable`. */
  readonly line: FaultLine
  /** The faults of the run: each request meets one of these, or none. */
  readonly faults: FaultRates
  /** Nothing that hangs is waited for longer than this, in milliseconds. */
  readonly timeoutMs: number
  /** How long a request can be under way when its caller has given up, in milliseconds. */
  readonly delayMs: number
}
