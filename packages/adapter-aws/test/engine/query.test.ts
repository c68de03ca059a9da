import type { ChangeDriver, Filter, IndexModel, QueryRequest } from '@holdfast/core/driver'
import { beforeAll, expect, test } from 'vitest'
import { model, put, request, writeId as id } from '@holdfast/contract-tests/models'
import { testPlace } from '../place.ts'

const place = testPlace()
const byKind: IndexModel = { name: 'k', partition: ['p', 'kind'], sort: ['rank'], unique: false }
const shape = {
  p: 'string',
  s: 'string',
  kind: 'string',
  rank: 'integer?',
  body: 'string?',
} as const
const KEY = { partition: ['p'], sort: ['s'] } as const
const left = model('left', shape, KEY, { group: 'both', indexes: [byKind] })
const right = model('right', shape, KEY, { group: 'both', indexes: [byKind] })

const name = (at: number): string => `s${String(at).padStart(3, '0')}`
let driver: ChangeDriver
beforeAll(async () => {
  driver = place.open()
  await driver.schema.apply([left, right])
  const body = 'x'.repeat(60_000)
  const writes = Array.from({ length: 60 }, (_, at) => {
    const value = { p: 'p', s: name(at), kind: at % 2 === 0 ? 'even' : 'odd', rank: at % 3, body }
    return put(left, { key: ['p', value.s], id: id(1), value })
  })
  const other = put(right, {
    key: ['p', 's000'],
    id: id(1),
    value: { p: 'p', s: 's000', kind: 'even', rank: 0 },
  })
  await driver.write([...writes, other], { atomic: false })
})

const names = async (given: Partial<QueryRequest>): Promise<unknown[]> =>
  (await driver.query(request(left, given), {})).records.map(({ value }) => value['s'])

test('a page is full although the vendor ends each of its own at a megabyte', async () => {
  expect(await names({})).toEqual(Array.from({ length: 60 }, (_, at) => name(at)))
  const page = await driver.query(request(left, { count: true }), {})
  expect(page).toEqual({ records: [], count: 60 })
})

test('a filter that lets few records through fills its page as well', async () => {
  const filter: Filter = { op: 'gte', field: 's', value: name(57) }
  expect(await names({ filter, limit: 3 })).toEqual([name(57), name(58), name(59)])
})

test('there is a next page only when a record of it matches', async () => {
  const filter: Filter = { op: 'lt', field: 's', value: name(10) }
  const last = await driver.query(request(left, { filter, limit: 10 }), {})
  expect(last.next).toBeUndefined()
  const first = await driver.query(request(left, { filter, limit: 9 }), {})
  expect(first.next).toEqual([name(8)])
})

test('entities of one group share a table and an index, and see their own records only', async () => {
  const indexed = await driver.query(
    request(right, { index: byKind, partition: ['p', 'even'], consistency: 'eventual' }),
    {},
  )
  expect(indexed.records).toHaveLength(1)
  const scanned = await driver.query(request(right, { partition: undefined }), {})
  expect(scanned.records).toHaveLength(1)
  expect(await names({ partition: undefined })).toHaveLength(60)
})

test('a scan goes on behind a record that is gone', async () => {
  const seen: unknown[] = []
  let after: QueryRequest['after']
  do {
    const page = await driver.query(request(left, { partition: undefined, after, limit: 7 }), {})
    seen.push(...page.records.map(({ value }) => value['s']))
    after = page.next
    const [p, s] = after ?? []
    if (s === undefined || s === null || p === undefined || p === null) continue
    await driver.write(
      [{ kind: 'delete', entity: left, key: [p, s], id: id(9), expect: 'present' }],
      { atomic: false },
    )
  } while (after !== undefined)
  expect(new Set(seen).size).toBe(60)
  expect(seen).toHaveLength(60)
})

test('a filter larger than an expression is evaluated here, in pages and counts alike', async () => {
  const of = Array.from({ length: 500 }, (_, at): Filter => ({
    op: 'eq',
    field: 's',
    value: name(at * 2),
  }))
  const filter: Filter = { op: 'or', of }
  const all = await names({ filter })
  expect(all.length).toBeGreaterThan(10)
  for (const one of all) expect(Number(String(one).slice(1)) % 2).toBe(0)
  const { count } = await driver.query(request(left, { filter, count: true }), {})
  expect(count).toBe(all.length)
  const scanned = await driver.query(
    request(left, { filter, count: true, partition: undefined }),
    {},
  )
  expect(scanned.count).toBe(all.length)
})

test('many records are read in order, more than one answer holds, and those missing are said', async () => {
  const big = model('big', { p: 'string', s: 'string', body: 'string' }, KEY)
  await driver.schema.apply([big])
  const body = 'y'.repeat(340_000)
  const keys = Array.from({ length: 60 }, (_, at) => ['p', name(at)] as const)
  const writes = keys.map(([p, s]) => put(big, { key: [p, s], id: id(1), value: { p, s, body } }))
  await driver.write(writes, { atomic: false })
  const asked = [['p', 'none'] as const, ...keys.toReversed()]
  const records = await driver.get(big, asked, {})
  expect(records.map((record) => record?.value['s'])).toEqual([
    undefined,
    ...keys.toReversed().map(([, s]) => s),
  ])
})

test('a query that no sort value can meet asks nothing', async () => {
  const closed = place.open()
  await closed.close()
  const range = { gt: 'b', lt: 'a' }
  expect(await closed.query(request(left, { range }), {})).toEqual({ records: [] })
})
