import { compareScalars, type QueryRequest, type Range, type Scalar } from '@holdfast/core/driver'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { boundsOf } from '../src/bounds.ts'
import { sortText } from '../src/key-values.ts'
import { model, request } from './place.ts'

const entity = model(
  'e',
  { p: 'string', s: 'json', t: 'string' },
  { partition: ['p'], sort: ['s', 't'] },
)

const isIn = (given: Partial<QueryRequest>, position: readonly (Scalar | null)[]): boolean => {
  const bounds = boundsOf(request(entity, given))
  const text = sortText(position)
  return bounds === undefined || (bounds.low <= text && text <= bounds.high)
}

const text = fc.string({
  unit: fc.constantFrom('a', 'b', '\0', ' ', '!', '~', '\u00e9', '\uffff', '😀'),
})
const number = fc.oneof(
  fc.integer({ min: -30, max: 30 }),
  fc.integer({ min: -999, max: 999 }).map((one) => one / 64),
)
const boolean = fc.boolean()
const date = fc.integer({ min: -5, max: 5 }).map((at) => new Date(at))
const bytes = fc.uint8Array({ maxLength: 2 })
const kinds: readonly fc.Arbitrary<Scalar>[] = [text, number, boolean, date, bytes]

const holds = (range: Range, value: Scalar): boolean =>
  (['gt', 'gte', 'lt', 'lte'] as const).every((op) => {
    const bound = range[op]
    if (bound === undefined) return true
    const order = compareScalars(value, bound) ?? 0
    return op === 'gt'
      ? order > 0
      : op === 'gte'
        ? order >= 0
        : op === 'lt'
          ? order < 0
          : order <= 0
  })

test('a range holds exactly the values that fulfil it, and never null', () => {
  const sample = fc
    .constantFrom(...kinds)
    .chain((kind) =>
      fc.tuple(
        kind,
        kind,
        kind,
        fc.constantFrom('gt', 'gte'),
        fc.constantFrom('lt', 'lte'),
        fc.constantFrom('lower', 'upper', 'both'),
      ),
    )
  fc.assert(
    fc.property(sample, ([value, low, high, lower, upper, which]) => {
      const range: Range = {
        ...(which === 'upper' ? {} : { [lower]: low }),
        ...(which === 'lower' ? {} : { [upper]: high }),
      }
      expect(isIn({ range }, [value, 'x'])).toBe(holds(range, value))
      expect(isIn({ range }, [null, 'x'])).toBe(false)
      expect(isIn({ prefix: ['q'], range }, ['q', value])).toBe(holds(range, value))
      expect(isIn({ prefix: ['q'], range }, ['r', value])).toBe(false)
    }),
    { numRuns: 5000 },
  )
})

test('a prefix of a string holds exactly the strings that start with it', () => {
  fc.assert(
    fc.property(text, text, (startsWith, value) => {
      expect(isIn({ range: { startsWith } }, [value, 'x'])).toBe(value.startsWith(startsWith))
    }),
    { numRuns: 5000 },
  )
})

test('a page starts behind its position, in both directions', () => {
  const position = fc.tuple(text, text)
  fc.assert(
    fc.property(position, position, (after, other) => {
      const order = compareScalars(after[0], other[0]) || compareScalars(after[1], other[1]) || 0
      expect(isIn({ after }, other)).toBe(order < 0)
      expect(isIn({ after, descending: true }, other)).toBe(order > 0)
    }),
    { numRuns: 5000 },
  )
})

test('a partition without bounds is read as a whole', () => {
  expect(boundsOf(request(entity))).toBeUndefined()
})

test('no bound is empty, which DynamoDB would refuse', () => {
  const bounds = boundsOf(request(entity, { after: ['a', 'b'], descending: true }))
  expect(bounds?.low).not.toBe('')
})
