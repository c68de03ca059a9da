import { expect, test } from 'vitest'
import { firestore } from '../src/index.ts'
import { parseSegment, segmentsOf } from '../src/segments.ts'
import { model, request } from '@holdfast/contract-tests/models'

test('segments are numbered', () => {
  expect(segmentsOf(3).map(parseSegment)).toEqual([
    { at: 0, count: 3 },
    { at: 1, count: 3 },
    { at: 2, count: 3 },
  ])
  expect(segmentsOf(1000)).toHaveLength(1000)
})

test.each([0, -1, 1.5, NaN, Infinity, 1001])('%s segments are refused', (count) => {
  expect(() => segmentsOf(count)).toThrow(expect.objectContaining({ code: 'INVALID' }))
})

const NONE = ['', '3', '3/3', '-1/3', '0/1001', '0/0', '0/3 ', 'a/b', '0.5/3', '0/3/3', '00/3']

test.each(NONE)('the segment "%s" is refused before anything is asked', async (segment) => {
  expect(() => parseSegment(segment)).toThrow(expect.objectContaining({ code: 'INVALID' }))
  const note = model('note', { p: 'string' }, { partition: ['p'], sort: [] })
  const client = {
    collection: () => undefined,
    terminate: async () => {},
    formattedName: 'projects/p/databases/d',
    initializeIfNeeded: async () => {},
    _clientPool: {
      run: async () => {
        throw new Error('asked')
      },
    },
  }
  const page = request(note, { partition: undefined, segment })
  await expect(firestore({ client }).query(page, {})).rejects.toMatchObject({ code: 'INVALID' })
})
