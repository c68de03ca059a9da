import { checkRates, faultAt, seeded } from './draw.ts'
import { FAULT_KINDS, type FaultKind, type FaultRates } from './fault.ts'

/** What has passed so far, and what went wrong with it. */
export interface FaultCounts {
  /** Requests that arrived whole or in part. */
  readonly requests: number
  /** Deliveries to the target; one request can count twice or not at all. */
  readonly forwarded: number
  /** How often each fault was met. */
  readonly faults: Readonly<Record<FaultKind, number>>
}

// Any number that keeps the draws of connections apart from those of requests.
const CONNECTIONS = 0x9e3779b9

const noFaults = (): Record<FaultKind, number> =>
  Object.fromEntries(FAULT_KINDS.map((kind) => [kind, 0])) as Record<FaultKind, number>

/**
 * Which fault meets which request in order; the same seed draws the same. For servers that break
 * requests themselves: ask `next()` at each.
 *
 * @throws RangeError for rates that are none, or more than 1 together.
 */
export class FaultPlan {
  /** What has passed so far. */
  readonly counts: {
    requests: number
    forwarded: number
    readonly faults: Record<FaultKind, number>
  } = { requests: 0, forwarded: 0, faults: noFaults() }
  readonly #drawRequest: () => number
  readonly #drawConnection: () => number
  #rates: FaultRates = {}
  #spare = 0

  constructor(seed: number, rates: FaultRates) {
    this.#drawRequest = seeded(seed)
    this.#drawConnection = seeded(seed ^ CONNECTIONS)
    this.setFaults(rates)
  }

  /** Other rates from now on, after so many more requests that are spared. @throws RangeError as above */
  setFaults(rates: FaultRates, spare = 0): void {
    checkRates(rates)
    this.#rates = rates
    this.#spare = spare
  }

  /** Whether a new connection is refused. */
  isRefused(): boolean {
    const { refuse = 0 } = this.#rates
    const isRefused = this.#spare === 0 && this.#drawConnection() < refuse
    if (isRefused) this.counts.faults.refuse += 1
    return isRefused
  }

  /** Counts a request; its fault, if any. A spared request uses up no draw. */
  next(isSpared = false): Exclude<FaultKind, 'refuse'> | undefined {
    this.counts.requests += 1
    if (isSpared) return undefined
    if (this.#spare > 0) {
      this.#spare -= 1
      return undefined
    }
    const kind = faultAt({ ...this.#rates, refuse: 0 }, this.#drawRequest())
    if (kind === undefined || kind === 'refuse') return undefined
    this.counts.faults[kind] += 1
    return kind
  }
}
