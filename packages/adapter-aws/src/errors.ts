import { type Classification, type ErrorCode, isHoldfastError } from '@holdfast/core/driver'

const is = (
  code: ErrorCode,
  outcome: Classification['outcome'] = 'not_applied',
  retryable = false,
): Classification => ({ code, retryable, outcome })

const ABORTED = is('ABORTED', 'not_applied', true)
const THROTTLED = is('THROTTLED', 'not_applied', true)
const UNAUTHENTICATED = is('UNAUTHENTICATED')
const MISCONFIGURED = is('MISCONFIGURED')
const LIMIT_EXCEEDED = is('LIMIT_EXCEEDED')
const LOST = is('UNAVAILABLE', 'unknown', true)
const LATE = is('TIMEOUT', 'unknown', true)
const REFUSED = is('UNAVAILABLE', 'not_applied', true)
const INTERNAL = is('INTERNAL')

// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html and the
// errors that all services of AWS have in common.
const BY_NAME: Readonly<Record<string, Classification>> = {
  TransactionConflictException: ABORTED,
  TransactionInProgressException: ABORTED,
  ReplicatedWriteConflictException: ABORTED,
  ProvisionedThroughputExceededException: THROTTLED,
  ThrottlingException: THROTTLED,
  Throttling: THROTTLED,
  RequestLimitExceeded: THROTTLED,
  TooManyRequestsException: THROTTLED,
  // Of control plane calls: too many tables are being changed.
  LimitExceededException: THROTTLED,
  ResourceInUseException: ABORTED,
  ItemCollectionSizeLimitExceededException: LIMIT_EXCEEDED,
  RequestEntityTooLargeException: LIMIT_EXCEEDED,
  ResourceNotFoundException: MISCONFIGURED,
  TableNotFoundException: MISCONFIGURED,
  ValidationException: INTERNAL,
  SerializationException: INTERNAL,
  IdempotentParameterMismatchException: INTERNAL,
  // Core's guards are handled where the write is; one that ends here has lost its race.
  ConditionalCheckFailedException: ABORTED,
  AccessDeniedException: is('PERMISSION_DENIED'),
  UnrecognizedClientException: UNAUTHENTICATED,
  InvalidClientTokenId: UNAUTHENTICATED,
  ExpiredTokenException: UNAUTHENTICATED,
  ExpiredToken: UNAUTHENTICATED,
  InvalidSignatureException: UNAUTHENTICATED,
  IncompleteSignatureException: UNAUTHENTICATED,
  IncompleteSignature: UNAUTHENTICATED,
  MissingAuthenticationTokenException: UNAUTHENTICATED,
  MissingAuthenticationToken: UNAUTHENTICATED,
  CredentialsProviderError: UNAUTHENTICATED,
  RequestExpired: UNAUTHENTICATED,
  InternalServerError: LOST,
  InternalFailure: LOST,
  ServiceUnavailable: LOST,
  ServiceUnavailableException: LOST,
  RequestTimeout: LATE,
  TimeoutError: LATE,
  TrimmedDataAccessException: is('CURSOR_EXPIRED'),
  AbortError: is('CANCELLED', 'unknown'),
}

/** Connections that were never made: nothing was sent. */
const NEVER_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'ERR_INVALID_URL',
])

/** Connections that were lost, perhaps after the request had been carried out. */
const BROKEN = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ERR_STREAM_PREMATURE_CLOSE'])

interface Facts {
  readonly name?: unknown
  readonly code?: unknown
  readonly message?: unknown
  readonly cause?: unknown
  readonly errors?: unknown
  readonly CancellationReasons?: unknown
  readonly $metadata?: { readonly httpStatusCode?: unknown }
}

/** Why one item of a transaction was refused. */
export interface Reason {
  readonly Code?: string
  readonly Item?: Readonly<Record<string, never>>
}

/** The reasons of a cancelled transaction, one per item; `undefined` for any other error. */
export const reasonsOf = (error: unknown): readonly Reason[] | undefined => {
  if (typeof error !== 'object' || error === null) return undefined
  const { name, CancellationReasons: reasons } = error as Facts
  return name === 'TransactionCanceledException' && Array.isArray(reasons)
    ? (reasons as Reason[])
    : undefined
}

const BY_REASON: Readonly<Record<string, Classification>> = {
  TransactionConflict: ABORTED,
  ConditionalCheckFailed: ABORTED,
  DuplicateItem: ABORTED,
  ProvisionedThroughputExceeded: THROTTLED,
  ThrottlingError: THROTTLED,
  ItemCollectionSizeLimitExceeded: LIMIT_EXCEEDED,
  AccessDenied: is('PERMISSION_DENIED'),
  ValidationError: INTERNAL,
}

/** A transaction is refused for good when one of its items is. */
const classifyReasons = (reasons: readonly Reason[]): Classification => {
  const meanings = reasons
    .filter(({ Code }) => Code !== undefined && Code !== 'None')
    .map(({ Code }) => BY_REASON[Code ?? ''] ?? INTERNAL)
  return meanings.find(({ retryable }) => !retryable) ?? meanings[0] ?? ABORTED
}

const TOO_LARGE = /size.{0,20} exceed|exceeds? .*(size|limit)|larger than|too large/i

const classifyNetwork = (code: string, message: string): Classification | undefined => {
  if (NEVER_SENT.has(code)) return REFUSED
  if (BROKEN.has(code) || message === 'socket hang up') return LOST
  if (code === 'ETIMEDOUT') return /connect/i.test(message) ? REFUSED : LATE
  return undefined
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '')

const classifyFacts = (facts: Facts): Classification | undefined => {
  const [name, message, code] = [text(facts.name), text(facts.message), text(facts.code)]
  const network = classifyNetwork(code, message)
  if (network !== undefined) return network
  if (name === 'ValidationException' && TOO_LARGE.test(message)) return LIMIT_EXCEEDED
  // Nothing is sent before a connection stands.
  if (name === 'TimeoutError' && /connection timed? ?out|establish a connection/i.test(message))
    return REFUSED
  return BY_NAME[name]
}

const INSIDE = 4

/** What an error means, of the SDK or of the network below it. Pure. */
export const classify = (error: unknown): Classification => {
  if (isHoldfastError(error)) return error
  const reasons = reasonsOf(error)
  if (reasons !== undefined) return classifyReasons(reasons)
  let inner: unknown = error
  for (let depth = 0; depth < INSIDE && typeof inner === 'object' && inner !== null; depth += 1) {
    const facts: Facts = inner
    const known = classifyFacts(facts)
    if (known !== undefined) return known
    const status = Number(facts.$metadata?.httpStatusCode)
    if (status >= 500) return LOST
    if (status === 429) return THROTTLED
    inner =
      facts.cause ?? (Array.isArray(facts.errors) ? (facts.errors as unknown[])[0] : undefined)
  }
  return INTERNAL
}
