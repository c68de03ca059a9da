/** What can go wrong with a request. In brackets what Toxiproxy calls the same, where it knows it. */
export type FaultKind =
  /** The connection is reset as soon as it is made, before a byte is read. Drawn per connection. */
  | 'refuse'
  /** The connection is reset instead of forwarding the request [reset_peer]. */
  | 'resetBefore'
  /** The request is forwarded and answered, then the connection is reset: done, and nobody told. */
  | 'resetAfter'
  /** The request is neither forwarded nor answered [timeout]. */
  | 'hang'
  /** The request is forwarded, and its answer kept back for ever. */
  | 'hangAfter'
  /** Status 500 instead of forwarding the request. */
  | 'error500'
  /** The request is forwarded, and status 500 takes the place of its answer. */
  | 'error500After'
  /** Status 503 instead of forwarding the request. */
  | 'error503'
  /** The vendor's answer to too many requests instead of forwarding this one. */
  | 'throttle'
  /** Half of the answer's body, then the end of the connection [limit_data]. */
  | 'truncate'
  /** The answer comes late [latency]. */
  | 'latency'
  /** The request is forwarded late, even if the caller has given up by then. */
  | 'delay'
  /** The request is forwarded twice; the caller gets the first answer. */
  | 'duplicate'

/** An answer that the proxy gives by itself. */
export interface CannedAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** What to do with one request, in this order: wait, forward, wait, answer. */
export interface Treatment {
  readonly waits?: 'before' | 'after'
  readonly forwards: 0 | 1 | 2
  readonly answer: 'pass' | 'reset' | 'hang' | 'truncate' | 'error500' | 'error503' | 'throttle'
}

/** How a request is treated that nothing is wrong with. */
export const UNHARMED: Treatment = { forwards: 1, answer: 'pass' }

/** How a request is treated under each fault. A refused connection has no request. */
export const TREATMENTS: Readonly<Record<Exclude<FaultKind, 'refuse'>, Treatment>> = {
  resetBefore: { forwards: 0, answer: 'reset' },
  resetAfter: { forwards: 1, answer: 'reset' },
  hang: { forwards: 0, answer: 'hang' },
  hangAfter: { forwards: 1, answer: 'hang' },
  error500: { forwards: 0, answer: 'error500' },
  error500After: { forwards: 1, answer: 'error500' },
  error503: { forwards: 0, answer: 'error503' },
  throttle: { forwards: 0, answer: 'throttle' },
  truncate: { forwards: 1, answer: 'truncate' },
  latency: { forwards: 1, waits: 'after', answer: 'pass' },
  delay: { forwards: 1, waits: 'before', answer: 'pass' },
  duplicate: { forwards: 2, answer: 'pass' },
}

/** Every kind of fault. */
export const FAULT_KINDS: readonly FaultKind[] = [
  'refuse',
  ...(Object.keys(TREATMENTS) as Exclude<FaultKind, 'refuse'>[]),
]

/** Share of the requests, from 0 to 1, that meet each fault. At most one fault meets a request. */
export type FaultRates = Readonly<Partial<Record<FaultKind, number>>>
