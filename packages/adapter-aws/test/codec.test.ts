import { Decimal, type Kind } from '@holdfast/core/driver'
import { expect, test } from 'vitest'
import { CODECS } from '../src/codec.ts'

const VALUES: readonly (readonly [Kind, unknown])[] = [
  ['integer', Number.MIN_SAFE_INTEGER],
  ['number', 0.1 + 0.2],
  ['bigint', 2n ** 53n + 1n],
  ['bigint', -(2n ** 63n)],
  ['decimal', Decimal.from('9007199254740993.000000001')],
  ['decimal', Decimal.from('-1e-130')],
  ['date', new Date('0001-01-01T00:00:00.001Z')],
  ['date', new Date('9999-12-31T23:59:59.999Z')],
  ['bytes', Uint8Array.of(0, 128, 255)],
  ['bytes', new Uint8Array()],
  ['string', ''],
  ['boolean', false],
]

test.each(VALUES)('a %s comes back exactly: %s', (kind, value) => {
  const { encode, decode } = CODECS[kind]
  const decoded = decode(encode(value as never))
  expect(String(decoded)).toBe(String(value))
  expect(decoded).toEqual(value)
  if (value instanceof Date) expect((decoded as Date).getTime()).toBe(value.getTime())
})

test('a bigint that another program wrote with an exponent is read exactly', () => {
  expect(CODECS.bigint.decode({ N: '1.2E3' })).toBe(1200n)
})
