import { defineEntity } from '@holdfast/core'
import type { QueryRequest } from '@holdfast/core/driver'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { dynamodb } from '../src/index.ts'
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

const NONE = ['', '3', '3/3', '-1/3', '0/1000001', '0/0', '0/3 ', 'a/b', '0.5/3', '0/3/3']

test.each(NONE)('the segment "%s" is refused', (segment) => {
  expect(() => segmentInput(segment)).toThrow(expect.objectContaining({ code: 'INVALID' }))
})

const Note = defineEntity('note', {
  schema: z.object({ tenantId: z.string(), noteId: z.string() }),
  key: { partition: ['tenantId'], sort: ['noteId'] },
  group: 'shared',
}).model

/** What reading a page sends, to a client that finds nothing. */
const sentBy = (page: Pick<QueryRequest, 'segment' | 'after'>) => {
  const sent: object[] = []
  const client = {
    config: { maxAttempts: 1 },
    send: async (command: { readonly input: object }) => {
      sent.push(command.input)
      return { Items: [] }
    },
  }
  const request: QueryRequest = {
    entity: Note,
    index: undefined,
    partition: undefined,
    prefix: [],
    range: undefined,
    descending: false,
    filter: undefined,
    limit: 10,
    count: false,
    consistency: 'strong',
    ...page,
  }
  return { sent, reading: dynamodb({ client, tablePrefix: 'p-' }).query(request, {}) }
}

test('a segment is a consistent scan that leaves out the rest of the group', async () => {
  const { sent, reading } = sentBy({ segment: '2/8', after: undefined })
  expect(await reading).toEqual({ records: [] })
  const [input] = sent as readonly { readonly ExpressionAttributeValues: object }[]
  expect(sent).toHaveLength(1)
  expect(input).toMatchObject({
    TableName: 'p-shared',
    Segment: 2,
    TotalSegments: 8,
    ConsistentRead: true,
    ExpressionAttributeNames: expect.toSatisfy((names: object) =>
      Object.values(names).includes('_e'),
    ),
  })
  expect(Object.values(input?.ExpressionAttributeValues ?? {})).toEqual([{ S: 'note' }])
  for (const member of ['KeyConditionExpression', 'IndexName', 'ExclusiveStartKey'])
    expect(input).not.toHaveProperty(member)
})

test('a segment goes on behind the key of a record', async () => {
  const { sent, reading } = sentBy({ segment: '2/8', after: ['t', 'n'] })
  await reading
  expect(sent).toMatchObject([
    {
      Segment: 2,
      TotalSegments: 8,
      ExclusiveStartKey: { _p: { S: 't!note' }, _s: { S: expect.any(String) } },
    },
  ])
})

test.each(NONE)('nothing is sent for the segment "%s"', async (segment) => {
  const { sent, reading } = sentBy({ segment, after: undefined })
  await expect(reading).rejects.toMatchObject({ code: 'INVALID' })
  expect(sent).toEqual([])
})
