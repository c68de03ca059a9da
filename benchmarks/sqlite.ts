import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { sqlite } from '@holdfast/adapter-sql'
import type { Benchmark, Comparison } from './benchmark.ts'
import { BEHIND, depthFindings } from './depth.ts'
import type { Finding } from './finding.ts'
import { clerk, makeOrder } from './order.ts'
import { holdfastOrders, loadHoldfast, openHoldfast, type OrderStore } from './order-store.ts'
import { indexPages, overwrites, pointReads, type PointTest } from './point-tests.ts'
import { drizzleOrders, preparedDrizzleOrders } from './sqlite-drizzle.ts'
import { kyselyOrders } from './sqlite-kysely.ts'
import { CREATE_ORDERS, rawOrders } from './sqlite-raw.ts'

const ROWS = 20_000

const inFolder = async <T>(use: (folder: string) => Promise<T>): Promise<T> => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-bench-'))
  try {
    return await use(folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}

const setting = (database: DatabaseSync, name: string): string =>
  String(Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0])

/** An own database per comparison, with the settings that Holdfast chose for its own. */
const like = (model: DatabaseSync, file: string): DatabaseSync => {
  const database = new DatabaseSync(file)
  for (const name of ['journal_mode', 'synchronous', 'cache_size', 'mmap_size'])
    database.exec(`PRAGMA ${name} = ${setting(model, name)}`)
  return database
}

const loadRaw = async (database: DatabaseSync): Promise<void> => {
  database.exec(CREATE_ORDERS)
  const orders = rawOrders(database)
  database.exec('BEGIN')
  for (let at = 0; at < ROWS; at += 1) await orders.create(makeOrder(at))
  database.exec('COMMIT')
}

type Test = (
  test: PointTest,
  stores: readonly OrderStore[],
  rows: number,
) => Promise<readonly Finding[]>

const comparison =
  (what: string, goal: number, run: Test): Comparison =>
  ({ rounds }) =>
    inFolder(async (folder) => {
      const store = openHoldfast(sqlite({ file: join(folder, 'holdfast.db') }))
      await store.ensureSchema()
      await loadHoldfast(store, ROWS)
      const database = like(store.native('benchmark') as DatabaseSync, join(folder, 'raw.db'))
      await loadRaw(database)
      const stores = [
        rawOrders(database),
        holdfastOrders(store.as(clerk)),
        kyselyOrders(database),
        drizzleOrders(database),
        preparedDrizzleOrders(database),
      ]
      const findings = await run({ what, goal, rounds }, stores, ROWS)
      await store.close()
      database.close()
      return findings
    })

/** Copies one record a million times inside SQLite, with new ids. */
const fill = (database: DatabaseSync, rows: number): void => {
  const columns = database.prepare(`PRAGMA table_info(deep)`).all() as { name: string }[]
  const names = columns.map(({ name }) => `"${name}"`)
  const values = names.map((name) => (name === '"orderId"' ? `printf('o%09d', n)` : name))
  database.exec(`
    INSERT INTO deep (${names.join(', ')})
    WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${rows})
    SELECT ${values.join(', ')} FROM deep, numbers`)
}

const depth: Comparison = ({ rounds, rows }) =>
  inFolder(async (folder) => {
    const store = openHoldfast(sqlite({ file: join(folder, 'deep.db') }))
    await store.ensureSchema()
    await store.as(clerk).deep.create(makeOrder(0))
    const start = performance.now()
    fill(store.native('benchmark') as DatabaseSync, rows + BEHIND)
    const seconds = (performance.now() - start) / 1000
    const findings = await depthFindings(store, { rounds, rows })
    await store.close()
    return [...findings, { what: 'load', variant: `${rows} rows`, value: seconds, unit: 's' }]
  })

/** Rows 3 and 10 on the embedded database. */
export const sqliteBenchmark: Benchmark = {
  comparisons: {
    get: comparison('get', 1.15, pointReads),
    put: comparison('put', 1.35, overwrites),
    page: comparison('page of 50', 1.1, indexPages),
    depth,
  },
}
