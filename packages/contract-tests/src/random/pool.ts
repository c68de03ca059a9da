import { Decimal } from '@holdfast/core'
import type { Scalar } from '@holdfast/core/driver'
import fc from 'fast-check'

const decimal = (text: string): Decimal => Decimal.from(text)
const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values)

/** Values of each field that stores are known to confuse, few enough that random filters match. */
export const POOL = {
  text: [
    '',
    'a',
    'A',
    'ab',
    'a%',
    'a_b',
    'a\\b',
    "a'b",
    'é',
    'e\u0301',
    '\ud7ff',
    '\ue000',
    '\uffff',
    '😀',
    '5',
    'true',
    'null',
  ],
  whole: [0, 1, -1, 5, 10, 9, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER],
  real: [0, 0.5, -0.5, 5, 1e-130, 9.9e125, -1e125, 0.1, 0.30000000000000004, 1e21],
  big: [0n, 1n, -1n, 5n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n)],
  money: ['0', '0.5', '-0.5', '5', '0.1', '0.3', '9007199254740993', '1e125', '1e-130'].map(
    decimal,
  ),
  flag: [true, false],
  at: [
    new Date(0),
    new Date(-1),
    new Date(5),
    new Date('0001-01-01T00:00:00.000Z'),
    new Date('9999-12-31T23:59:59.999Z'),
  ],
  raw: [bytes(), bytes(0), bytes(0, 1), bytes(127), bytes(128), bytes(255, 0)],
  list: [
    [],
    ['a'],
    ['a', 'A', 5],
    [5n, decimal('0.5')],
    [null],
    [['a']],
    [{ a: 'a' }, true],
    [new Date(5), bytes(0)],
    ['5', 0.5],
    ['é'],
  ],
  doc: [{}, { a: 1 }, { a: null, b: [1] }],
  any: ['a', '5', 5, 5n, 0.5, true, new Date(5), bytes(0), decimal('0.5'), [5, 'a'], [], { a: 5 }],
} satisfies Readonly<Record<string, readonly unknown[]>>

/** Fields that random filters name. */
export const fields = Object.keys(POOL) as (keyof typeof POOL)[]

const isScalar = (value: unknown): value is Scalar =>
  typeof value !== 'object' ||
  value instanceof Date ||
  value instanceof Uint8Array ||
  Decimal.isDecimal(value)

const everything: readonly unknown[] = Object.values<readonly unknown[]>(POOL).flat()
const scalars: readonly Scalar[] = everything.filter(isScalar)

/** A literal for a field: mostly of its pool, sometimes of another type. */
export const operand = (field: keyof typeof POOL): fc.Arbitrary<Scalar> => {
  const pool: readonly unknown[] = POOL[field]
  return fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(...pool.filter(isScalar)) },
    { weight: 1, arbitrary: fc.constantFrom(...scalars) },
  )
}
