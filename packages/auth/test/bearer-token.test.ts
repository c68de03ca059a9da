import { expect, test } from 'vitest'
import { bearerToken } from '@holdfast/auth'
import { errorOf } from './support/refusals.ts'

test.each([
  ['Bearer a.b.c', 'a.b.c'],
  ['bearer a.b.c', 'a.b.c'],
  ['BEARER   a.b-_.c==  ', 'a.b-_.c=='],
])('%j carries a token', (header, token) => {
  expect(bearerToken(header)).toBe(token)
})

test.each([
  undefined,
  null,
  '',
  'Bearer',
  'Bearer ',
  'a.b.c',
  'Basic dXNlcjpwYXNzd29yZA==',
  'Bearer a.b.c, Bearer d.e.f',
  'Bearer a b',
  'xBearer a.b.c',
  'Bearer secret-of-somebody"',
  'Bearer a.b.c\n',
  ['Bearer a.b.c'],
  7,
])('%j carries none, and is not quoted', async (header) => {
  const error = await errorOf(() => bearerToken(header as string))
  expect(error.code).toBe('UNAUTHENTICATED')
  expect(error.message).toBe(
    'The request has no bearer token. Send the header Authorization: Bearer <token>.',
  )
})

test('a long header that is none takes no time', async () => {
  const started = performance.now()
  await errorOf(() => bearerToken(`Bearer ${'='.repeat(100_000)} x`))
  await errorOf(() => bearerToken(`Bearer${' '.repeat(100_000)}"`))
  await errorOf(() => bearerToken(`Bearer ${'a'.repeat(100_000)}"`))
  expect(performance.now() - started).toBeLessThan(500)
})
