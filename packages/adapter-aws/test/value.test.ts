import { Decimal } from '@holdfast/core/driver'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeNested, encodeNested } from '../src/value.ts'

const text = fc.string({ unit: 'binary' })
const name = text.filter((one) => !one.startsWith('$') && one !== '__proto__')
const date = fc.date({
  min: new Date('0001-01-01T00:00:00Z'),
  max: new Date('9999-12-31T23:59:59.999Z'),
  noInvalidDate: true,
})
const legal = (one: number): boolean =>
  one === 0 || (Math.abs(one) >= 1e-130 && Math.abs(one) < 1e126)
const scalar = fc.oneof(
  text,
  fc.constantFrom(null, true, false),
  fc.integer(),
  fc
    .double({ noNaN: true, noDefaultInfinity: true })
    .filter(legal)
    .map((one) => one + 0),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
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
      expect(decodeNested(encodeNested(value))).toStrictEqual(value)
    }),
    { numRuns: 2000 },
  )
})

test('what attributes do not tell apart is tagged', () => {
  expect(
    encodeNested({ i: 1n, n: Decimal.from('1.10'), t: new Date(0), b: Uint8Array.of(1) }),
  ).toEqual({
    M: {
      i: { M: { $i: { N: '1' } } },
      n: { M: { $n: { N: '1.1' } } },
      t: { M: { $t: { S: '1970-01-01T00:00:00.000Z' } } },
      b: { B: Uint8Array.of(1) },
    },
  })
})

test.each([
  ['0.1', 0.1],
  ['0.30000000000000004', 0.1 + 0.2],
  ['9007199254740993', Decimal.from('9007199254740993')],
  ['0.1000000000000000055511151231257827', Decimal.from('0.1000000000000000055511151231257827')],
  ['1000000000000000000000', 1e21],
])('a number that another program wrote, %s, loses no digit', (written, value) => {
  expect(decodeNested({ N: written })).toEqual(value)
})

test('sets that another program wrote are arrays', () => {
  expect(decodeNested({ SS: ['a', 'b'] })).toEqual(['a', 'b'])
  expect(decodeNested({ NS: ['1'] })).toEqual([1])
  expect(decodeNested({ BS: [Uint8Array.of(1)] })).toEqual([Uint8Array.of(1)])
})

test('a stored __proto__ is a member like any other', () => {
  const value = decodeNested({
    M: Object.fromEntries([['__proto__', { M: { isAdmin: { BOOL: true } } }]]),
  })
  expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
  expect(Object.keys(value as object)).toEqual(['__proto__'])
  expect((value as { isAdmin?: boolean }).isAdmin).toBeUndefined()
})
