import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compareScalars, Decimal, evaluate, type Filter, type Truth } from '@holdfast/core/driver'

type Row = Readonly<Record<string, unknown>>

/** Independent of the evaluator: one rule per line, no compilation, numbers as doubles. */
const typeOf = (value: unknown): string => {
  if (typeof value === 'bigint' || Decimal.isDecimal(value)) return 'number'
  if (value instanceof Date) return 'date'
  return value instanceof Uint8Array ? 'bytes' : typeof value
}
const sortKey = (value: unknown): Buffer | number =>
  typeof value === 'string' || value instanceof Uint8Array
    ? Buffer.from(value as string)
    : typeof value === 'boolean'
      ? Number(value)
      : Number(value instanceof Date ? value.getTime() : String(value))
const compare = (a: unknown, b: unknown): number => {
  const [x, y] = [sortKey(a), sortKey(b)]
  return typeof x === 'number' ? Math.sign(x - Number(y)) : Buffer.compare(x, y as Buffer)
}
const isScalar = (value: unknown): boolean => !['object', 'undefined'].includes(typeOf(value))
const holds = (op: string, value: unknown, given: unknown): boolean => {
  if (op === 'has') return Array.isArray(value) && value.some((one) => holds('eq', one, given))
  if (!isScalar(value) || typeOf(value) !== typeOf(given)) return false
  if (op === 'startsWith')
    return (
      typeof value === 'string' &&
      Array.from(String(given)).every((char, at) => Array.from(value)[at] === char)
    )
  const order = compare(value, given)
  return (
    { eq: order === 0, gt: order > 0, gte: order >= 0, lt: order < 0, lte: order <= 0 }[op] === true
  )
}
const RANK: readonly Truth[] = [false, undefined, true]
const oracle = (filter: Filter, row: Row): Truth => {
  switch (filter.op) {
    case 'const':
      return filter.value
    case 'not':
      return RANK[2 - RANK.indexOf(oracle(filter.of, row))]
    case 'and':
      return RANK[Math.min(2, ...filter.of.map((one) => RANK.indexOf(oracle(one, row))))]
    case 'or':
      return RANK[Math.max(0, ...filter.of.map((one) => RANK.indexOf(oracle(one, row))))]
    case 'exists':
      return row[filter.field] !== undefined
    case 'isNull':
      return row[filter.field] === null
    default: {
      const value = row[filter.field]
      if (value === undefined || value === null) return undefined
      return filter.op === 'in'
        ? (filter.values as unknown[]).some((one) => holds('eq', value, one))
        : holds(filter.op, value, filter.value)
    }
  }
}

const text = fc.constantFrom(
  '',
  'a',
  'ab',
  'A',
  'é',
  'e\u0301',
  '\uffff',
  '😀',
  '😀a',
  '5',
  '\ue000',
)
const scalar = fc.oneof(
  text,
  fc.constantFrom(-1, 0, 1, 1.5, 5, 1e21, -2.25),
  fc.constantFrom(-1n, 0n, 1n, 5n, 10n ** 18n),
  fc.constantFrom('0', '1', '1.5', '-2.25', '1e21').map((one) => Decimal.from(one)),
  fc.boolean(),
  fc.constantFrom(new Date(0), new Date(1), new Date(-1)),
  fc.constantFrom(new Uint8Array(), new Uint8Array([0]), new Uint8Array([97])),
)
const stored = fc.oneof(
  { weight: 4, arbitrary: scalar },
  fc.constantFrom(null, undefined),
  fc.array(fc.oneof(scalar, fc.constant(null)), { maxLength: 3 }),
  fc.constant({ a: 1 }),
)
const field = fc.constantFrom('a', 'b', 'c')
const row = fc.record({ a: stored, b: stored, c: stored })
const { filter } = fc.letrec<{ filter: Filter }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.record({
      op: fc.constantFrom(
        'eq' as const,
        'gt' as const,
        'gte' as const,
        'lt' as const,
        'lte' as const,
        'has' as const,
      ),
      field,
      value: scalar,
    }),
    fc.record({ op: fc.constant('startsWith' as const), field, value: text }),
    fc.record({
      op: fc.constant('in' as const),
      field,
      values: fc.array(scalar, { maxLength: 4 }),
    }),
    fc.record({ op: fc.constantFrom('isNull' as const, 'exists' as const), field }),
    fc.record({
      op: fc.constant('const' as const),
      value: fc.constantFrom(true, false, undefined),
    }),
    fc.record({
      op: fc.constantFrom('and' as const, 'or' as const),
      of: fc.array(tie('filter'), { minLength: 1, maxLength: 3 }),
    }),
    fc.record({ op: fc.constant('not' as const), of: tie('filter') }),
  ),
}))

describe('the evaluator', () => {
  test('agrees with an independent one on 20 000 cases', () => {
    const seen = new Set<Truth>()
    fc.assert(
      fc.property(filter, row, (one, record) => {
        const truth = evaluate(one, record)
        seen.add(truth)
        expect(truth).toBe(oracle(one, record))
      }),
      { numRuns: 20_000 },
    )
    expect(seen.size).toBe(3)
  })

  test('compares scalars as the oracle does: one type, total, antisymmetric', () => {
    fc.assert(
      fc.property(scalar, scalar, (a, b) => {
        const order = compareScalars(a, b)
        expect(order === undefined).toBe(typeOf(a) !== typeOf(b))
        if (order === undefined) return
        expect(Math.sign(order)).toBe(compare(a, b))
        expect(Math.sign(compareScalars(b, a) ?? 0) + Math.sign(order)).toBe(0)
      }),
      { numRuns: 20_000 },
    )
  })

  const T: Filter = { op: 'const', value: true }
  const F: Filter = { op: 'const', value: false }
  const U: Filter = { op: 'eq', field: 'missing', value: 1 }

  test.each<[string, Filter, Filter, Truth, Truth]>([
    ['T T', T, T, true, true],
    ['T F', T, F, false, true],
    ['T U', T, U, undefined, true],
    ['F F', F, F, false, false],
    ['F U', F, U, false, undefined],
    ['U U', U, U, undefined, undefined],
  ])('truth table %s', (_, a, b, and, or) => {
    for (const of of [
      [a, b],
      [b, a],
    ]) {
      expect(evaluate({ op: 'and', of }, {})).toBe(and)
      expect(evaluate({ op: 'or', of }, {})).toBe(or)
    }
  })

  test('negation keeps unknown', () => {
    expect(evaluate({ op: 'not', of: T }, {})).toBe(false)
    expect(evaluate({ op: 'not', of: F }, {})).toBe(true)
    expect(evaluate({ op: 'not', of: U }, {})).toBeUndefined()
  })
})
