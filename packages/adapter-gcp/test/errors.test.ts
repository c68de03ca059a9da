import { HoldfastError, type ErrorCode, type Outcome } from '@holdfast/core/driver'
import { expect, test } from 'vitest'
import { classify, isRefusal } from '../src/errors.ts'

type Row = readonly [code: number, message: string, ErrorCode, retryable: boolean, Outcome]

const failure = (code: number | string, message: string, more: object = {}): Error =>
  Object.assign(new Error(`${code} X: ${message}`), { code, ...more })

const ROWS: readonly Row[] = [
  [1, 'call was cancelled', 'UNAVAILABLE', true, 'unknown'],
  [2, 'stream removed', 'UNAVAILABLE', true, 'unknown'],
  [3, 'Property x contains an invalid nested entity.', 'INTERNAL', false, 'not_applied'],
  [
    3,
    'The referenced transaction has expired or is no longer valid.',
    'ABORTED',
    true,
    'not_applied',
  ],
  [
    3,
    "Document 'x' cannot be written because its size (1,048,600 bytes) exceeds the maximum allowed size of 1,048,576 bytes.",
    'LIMIT_EXCEEDED',
    false,
    'not_applied',
  ],
  [3, 'too many index entries for entity x', 'LIMIT_EXCEEDED', false, 'not_applied'],
  [
    3,
    'The value of property "a" is longer than 1048487 bytes.',
    'LIMIT_EXCEEDED',
    false,
    'not_applied',
  ],
  [4, 'Deadline exceeded after 10.000s', 'TIMEOUT', true, 'unknown'],
  [5, 'The database (default) does not exist for project p', 'MISCONFIGURED', false, 'not_applied'],
  [
    5,
    'No document to update: projects/p/databases/d/documents/x/y',
    'ABORTED',
    true,
    'not_applied',
  ],
  [6, 'Document already exists: x', 'ABORTED', true, 'not_applied'],
  [7, 'Missing or insufficient permissions.', 'PERMISSION_DENIED', false, 'not_applied'],
  [8, 'Quota exceeded.', 'THROTTLED', true, 'unknown'],
  [8, 'Received message larger than max (5 vs. 4)', 'LIMIT_EXCEEDED', false, 'not_applied'],
  [
    9,
    'the stored version does not match the required base version',
    'ABORTED',
    true,
    'not_applied',
  ],
  [
    9,
    'The query requires a COLLECTION_ASC index for collection x and field y.',
    'MISCONFIGURED',
    false,
    'not_applied',
  ],
  [
    9,
    'The query requires an index. You can create it here: x',
    'MISCONFIGURED',
    false,
    'not_applied',
  ],
  [
    9,
    'The Cloud Firestore API is not available for Firestore in Datastore Mode database x.',
    'MISCONFIGURED',
    false,
    'not_applied',
  ],
  [10, 'Too much contention on these documents. Please try again.', 'ABORTED', true, 'not_applied'],
  [11, 'out of range', 'INTERNAL', false, 'not_applied'],
  [12, 'not implemented', 'UNSUPPORTED', false, 'not_applied'],
  [13, 'An internal error occurred.', 'UNAVAILABLE', true, 'unknown'],
  [14, 'The service is temporarily unavailable.', 'UNAVAILABLE', true, 'unknown'],
  [
    14,
    'No connection established. Last error: connect ECONNREFUSED 127.0.0.1:1',
    'UNAVAILABLE',
    true,
    'not_applied',
  ],
  [14, 'Name resolution failed for target dns:x', 'UNAVAILABLE', true, 'not_applied'],
  [15, 'data loss', 'UNAVAILABLE', true, 'unknown'],
  [16, 'Request had invalid authentication credentials.', 'UNAUTHENTICATED', false, 'not_applied'],
]

test.each(ROWS)('code %i, %s, is %s', (grpc, message, code, retryable, outcome) => {
  const meaning = { code, retryable, outcome }
  const error = failure(grpc, message)
  expect(classify(error)).toEqual(meaning)
  expect(classify(new Error('outer', { cause: error }))).toEqual(meaning)
})

test.each([
  ['Could not load the default credentials. Browse to x', 'UNAUTHENTICATED'],
  ['Unable to detect a Project Id in the current environment.', 'MISCONFIGURED'],
  ['The client has already been terminated', 'MISCONFIGURED'],
  ['anything else', 'INTERNAL'],
])('an error of the client itself, %s, is %s', (message, code) => {
  expect(classify(new Error(message))).toMatchObject({ code, outcome: 'not_applied' })
})

test("the store's wish to wait is kept", () => {
  const statusDetails = [{}, { retryDelay: { seconds: '2', nanos: 500_000_000 } }]
  expect(classify(failure(8, 'Quota exceeded.', { statusDetails }))).toEqual({
    code: 'THROTTLED',
    retryable: true,
    outcome: 'unknown',
    retryAfterMs: 2500,
  })
})

test('errors of our own, and what is no error, are taken as they are', () => {
  const own = new HoldfastError('INVALID', 'x')
  expect(classify(own)).toMatchObject({ code: 'INVALID' })
  for (const nothing of [undefined, null, 'text', 7, {}])
    expect(classify(nothing)).toEqual({
      code: 'INTERNAL',
      retryable: false,
      outcome: 'not_applied',
    })
})

test('a commit is refused by a guard, and by nothing else', () => {
  const REFUSALS = [
    failure(6, 'Document already exists: x'),
    failure(9, 'the stored version does not match the required base version'),
    failure(5, 'No document to update: x'),
    { code: 9, message: 'x' },
  ]
  for (const error of REFUSALS) expect(isRefusal(error)).toBe(true)
  const OTHERS = [
    failure(9, 'The query requires an index.'),
    failure(5, 'The database (default) does not exist for project p'),
    failure(10, 'Too much contention'),
    failure(14, 'x'),
    new HoldfastError('ABORTED', 'x'),
    undefined,
  ]
  for (const error of OTHERS) expect(isRefusal(error)).toBe(false)
})
