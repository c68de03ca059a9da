import { type Classification, type ErrorCode, isHoldfastError } from '@holdfast/core/driver'

const is = (
  code: ErrorCode,
  outcome: Classification['outcome'] = 'not_applied',
  retryable = false,
): Classification => ({ code, retryable, outcome })

const ABORTED = is('ABORTED', 'not_applied', true)
const MISCONFIGURED = is('MISCONFIGURED')
const LIMIT_EXCEEDED = is('LIMIT_EXCEEDED')
const UNAUTHENTICATED = is('UNAUTHENTICATED')
const LOST = is('UNAVAILABLE', 'unknown', true)
const REFUSED = is('UNAVAILABLE', 'not_applied', true)
const INTERNAL = is('INTERNAL')

/** Codes of gRPC: https://grpc.io/docs/guides/status-codes/ */
export const GRPC = {
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
} as const

// https://cloud.google.com/firestore/docs/understand-error-codes
const BY_CODE: Readonly<Record<number, Classification>> = {
  [GRPC.CANCELLED]: LOST,
  [GRPC.UNKNOWN]: LOST,
  [GRPC.INVALID_ARGUMENT]: INTERNAL,
  [GRPC.DEADLINE_EXCEEDED]: is('TIMEOUT', 'unknown', true),
  // A database that is not there; a document is told apart by the message.
  [GRPC.NOT_FOUND]: MISCONFIGURED,
  // Guards are handled where the write is; one that ends here has lost its race.
  [GRPC.ALREADY_EXISTS]: ABORTED,
  [GRPC.FAILED_PRECONDITION]: ABORTED,
  [GRPC.PERMISSION_DENIED]: is('PERMISSION_DENIED'),
  // The client of Firestore repeats commits on this code; nothing says that they were not applied.
  [GRPC.RESOURCE_EXHAUSTED]: is('THROTTLED', 'unknown', true),
  [GRPC.ABORTED]: ABORTED,
  [GRPC.OUT_OF_RANGE]: INTERNAL,
  [GRPC.UNIMPLEMENTED]: is('UNSUPPORTED'),
  [GRPC.INTERNAL]: LOST,
  [GRPC.UNAVAILABLE]: LOST,
  [GRPC.DATA_LOSS]: LOST,
  [GRPC.UNAUTHENTICATED]: UNAUTHENTICATED,
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '')

interface Facts {
  readonly code?: unknown
  readonly message?: unknown
  readonly cause?: unknown
  readonly statusDetails?: unknown
}

const TOO_LARGE = /too (large|big|many|deep)|exceed|longer than|maximum|larger than/i
const EXPIRED = /transaction.{0,40}(expired|no longer valid|closed|has timed out)/i
const SETUP =
  /query requires .{0,80}index|Datastore Mode|does not exist for project|database .{0,80}does not exist/i
const NO_DOCUMENT = /no document|no entity|document .{0,2000}not found/i
/** Connections that were never made: nothing was sent. */
const NEVER_SENT =
  /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|Name resolution failed|No connection established/
const NO_CREDENTIALS = /Could not load the default credentials|invalid_grant|Could not refresh/i
const NO_PROJECT = /Unable to detect a Project Id/i
const CLOSED = /client has already been (terminated|closed)|client is closed/i

/** Meanings that the code alone does not tell. */
const byMessage = (code: unknown, message: string): Classification | undefined => {
  switch (code) {
    case GRPC.INVALID_ARGUMENT:
      return EXPIRED.test(message) ? ABORTED : TOO_LARGE.test(message) ? LIMIT_EXCEEDED : undefined
    case GRPC.NOT_FOUND:
      return NO_DOCUMENT.test(message) ? ABORTED : undefined
    case GRPC.FAILED_PRECONDITION:
      return SETUP.test(message) ? MISCONFIGURED : undefined
    case GRPC.UNAVAILABLE:
      return NEVER_SENT.test(message) ? REFUSED : undefined
    case GRPC.RESOURCE_EXHAUSTED:
      return /message larger than max/i.test(message) ? LIMIT_EXCEEDED : undefined
    default:
      if (CLOSED.test(message) || NO_PROJECT.test(message)) return MISCONFIGURED
      if (NO_CREDENTIALS.test(message)) return UNAUTHENTICATED
      return typeof code === 'string' && NEVER_SENT.test(code) ? REFUSED : undefined
  }
}

/** The wish of `google.rpc.RetryInfo`, in milliseconds. */
const retryAfter = ({ statusDetails }: Facts): number | undefined => {
  if (!Array.isArray(statusDetails)) return undefined
  for (const detail of statusDetails as {
    readonly retryDelay?: Readonly<Record<string, unknown>>
  }[]) {
    const delay = detail?.retryDelay
    if (delay !== undefined && delay !== null)
      return Number(delay['seconds'] ?? 0) * 1000 + Number(delay['nanos'] ?? 0) / 1_000_000
  }
  return undefined
}

const INSIDE = 4

/** What an error means, of the client or of gRPC below it. Pure. */
export const classify = (error: unknown): Classification => {
  if (isHoldfastError(error)) return error
  let inner: unknown = error
  for (let depth = 0; depth < INSIDE && typeof inner === 'object' && inner !== null; depth += 1) {
    const facts: Facts = inner
    const known =
      byMessage(facts.code, text(facts.message)) ??
      (typeof facts.code === 'number' ? BY_CODE[facts.code] : undefined)
    if (known !== undefined) {
      const retryAfterMs = known.retryable ? retryAfter(facts) : undefined
      return retryAfterMs === undefined ? known : { ...known, retryAfterMs }
    }
    inner = facts.cause
  }
  return INTERNAL
}

/** Whether a commit was refused by what it met, and not by chance: a guard, or a document that is there. */
export const isRefusal = (error: unknown): boolean => {
  if (isHoldfastError(error) || typeof error !== 'object' || error === null) return false
  const { code } = error as Facts
  const isGuard =
    code === GRPC.ALREADY_EXISTS || code === GRPC.FAILED_PRECONDITION || code === GRPC.NOT_FOUND
  return isGuard && classify(error).code === 'ABORTED'
}
