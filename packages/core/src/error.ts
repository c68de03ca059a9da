/** The closed list of error codes. `docs/errors.md` says what each one asks of the caller. */
export type ErrorCode =
  | 'NOT_FOUND'
  | 'ALREADY_EXISTS'
  | 'VERSION_CONFLICT'
  | 'CONDITION_FAILED'
  | 'FORBIDDEN'
  | 'INVALID'
  | 'LIMIT_EXCEEDED'
  | 'UNSUPPORTED'
  | 'ABORTED'
  | 'THROTTLED'
  | 'TIMEOUT'
  | 'UNAVAILABLE'
  | 'UNAUTHENTICATED'
  | 'PERMISSION_DENIED'
  | 'MISCONFIGURED'
  | 'CURSOR_EXPIRED'
  | 'CANCELLED'
  | 'INTERNAL'

/** What is known of a failed write: surely not applied, or possibly applied. */
export type Outcome = 'not_applied' | 'unknown'

/** Everything about an error except its code and message. */
export interface ErrorDetail {
  /** Name of the entity concerned. */
  readonly entity?: string | undefined
  /** Name of the field that broke the rule. */
  readonly field?: string | undefined
  /** Id of the policy rule that refused, on `FORBIDDEN`. */
  readonly rule?: string | undefined
  /** Position in the list of writes of the one that failed, from 0. */
  readonly write?: number | undefined
  /** Where to go on, on `LIMIT_EXCEEDED` of a read budget. */
  readonly cursor?: string | undefined
  /** Whether the same call may succeed when repeated. Default `false`. */
  readonly retryable?: boolean | undefined
  /** Default `'not_applied'`. */
  readonly outcome?: Outcome | undefined
  /** The vendor's own error. */
  readonly cause?: unknown
}

const MARK = Symbol.for('holdfast.error')

/**
 * The one error class. The message says what to do next and carries no stored data and no secret;
 * compare `code`, never the message.
 */
export class HoldfastError extends Error {
  override readonly name = 'HoldfastError'
  readonly code: ErrorCode
  readonly retryable: boolean
  readonly outcome: Outcome
  readonly entity: string | undefined
  readonly field: string | undefined
  readonly rule: string | undefined
  readonly write: number | undefined
  readonly cursor: string | undefined

  constructor(code: ErrorCode, message: string, detail: ErrorDetail = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause })
    this.code = code
    this.retryable = detail.retryable ?? false
    this.outcome = detail.outcome ?? 'not_applied'
    this.entity = detail.entity
    this.field = detail.field
    this.rule = detail.rule
    this.write = detail.write
    this.cursor = detail.cursor
    Object.defineProperty(this, MARK, { value: true })
  }
}

/** Whether `error` is a Holdfast error, also one made by another installed copy of the package. */
export const isHoldfastError = (error: unknown): error is HoldfastError =>
  typeof error === 'object' && error !== null && MARK in error

/** An `INVALID` error: the caller's argument breaks a rule. */
export const invalid = (message: string, entity?: string, field?: string): HoldfastError =>
  new HoldfastError('INVALID', message, { entity, field })

/** A `LIMIT_EXCEEDED` error: a limit that is the same on every store. */
export const limitExceeded = (message: string, entity?: string, field?: string): HoldfastError =>
  new HoldfastError('LIMIT_EXCEEDED', message, { entity, field })
