import type { Counters, FaultPlace, FaultRates } from '@holdfast/contract-tests'

/** A store behind faults, ready to be worked on. */
export interface Started {
  /** How the store was started, for the head of the report. */
  readonly description: string
  readonly place: FaultPlace
  /** What programs do without Holdfast, to be set beside it. */
  readonly beside?: Counters & { readonly name: string }
  /** Where other processes reach the store, if they can: a file, a connection string or an endpoint. */
  readonly address?: string
  stop(): Promise<void>
}

/** Starts a store whose faults depend on the seed. */
export type Start = (seed: number) => Promise<Started>

/** No answer is waited for longer than this, in milliseconds. */
export const TIMEOUT_MS = 1000

/** How late a request can be: later than its caller waits. */
export const DELAY_MS = 1200

/** Faults of about every tenth request, on any line. */
export const FAULTS: FaultRates = {
  refuse: 0.005,
  resetBefore: 0.01,
  resetAfter: 0.02,
  hang: 0.005,
  hangAfter: 0.005,
  truncate: 0.01,
  latency: 0.01,
  delay: 0.005,
  throttle: 0.01,
}

/** Faults where every request stands for itself. */
export const REQUEST_FAULTS: FaultRates = {
  ...FAULTS,
  error500: 0.005,
  error500After: 0.01,
  error503: 0.005,
  duplicate: 0.01,
}
