import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  compareScalars,
  encodeTuple,
  type Range,
  type Scalar,
  textBounds,
} from '@holdfast/core/driver'

const START = encodeTuple(['p'])

interface Given {
  readonly prefix?: readonly Scalar[]
  readonly range?: Range
}

const boundsOf = ({ prefix = [], range }: Given) => textBounds(START + encodeTuple(prefix), range)

const isIn = (given: Given, position: readonly (Scalar | null)[]): boolean => {
  const { low, high } = boundsOf(given)
  const text = START + encodeTuple(position)
  return low <= text && text <= high
}

const text = fc.string({
  unit: fc.constantFrom('a', 'b', '\0', ' ', '!', '~', '\u00e9', '\uffff', '😀'),
})
const number = fc.oneof(
  fc.integer({ min: -30, max: 30 }),
  fc.integer({ min: -999, max: 999 }).map((one) => one / 64),
)
const date = fc.integer({ min: -5, max: 5 }).map((at) => new Date(at))
const bytes = fc.uint8Array({ maxLength: 2 })
const kinds: readonly fc.Arbitrary<Scalar>[] = [text, number, fc.boolean(), date, bytes]

const HOLDS = {
  gt: (order: number) => order > 0,
  gte: (order: number) => order >= 0,
  lt: (order: number) => order < 0,
  lte: (order: number) => order <= 0,
}

const holds = (range: Range, value: Scalar): boolean =>
  (['gt', 'gte', 'lt', 'lte'] as const).every((op) => {
    const bound = range[op]
    return bound === undefined || HOLDS[op](compareScalars(value, bound) ?? 0)
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

test('a partition without bounds is read as a whole, and nothing of another', () => {
  fc.assert(
    fc.property(text, (value) => {
      expect(isIn({}, [value])).toBe(true)
      const { low, high } = boundsOf({})
      const other = encodeTuple([`p${value}x`, value])
      expect(low <= other && other <= high).toBe(false)
    }),
    { numRuns: 2000 },
  )
  const { low, high } = boundsOf({})
  expect(low <= START && START <= high).toBe(true)
})
