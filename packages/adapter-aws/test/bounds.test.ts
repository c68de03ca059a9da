import { compareScalars, type QueryRequest, type Scalar } from '@holdfast/core/driver'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { boundsOf } from '../src/bounds.ts'
import { sortText } from '../src/key-values.ts'
import { model, request } from '@holdfast/contract-tests/models'

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
