import { Decimal } from '@holdfast/core/driver'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeJson, encodeJson } from '../src/codec.ts'
import { parseTimestamp } from '../src/dialect/postgres.ts'

const text = fc.string({ unit: 'binary' }).filter((one) => !one.includes('\0'))
const name = text.filter((one) => !one.startsWith('$') && one !== '__proto__')
const date = fc.date({
  min: new Date('0001-01-01T00:00:00Z'),
  max: new Date('9999-12-31T23:59:59.999Z'),
  noInvalidDate: true,
})
const scalar = fc.oneof(
  text,
  fc.constantFrom(null, true, false),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((one) => one + 0),
  fc.bigInt(),
  date,
  fc.uint8Array(),
  fc.integer().map((one) => Decimal.from(`${one}e-3`)),
)
const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small' },
    scalar,
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(name, tie('tree'), { maxKeys: 4, noNullPrototype: true }),
  ),
}))

test('nested values come back as they were', () => {
  fc.assert(
    fc.property(tree, (value) => {
      expect(decodeJson(encodeJson(value))).toStrictEqual(value)
    }),
    { numRuns: 2000 },
  )
})

test('what JSON lacks is tagged', () => {
  const value = { i: 1n, n: Decimal.from('1.10'), t: new Date(0), b: Uint8Array.of(255) }
  expect(encodeJson(value)).toBe(
    '{"i":{"$i":"1"},"n":{"$n":"1.1"},"t":{"$t":"1970-01-01T00:00:00.000Z"},"b":{"$b":"/w=="}}',
  )
})

test.each([
  ['2026-11-23 01:02:03.123+00', '2026-11-23T01:02:03.123Z'],
  ['2026-11-23 01:02:03+00', '2026-11-23T01:02:03.000Z'],
  ['2026-11-23 01:02:03.1+00', '2026-11-23T01:02:03.100Z'],
  ['2026-11-23 01:02:03.12+05:30', '2026-11-22T19:32:03.120Z'],
  ['2026-11-23 01:02:03.123456-03', '2026-11-23T04:02:03.123Z'],
  ['0099-01-01 00:00:00+00', '0099-01-01T00:00:00.000Z'],
  ['0099-12-31 19:03:58.001-04:56:02', '0100-01-01T00:00:00.001Z'],
  ['0001-12-31 19:03:58-04:56:02 BC', '0001-01-01T00:00:00.000Z'],
  ['10000-01-01 13:59:59.999+14', '9999-12-31T23:59:59.999Z'],
])('PostgreSQL prints %s for %s', (printed, iso) => {
  expect(parseTimestamp(printed).toISOString()).toBe(iso)
})

test('a session whose dates are not ISO is refused', () => {
  expect(() => parseTimestamp('Mon Nov 23 01:02:03 2026 UTC')).toThrow('ISO')
})
