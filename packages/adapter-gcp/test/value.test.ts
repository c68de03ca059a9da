import { Decimal, type Kind } from '@holdfast/core/driver'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CODECS } from '../src/codec.ts'
import { decodeNested, encodeNested, type Value } from '../src/value.ts'

const text = fc.string({ unit: 'binary' })
const name = text.filter((one) => !one.startsWith('$') && one !== '__proto__')
const date = fc.date({
  min: new Date('0001-01-01T00:00:00Z'),
  max: new Date('9999-12-31T23:59:59.999Z'),
  noInvalidDate: true,
})
const number = fc
  .double({ noNaN: true, noDefaultInfinity: true })
  .filter((one) => one === 0 || (Math.abs(one) >= 1e-130 && Math.abs(one) < 1e126))
  .map((one) => one + 0)
const bigint = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
const decimal = fc
  .tuple(fc.bigInt({ min: -(10n ** 34n) + 1n, max: 10n ** 34n - 1n }), fc.nat(34))
  .map(([digits, places]) => Decimal.from(`${digits}e-${places}`))
const scalar = fc.oneof(
  text,
  fc.constantFrom(null, true, false),
  fc.integer(),
  number,
  bigint,
  date,
  fc.uint8Array(),
  decimal,
)
const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small' },
    scalar,
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(name, tie('tree'), { maxKeys: 4, noNullPrototype: true }),
  ),
}))

const depthOf = ({ arrayValue, mapValue }: Value): number => {
  const inside = arrayValue?.values ?? (mapValue && Object.values(mapValue.fields ?? {}))
  return inside === undefined ? 0 : 1 + Math.max(0, ...inside.map(depthOf))
}

const hasArrayInArray = ({ arrayValue, mapValue }: Value): boolean =>
  (arrayValue?.values ?? []).some((one) => one.arrayValue !== undefined || hasArrayInArray(one)) ||
  Object.values(mapValue?.fields ?? {}).some(hasArrayInArray)

test('nested values come back as they were, and are what Firestore takes', () => {
  fc.assert(
    fc.property(tree, (value) => {
      const encoded = encodeNested(value)
      expect(decodeNested(encoded)).toStrictEqual(value)
      expect(hasArrayInArray(encoded)).toBe(false)
    }),
    { numRuns: 2000 },
  )
})

test.each([1, 2, 9, 10, 11, 16])('arrays %i deep come back, never deeper than 20', (depth) => {
  const leaf = [1n, Decimal.from('1.5'), new Date(5), Uint8Array.of(7), 'x', null, { a: true }]
  let value: unknown = leaf
  for (let at = 1; at < depth; at += 1) value = at % 5 === 4 ? { inside: value } : [value, at]
  const encoded = encodeNested(value)
  expect(depthOf(encoded)).toBeLessThanOrEqual(20)
  expect(hasArrayInArray(encoded)).toBe(false)
  expect(decodeNested(encoded)).toStrictEqual(value)
})

test('one to sixteen arrays inside each other come back, never deeper than 20', () => {
  let value: unknown = ['end']
  for (let depth = 1; depth <= 16; depth += 1) {
    expect(depthOf(encodeNested(value))).toBeLessThanOrEqual(20)
    expect(decodeNested(encodeNested(value))).toStrictEqual(value)
    value = [value]
  }
})

test('what Firestore has no value for is tagged, the rest is native', () => {
  expect(
    encodeNested({
      i: 1n,
      n: Decimal.from('1.10'),
      t: new Date(1500),
      b: Uint8Array.of(1),
      a: [[1]],
      x: 1e21,
    }),
  ).toEqual({
    mapValue: {
      fields: {
        i: { mapValue: { fields: { $i: { stringValue: '1' } } } },
        n: { mapValue: { fields: { $n: { stringValue: '1.1' } } } },
        t: { timestampValue: { seconds: 1, nanos: 500_000_000 } },
        b: { bytesValue: Uint8Array.of(1) },
        a: {
          arrayValue: {
            values: [
              { mapValue: { fields: { $a: { arrayValue: { values: [{ integerValue: 1 }] } } } } },
            ],
          },
        },
        x: { doubleValue: 1e21 },
      },
    },
  })
})

const OF_KIND: readonly (readonly [Kind, fc.Arbitrary<unknown>])[] = [
  ['string', text],
  ['integer', fc.maxSafeInteger()],
  ['number', number],
  ['bigint', bigint],
  ['decimal', decimal],
  ['boolean', fc.boolean()],
  ['date', date],
  ['bytes', fc.uint8Array()],
]

test.each(OF_KIND)('a field of kind %s comes back as it was', (kind, values) => {
  const { encode, decode } = CODECS[kind]
  fc.assert(
    fc.property(values, (value) => {
      expect(decode(encode(value as never))).toStrictEqual(value)
    }),
    { numRuns: 500 },
  )
})

test('an instant before 1970 has nanoseconds that are not negative', () => {
  expect(CODECS.date.encode(new Date(-1) as never)).toEqual({
    timestampValue: { seconds: -1, nanos: 999_000_000 },
  })
})

test('numbers that another program wrote lose no digit', () => {
  expect(decodeNested({ integerValue: '9007199254740993' })).toBe(9007199254740993n)
  expect(decodeNested({ integerValue: '42' })).toBe(42)
  expect(CODECS.bigint.decode({ integerValue: '9223372036854775807' })).toBe(2n ** 63n - 1n)
  expect(CODECS.number.decode({ integerValue: '3' })).toBe(3)
  expect(CODECS.decimal.decode({ doubleValue: 0.5 })).toEqual(Decimal.from('0.5'))
})

test.each<readonly [Kind, Value]>([
  ['string', { integerValue: '1' }],
  ['integer', { stringValue: '1' }],
  ['bigint', { stringValue: 'x' }],
  ['decimal', { stringValue: 'x' }],
  ['decimal', { doubleValue: NaN }],
  ['boolean', { stringValue: 'true' }],
  ['date', { stringValue: '2026-01-01' }],
  ['bytes', { stringValue: 'AA==' }],
])('a field of kind %s that another program filled otherwise is missing', (kind, value) => {
  expect(CODECS[kind].decode(value)).toBeUndefined()
})

test('places and references that another program wrote can be read', () => {
  expect(decodeNested({ geoPointValue: { latitude: 1, longitude: 2 } })).toEqual({
    latitude: 1,
    longitude: 2,
  })
  expect(decodeNested({ referenceValue: 'projects/p/x' })).toBe('projects/p/x')
})

test('a stored __proto__ is a member like any other', () => {
  const fields = Object.fromEntries([['__proto__', encodeNested({ isAdmin: true })]])
  const value = decodeNested({ mapValue: { fields } })
  expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
  expect(Object.keys(value as object)).toEqual(['__proto__'])
  expect((value as { isAdmin?: boolean }).isAdmin).toBeUndefined()
})
