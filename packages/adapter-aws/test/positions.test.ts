import type { QueryRequest, Scalar, TextBounds } from '@holdfast/core/driver'
import { expect, test } from 'vitest'
import { boundsOf } from '../src/bounds.ts'
import { sortText } from '../src/key-values.ts'
import { model, request } from '@holdfast/contract-tests/models'

const entity = model(
  'item',
  { p: 'string', s: 'integer', t: 'string' },
  { partition: ['p'], sort: ['s', 't'] },
)

const bounds = (given: Partial<QueryRequest>): TextBounds => {
  const made = boundsOf(request(entity, given))
  if (made === undefined) throw new Error('no bounds')
  return made
}

const ORDER: readonly (readonly Scalar[])[] = [
  [-3, 'a'],
  [-2, 'a'],
  [-1, ''],
  [-1, 'a'],
  [-1, 'a!'],
  [-1, 'aa'],
  [0, 'a'],
  [1, 'a'],
  [10, 'a'],
]

/** The keys of a partition that lie between the bounds. */
const within = (given: Partial<QueryRequest>): readonly (readonly Scalar[])[] => {
  const { low, high } = bounds(given)
  return ORDER.filter((key) => sortText(key) >= low && sortText(key) <= high)
}

test('a page begins behind its position, in both directions', () => {
  for (const [at, after] of ORDER.entries()) {
    expect(within({ after })).toEqual(ORDER.slice(at + 1))
    expect(within({ after, descending: true })).toEqual(ORDER.slice(0, at))
  }
})

test('a position does not widen a range', () => {
  const range = { gte: -1, lt: 1 }
  const inside = ORDER.slice(2, 7)
  for (const [at, after] of ORDER.entries()) {
    expect(within({ range, after })).toEqual(inside.filter((key) => ORDER.indexOf(key) > at))
    expect(within({ range, after, descending: true })).toEqual(
      inside.filter((key) => ORDER.indexOf(key) < at),
    )
  }
})
