/** The names of gRPC's error codes. https://grpc.io/docs/guides/status-codes/ */
export type GrpcCode =
  | 'CANCELLED'
  | 'UNKNOWN'
  | 'INVALID_ARGUMENT'
  | 'DEADLINE_EXCEEDED'
  | 'NOT_FOUND'
  | 'ALREADY_EXISTS'
  | 'PERMISSION_DENIED'
  | 'RESOURCE_EXHAUSTED'
  | 'FAILED_PRECONDITION'
  | 'ABORTED'
  | 'OUT_OF_RANGE'
  | 'UNIMPLEMENTED'
  | 'INTERNAL'
  | 'UNAVAILABLE'
  | 'DATA_LOSS'
  | 'UNAUTHENTICATED'

/** What goes wrong with one request. Times are milliseconds. */
export type Fault =
  /** Nothing is applied, the answer is this error. */
  | { kind: 'refuse'; code: GrpcCode; message?: string }
  /** Nothing is applied, the answer is RESOURCE_EXHAUSTED and says when to come again. */
  | { kind: 'throttle'; retryAfterMs: number }
  /** Nothing is applied, the connection is closed. */
  | { kind: 'drop' }
  /** The request is applied; the answer is UNAVAILABLE or, with `drop`, a closed connection. */
  | { kind: 'lose-answer'; by?: 'unavailable' | 'drop' }
  /** There is never an answer; `before` the request is applied, or `after` it. */
  | { kind: 'hang'; when: 'before' | 'after' }
  /** The request is applied late, even when nobody waits for the answer any more. */
  | { kind: 'delay'; ms: number }
  /** The request is applied twice; the answer is that of the first time or of the last. */
  | { kind: 'repeat'; answer?: 'first' | 'last' }

/** One rule of a seeded plan. */
export interface FaultRule {
  fault: Fault
  /** How often, from 0 to 1. */
  rate: number
  /** The methods it is for, such as `Commit`; all when absent. */
  methods?: readonly string[]
  /** After how many faults it ends; never when absent. */
  times?: number
}

/** Rules tried in order for each request, by a random sequence that is the same for the same seed. */
export interface SeededFaults {
  seed: number
  rules: readonly FaultRule[]
}

/**
 * Decides request by request: `method` is the name in the protocol, `request` its message, `host` what the
 * caller called this server, such as `localhost:8080`. So one client can be spared: it asks 127.0.0.1.
 */
export type FaultCallback = (method: string, request: unknown, host: string) => Fault | undefined

/** What is to go wrong. */
export type FirestoreFaults = FaultCallback | SeededFaults
