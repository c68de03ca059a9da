import { compareScalars, Decimal, type Kind, type Scalar } from '@holdfast/core/driver'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { idOf, keyOfId, partitionText } from '../src/key-values.ts'

const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 })
const VALUES: Readonly<Partial<Record<Kind, fc.Arbitrary<Scalar>>>> = {
  string: text,
  integer: fc.maxSafeInteger(),
  number: fc.integer({ min: -1e9, max: 1e9 }).map((one) => one / 1024),
  bigint: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  decimal: fc.integer().map((one) => Decimal.from(`${one}e-3`)),
  boolean: fc.boolean(),
  date: fc.integer({ min: -1e12, max: 1e13 }).map((one) => new Date(one)),
  bytes: fc.uint8Array({ minLength: 1, maxLength: 20 }),
}
const KINDS = Object.keys(VALUES) as Kind[]
const keyed = fc
  .array(fc.constantFrom(...KINDS), { minLength: 1, maxLength: 4 })
  .chain((kinds) =>
    fc.tuple(
      fc.constant(kinds),
      fc.tuple(...kinds.map((kind) => VALUES[kind] as fc.Arbitrary<Scalar>)),
    ),
  )

test('an id tells its key, and is one that Firestore takes', () => {
  fc.assert(
    fc.property(keyed, ([kinds, key]) => {
      const id = idOf(key)
      expect(id).toMatch(/^[0-9][0-9A-Za-z!:_~-]*!$/)
      expect(keyOfId(id, kinds)).toStrictEqual(key)
    }),
    { numRuns: 5000 },
  )
})

test('ids order as their keys do', () => {
  fc.assert(
    fc.property(text, text, (a, b) => {
      const order = compareScalars(a, b) ?? 0
      expect(Math.sign(order)).toBe(idOf([a, 'z']) < idOf([b, 'a']) ? -1 : a === b ? 0 : 1)
    }),
    { numRuns: 5000 },
  )
})

test.each([
  ['', ['string']],
  ['abc', ['string']],
  ['6a!6b!', ['string']],
  ['6a', ['string']],
  ['6-ZZ!', ['string']],
  ['4x!', ['number']],
  ['8a!', ['string']],
  ['6_41!', ['string']],
] as const)('%s is no id of ours', (id, kinds) => {
  expect(keyOfId(id, kinds)).toBeUndefined()
})

test('no partition is the beginning of another, nor as long as Firestore would cut', () => {
  const parts = fc.array(fc.string({ unit: 'binary', maxLength: 4 }), {
    minLength: 2,
    maxLength: 2,
  })
  fc.assert(
    fc.property(parts, parts, (a, b) => {
      const [one, other] = [partitionText(a), partitionText(b)]
      expect(one.startsWith(other)).toBe(a.join('\0') === b.join('\0'))
    }),
    { numRuns: 5000 },
  )
  const long = 'x'.repeat(3000)
  const texts = [partitionText([`${long}1`]), partitionText([`${long}2`])]
  expect(texts[0]).not.toBe(texts[1])
  for (const one of texts) expect(one).toMatch(/^9[0-9a-f]{64}!$/)
  // With 400 bytes of sort values it must be indexed as a whole.
  expect(partitionText(['x'.repeat(998)]).length).toBeLessThanOrEqual(1000)
  expect(partitionText(['x'.repeat(999)]).length).toBeLessThanOrEqual(1000)
})
