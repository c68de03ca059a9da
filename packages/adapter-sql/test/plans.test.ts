// That pages are read along indexes, at any depth: no sort, no scan, nothing skipped over one by one.
import type { QueryRequest, SweepingDriver } from '@holdfast/core/driver'
import { createDatabase, type Engine } from '@holdfast/engines'
import type { DatabaseSync } from 'node:sqlite'
import type { Pool } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { postgresDialect } from '../src/dialect/postgres.ts'
import { sqliteDialect } from '../src/dialect/sqlite.ts'
import type { Dialect } from '../src/dialect/dialect.ts'
import { postgres, sqlite } from '../src/index.ts'
import { pageCall, pathOf, stepsOf } from '../src/query.ts'
import { Table } from '../src/table.ts'
import { model, put, request, startPostgres } from './stores.ts'

const COUNT = 20_000
const order = model(
  'order',
  {
    tenant: 'string',
    id: 'string',
    status: 'string',
    total: 'number?',
    at: 'date',
    note: 'string?',
  },
  { partition: ['tenant'], sort: ['id'] },
  [
    { name: 'byStatus', partition: ['tenant', 'status'], sort: ['at'], unique: false },
    { name: 'byTotal', partition: ['tenant'], sort: ['total'], unique: false },
    { name: 'byNote', partition: ['note'], sort: [], unique: false },
  ],
)
const { byStatus, byTotal, byNote } = order.indexes

const records = Array.from({ length: COUNT }, (_, n) => ({
  tenant: `t${n % 2}`,
  id: `o${String((n * 7919) % COUNT).padStart(6, '0')}`,
  status: n % 3 === 0 ? 'open' : 'done',
  at: new Date(n * 1000),
  ...(n % 10 < 4 ? {} : { total: n % 10 < 7 ? null : n }),
  ...(n % 100 === 0 ? { note: 'x' } : {}),
}))

const fill = async (driver: SweepingDriver): Promise<void> => {
  await driver.schema.apply([order])
  for (let at = 0; at < COUNT; at += 2000)
    await driver.write(
      records.slice(at, at + 2000).map((value) => put(order, value)),
      { atomic: false },
    )
}

const at = new Date(15_000_000)
const cases: Record<string, Partial<QueryRequest>> = {
  'along the key': { partition: ['t0'] },
  'along the key, deep': { partition: ['t0'], after: ['o015000'] },
  'along the key, deep, descending': { partition: ['t0'], after: ['o015000'], descending: true },
  'a range of the key': { partition: ['t0'], range: { startsWith: 'o01' } },
  'an index': { index: byStatus, partition: ['t0', 'open'] },
  'an index, deep': { index: byStatus, partition: ['t0', 'open'], after: [at, 'o0'] },
  'an index, deep, descending': {
    index: byStatus,
    partition: ['t0', 'open'],
    after: [at, 'o0'],
    descending: true,
  },
  'an index from a bound': { index: byStatus, partition: ['t0', 'open'], range: { gte: at } },
  'an index with optional fields': { index: byTotal, partition: ['t0'] },
  'its nulls, deep': { index: byTotal, partition: ['t0'], after: [null, 'o015000'] },
  'its values, deep': { index: byTotal, partition: ['t0'], after: [15_000, 'o0'] },
  'its values, deep, descending': {
    index: byTotal,
    partition: ['t0'],
    after: [5000, 'o0'],
    descending: true,
  },
  'its nulls, deep, descending': {
    index: byTotal,
    partition: ['t0'],
    after: [null, 'o005000'],
    descending: true,
  },
  'an index by optional partition': { index: byNote, partition: ['x'] },
  'all records': {},
  'all records, deep': { after: ['t1', 'o015000'] },
}

const callsOf = (dialect: Dialect, more: Partial<QueryRequest>) => {
  const table = new Table(order, dialect)
  const query = request(order, { limit: 50, ...more })
  return stepsOf(pathOf(table, query), query).map((step) => pageCall(table, query, step, 51))
}

describe('sqlite', () => {
  const driver = sqlite({ file: ':memory:' })
  let database: DatabaseSync
  beforeAll(async () => {
    await fill(driver)
    database = driver.native() as DatabaseSync
    database.exec('ANALYZE')
  })
  afterAll(() => driver.close())
  test.each(Object.entries(cases))('%s', (_, more) => {
    for (const { statement, params } of callsOf(sqliteDialect, more)) {
      const plan = database.prepare(`EXPLAIN QUERY PLAN ${statement.text}`).all(...params)
      const text = plan.map(({ detail }) => String(detail)).join('; ')
      expect(text).not.toMatch(/TEMP B-TREE/)
      const isSought = more.partition !== undefined || more.after !== undefined
      expect(text).toMatch(isSought ? /^SEARCH t USING INDEX/ : /^SCAN t USING INDEX/)
      expect(text).toContain(more.index === undefined ? '' : `order_${more.index.name}`)
    }
  })
})

describe('postgres', () => {
  let engine: Engine
  let driver: SweepingDriver
  beforeAll(async () => {
    engine = await startPostgres()
    driver = postgres({ connectionString: await createDatabase(engine.url) })
    await fill(driver)
    await (driver.native() as Pool).query('ANALYZE "order"')
  })
  afterAll(async () => {
    await driver.close()
    await engine.stop()
  })
  test.each(Object.entries(cases))('%s', async (_, more) => {
    for (const { statement, params } of callsOf(postgresDialect(undefined), more)) {
      const { rows } = await (driver.native() as Pool).query<{ 'QUERY PLAN': string }>(
        `EXPLAIN (ANALYZE, BUFFERS OFF) ${statement.text}`,
        [...params],
      )
      const text = rows.map((row) => row['QUERY PLAN']).join('\n')
      expect(text).not.toMatch(/Sort|Seq Scan/)
      expect(text).toMatch(/Index Scan/)
      expect(text).toContain(more.index === undefined ? '' : `order_${more.index.name}`)
      expect(Number(/Rows Removed by Filter: (\d+)/.exec(text)?.[1] ?? 0)).toBeLessThan(5)
    }
  })
})
