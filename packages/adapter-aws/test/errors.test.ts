import { HoldfastError, type ErrorCode, type Outcome } from '@holdfast/core/driver'
import { expect, test } from 'vitest'
import { classify } from '../src/errors.ts'

type Row = readonly [name: string, ErrorCode, retryable: boolean, Outcome]

const NAMES: readonly Row[] = [
  ['TransactionConflictException', 'ABORTED', true, 'not_applied'],
  ['TransactionInProgressException', 'ABORTED', true, 'not_applied'],
  ['ReplicatedWriteConflictException', 'ABORTED', true, 'not_applied'],
  ['ResourceInUseException', 'ABORTED', true, 'not_applied'],
  ['ProvisionedThroughputExceededException', 'THROTTLED', true, 'not_applied'],
  ['ThrottlingException', 'THROTTLED', true, 'not_applied'],
  ['RequestLimitExceeded', 'THROTTLED', true, 'not_applied'],
  ['ItemCollectionSizeLimitExceededException', 'LIMIT_EXCEEDED', false, 'not_applied'],
  ['ResourceNotFoundException', 'MISCONFIGURED', false, 'not_applied'],
  ['ValidationException', 'INTERNAL', false, 'not_applied'],
  ['AccessDeniedException', 'PERMISSION_DENIED', false, 'not_applied'],
  ['UnrecognizedClientException', 'UNAUTHENTICATED', false, 'not_applied'],
  ['ExpiredTokenException', 'UNAUTHENTICATED', false, 'not_applied'],
  ['CredentialsProviderError', 'UNAUTHENTICATED', false, 'not_applied'],
  ['InternalServerError', 'UNAVAILABLE', true, 'unknown'],
  ['ServiceUnavailableException', 'UNAVAILABLE', true, 'unknown'],
  ['TimeoutError', 'TIMEOUT', true, 'unknown'],
  ['TrimmedDataAccessException', 'CURSOR_EXPIRED', false, 'not_applied'],
  ['SomethingElse', 'INTERNAL', false, 'not_applied'],
]

test.each(NAMES)('%s is %s', (name, code, retryable, outcome) => {
  const error = Object.assign(new Error('x'), { name, $metadata: { httpStatusCode: 400 } })
  expect(classify(error)).toEqual({ code, retryable, outcome })
})

const CODES: readonly Row[] = [
  ['ECONNREFUSED', 'UNAVAILABLE', true, 'not_applied'],
  ['ENOTFOUND', 'UNAVAILABLE', true, 'not_applied'],
  ['ECONNRESET', 'UNAVAILABLE', true, 'unknown'],
  ['EPIPE', 'UNAVAILABLE', true, 'unknown'],
  ['ETIMEDOUT', 'TIMEOUT', true, 'unknown'],
]

test.each(CODES)('a connection that fails with %s is %s', (cause, code, retryable, outcome) => {
  const error = Object.assign(new Error('x'), { code: cause })
  const meaning = { code, retryable, outcome }
  expect(classify(error)).toEqual(meaning)
  expect(classify(new Error('outer', { cause: error }))).toEqual(meaning)
  expect(classify(new AggregateError([error], 'several addresses'))).toEqual(meaning)
})

test('an item that is too large is a limit', () => {
  for (const message of [
    'Item size has exceeded the maximum allowed size',
    'Item size to update has exceeded the maximum allowed size',
    'Invalid UpdateExpression: Expression size has exceeded the maximum allowed size;',
  ]) {
    const error = Object.assign(new Error(message), { name: 'ValidationException' })
    expect(classify(error).code).toBe('LIMIT_EXCEEDED')
  }
})

test.each([
  ['TransactionConflict', 'ABORTED', true],
  ['ThrottlingError', 'THROTTLED', true],
  ['ProvisionedThroughputExceeded', 'THROTTLED', true],
  ['ItemCollectionSizeLimitExceeded', 'LIMIT_EXCEEDED', false],
  ['ValidationError', 'INTERNAL', false],
])('a transaction cancelled by %s is %s', (Code, code, retryable) => {
  const CancellationReasons = [{ Code: 'None' }, { Code: 'TransactionConflict' }, { Code }]
  const only = [{ Code: 'None' }, { Code }]
  const cancelled = (reasons: unknown): Error =>
    Object.assign(new Error('x'), {
      name: 'TransactionCanceledException',
      CancellationReasons: reasons,
    })
  expect(classify(cancelled(only))).toEqual({ code, retryable, outcome: 'not_applied' })
  // What repeating cannot cure decides.
  if (!retryable) expect(classify(cancelled(CancellationReasons)).code).toBe(code)
})

test('an answer of status 5xx without a name may have been applied', () => {
  const error = Object.assign(new Error('x'), { $metadata: { httpStatusCode: 503 } })
  expect(classify(error)).toEqual({ code: 'UNAVAILABLE', retryable: true, outcome: 'unknown' })
})

test('an error of Holdfast keeps its meaning, and what is no error at all is INTERNAL', () => {
  const error = new HoldfastError('CANCELLED', 'x', { outcome: 'unknown' })
  expect(classify(error)).toBe(error)
  for (const one of [undefined, null, 'text', 3]) expect(classify(one).code).toBe('INTERNAL')
})
