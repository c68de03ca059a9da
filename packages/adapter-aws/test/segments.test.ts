import { expect, test } from 'vitest'
import { segmentInput, segmentsOf } from '../src/segments.ts'

test('segments are numbered', () => {
  expect(segmentsOf(3).map(segmentInput)).toEqual([
    { Segment: 0, TotalSegments: 3 },
    { Segment: 1, TotalSegments: 3 },
    { Segment: 2, TotalSegments: 3 },
  ])
  expect(segmentsOf(1_000_000)).toHaveLength(1_000_000)
})

test.each([0, -1, 1.5, NaN, Infinity, 1_000_001])('%s segments are refused', (count) => {
  expect(() => segmentsOf(count)).toThrow(expect.objectContaining({ code: 'INVALID' }))
})

test.each(['', '3', '3/3', '-1/3', '0/1000001', '0/0', '0/3 ', 'a/b', '0.5/3'])(
  'the segment "%s" is refused',
  (segment) => {
    expect(() => segmentInput(segment)).toThrow(expect.objectContaining({ code: 'INVALID' }))
  },
)
