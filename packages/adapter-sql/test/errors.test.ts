import { HoldfastError, type ErrorCode, type Outcome } from '@holdfast/core/driver'
import { describe, expect, test } from 'vitest'
import {
  BeforeCommitError,
  classifyPostgres,
  classifySqlite,
  CommitError,
  RolledBackError,
} from '../src/errors.ts'

type Row = readonly [code: string | number, ErrorCode, retryable: boolean, Outcome]

const POSTGRES: readonly Row[] = [
  ['42P01', 'MISCONFIGURED', false, 'not_applied'],
  ['3D000', 'MISCONFIGURED', false, 'not_applied'],
  ['3F000', 'MISCONFIGURED', false, 'not_applied'],
  ['42703', 'MISCONFIGURED', false, 'not_applied'],
  ['26000', 'MISCONFIGURED', false, 'not_applied'],
  ['42P05', 'MISCONFIGURED', false, 'not_applied'],
  ['23505', 'ALREADY_EXISTS', false, 'not_applied'],
  ['40001', 'ABORTED', true, 'not_applied'],
  ['40P01', 'ABORTED', true, 'not_applied'],
  ['40003', 'UNAVAILABLE', true, 'unknown'],
  ['25P02', 'ABORTED', true, 'not_applied'],
  ['25006', 'UNAVAILABLE', true, 'not_applied'],
  ['53300', 'THROTTLED', true, 'not_applied'],
  ['53400', 'THROTTLED', true, 'not_applied'],
  ['53100', 'LIMIT_EXCEEDED', false, 'not_applied'],
  ['54000', 'LIMIT_EXCEEDED', false, 'not_applied'],
  ['54001', 'LIMIT_EXCEEDED', false, 'not_applied'],
  ['57014', 'TIMEOUT', true, 'not_applied'],
  ['55P03', 'TIMEOUT', true, 'not_applied'],
  ['57P01', 'UNAVAILABLE', true, 'unknown'],
  ['57P02', 'UNAVAILABLE', true, 'unknown'],
  ['57P03', 'UNAVAILABLE', true, 'not_applied'],
  ['08006', 'UNAVAILABLE', true, 'unknown'],
  ['28000', 'UNAUTHENTICATED', false, 'not_applied'],
  ['28P01', 'UNAUTHENTICATED', false, 'not_applied'],
  ['42501', 'PERMISSION_DENIED', false, 'not_applied'],
  ['22003', 'INVALID', false, 'not_applied'],
  ['22021', 'INVALID', false, 'not_applied'],
  ['23502', 'INVALID', false, 'not_applied'],
  ['42601', 'INVALID', false, 'not_applied'],
  ['0A000', 'UNSUPPORTED', false, 'not_applied'],
  ['XX000', 'INTERNAL', false, 'unknown'],
  ['P0001', 'INTERNAL', false, 'not_applied'],
  ['ECONNREFUSED', 'UNAVAILABLE', true, 'not_applied'],
  ['ENOTFOUND', 'UNAVAILABLE', true, 'not_applied'],
  ['ECONNRESET', 'UNAVAILABLE', true, 'unknown'],
  ['EPIPE', 'UNAVAILABLE', true, 'unknown'],
  ['ETIMEDOUT', 'UNAVAILABLE', true, 'unknown'],
]

describe('PostgreSQL', () => {
  test.each(POSTGRES)('%s is %s', (code, expected, retryable, outcome) => {
    const error = Object.assign(new Error('x'), { code })
    expect(classifyPostgres(error)).toEqual({ code: expected, retryable, outcome })
  })

  test('an answer that does not come may have been a success', () => {
    expect(classifyPostgres(new Error('Query read timeout'))).toEqual({
      code: 'TIMEOUT',
      retryable: true,
      outcome: 'unknown',
    })
  })

  test.each([
    ['Connection terminated unexpectedly', 'unknown'],
    ['Connection terminated', 'unknown'],
    ['Client has encountered a connection error and is not queryable', 'unknown'],
    ['timeout exceeded when trying to connect', 'not_applied'],
  ])('%s', (message, outcome) => {
    expect(classifyPostgres(new Error(message))).toEqual({
      code: 'UNAVAILABLE',
      retryable: true,
      outcome,
    })
  })

  test('a COMMIT that fails is unknown unless the server says otherwise', () => {
    const coded = (code: string): CommitError =>
      new CommitError(Object.assign(new Error('x'), { code }))
    expect(classifyPostgres(new CommitError(new Error('Connection terminated')))).toMatchObject({
      code: 'UNAVAILABLE',
      outcome: 'unknown',
    })
    expect(classifyPostgres(coded('57014'))).toMatchObject({ code: 'TIMEOUT', outcome: 'unknown' })
    expect(classifyPostgres(coded('40001'))).toMatchObject({
      code: 'ABORTED',
      outcome: 'not_applied',
    })
    expect(classifyPostgres(coded('23505'))).toMatchObject({
      code: 'ALREADY_EXISTS',
      outcome: 'not_applied',
    })
    expect(classifyPostgres(new RolledBackError())).toEqual({
      code: 'ABORTED',
      retryable: true,
      outcome: 'not_applied',
    })
  })
})

const SQLITE: readonly Row[] = [
  [1555, 'ALREADY_EXISTS', false, 'not_applied'],
  [2067, 'ALREADY_EXISTS', false, 'not_applied'],
  [5, 'THROTTLED', true, 'not_applied'],
  [261, 'THROTTLED', true, 'not_applied'],
  [517, 'ABORTED', true, 'not_applied'],
  [6, 'THROTTLED', true, 'not_applied'],
  [8, 'PERMISSION_DENIED', false, 'not_applied'],
  [1032, 'PERMISSION_DENIED', false, 'not_applied'],
  [23, 'PERMISSION_DENIED', false, 'not_applied'],
  [19, 'INVALID', false, 'not_applied'],
  [1299, 'INVALID', false, 'not_applied'],
  [3091, 'INVALID', false, 'not_applied'],
  [20, 'MISCONFIGURED', false, 'not_applied'],
  [18, 'LIMIT_EXCEEDED', false, 'not_applied'],
  [13, 'LIMIT_EXCEEDED', false, 'not_applied'],
  [10, 'UNAVAILABLE', true, 'unknown'],
  [778, 'UNAVAILABLE', true, 'unknown'],
  [14, 'UNAVAILABLE', true, 'not_applied'],
  [1, 'INTERNAL', false, 'not_applied'],
]

describe('SQLite', () => {
  test.each(SQLITE)('%s is %s', (errcode, expected, retryable, outcome) => {
    const error = Object.assign(new Error('x'), { code: 'ERR_SQLITE_ERROR', errcode })
    expect(classifySqlite(error)).toEqual({ code: expected, retryable, outcome })
  })

  test('a missing table is MISCONFIGURED', () => {
    const error = Object.assign(new Error('no such table: x'), {
      code: 'ERR_SQLITE_ERROR',
      errcode: 1,
    })
    expect(classifySqlite(error)).toEqual({
      code: 'MISCONFIGURED',
      retryable: false,
      outcome: 'not_applied',
    })
  })
})

test('what fails before a COMMIT was sent is not applied', () => {
  const cause = new Error('Connection terminated unexpectedly')
  expect(classifyPostgres(new BeforeCommitError(cause))).toEqual({
    code: 'UNAVAILABLE',
    retryable: true,
    outcome: 'not_applied',
  })
})

test.each([classifyPostgres, classifySqlite])('errors that are not the vendor’s', (classify) => {
  const own = new HoldfastError('CANCELLED', 'x', { outcome: 'unknown' })
  expect(classify(own)).toMatchObject({ code: 'CANCELLED', retryable: false, outcome: 'unknown' })
  for (const strange of [undefined, null, 'text', 5, new TypeError('x'), { code: 7 }])
    expect(classify(strange)).toEqual({
      code: 'INTERNAL',
      retryable: false,
      outcome: 'not_applied',
    })
})
