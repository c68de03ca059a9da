import { postgres } from '@holdfast/adapter-sql'
import { createDatabase, startPostgres } from '@holdfast/engines'
import pg from 'pg'
import type { Benchmark, Comparison } from './benchmark.ts'
import { BEHIND, depthFindings } from './depth.ts'
import type { Finding } from './finding.ts'
import { clerk, makeOrder } from './order.ts'
import { holdfastOrders, loadHoldfast, openHoldfast, type OrderStore } from './order-store.ts'
import { indexPages, inserts, pointReads, type PointTest, updates } from './point-tests.ts'
import { drizzleOrders, preparedDrizzleOrders } from './postgres-drizzle.ts'
import { kyselyOrders } from './postgres-kysely.ts'
import { CREATE_ORDERS, rawOrders } from './postgres-raw.ts'

const ROWS = 10_000

/** A database of its own, and one pool with one connection for each variant to use in turn. */
const inDatabase = async <T>(use: (pool: pg.Pool) => Promise<T>): Promise<T> => {
  const engine = await startPostgres()
  const pool = new pg.Pool({ connectionString: await createDatabase(engine.url), max: 1 })
  try {
    return await use(pool)
  } finally {
    await pool.end()
    await engine.stop()
  }
}

const loadRaw = async (pool: pg.Pool): Promise<void> => {
  await pool.query(CREATE_ORDERS)
  const orders = rawOrders(pool)
  await pool.query('BEGIN')
  for (let at = 0; at < ROWS; at += 1) await orders.create(makeOrder(at))
  await pool.query('COMMIT')
}

type Test = (
  test: PointTest,
  stores: readonly OrderStore[],
  rows: number,
) => Promise<readonly Finding[]>

const comparison =
  (what: string, goal: number, run: Test): Comparison =>
  ({ rounds }) =>
    inDatabase(async (pool) => {
      const store = openHoldfast(postgres({ pool }))
      await store.ensureSchema()
      await loadHoldfast(store, ROWS)
      await loadRaw(pool)
      await pool.query('VACUUM ANALYZE')
      const stores = [
        rawOrders(pool),
        holdfastOrders(store.as(clerk)),
        kyselyOrders(pool),
        drizzleOrders(pool),
        preparedDrizzleOrders(pool),
      ]
      return run({ what, goal, rounds }, stores, ROWS)
    })

/** Copies one record a million times inside the server, with new ids. */
const fill = async (pool: pg.Pool, rows: number): Promise<void> => {
  const { fields } = await pool.query('SELECT * FROM deep LIMIT 0')
  const names = fields.map(({ name }) => `"${name}"`)
  const values = names.map((name) =>
    name === '"orderId"' ? `'o' || lpad(n::text, 9, '0')` : `deep.${name}`,
  )
  await pool.query(`
    INSERT INTO deep (${names.join(', ')})
    SELECT ${values.join(', ')} FROM deep, generate_series(1, ${rows}) AS n`)
  await pool.query('VACUUM ANALYZE deep')
}

const depth: Comparison = ({ rounds, rows }) =>
  inDatabase(async (pool) => {
    const store = openHoldfast(postgres({ pool }))
    await store.ensureSchema()
    await store.as(clerk).deep.create(makeOrder(0))
    const start = performance.now()
    await fill(pool, rows + BEHIND)
    const seconds = (performance.now() - start) / 1000
    const findings = await depthFindings(store, { rounds, rows })
    return [...findings, { what: 'load', variant: `${rows} rows`, value: seconds, unit: 's' }]
  })

/** Rows 2 and 10 on a real server. */
export const postgresBenchmark: Benchmark = {
  start: async () => {
    const engine = await startPostgres()
    console.log(engine.description)
    return { environment: { HOLDFAST_POSTGRES_URL: engine.url }, stop: () => engine.stop() }
  },
  comparisons: {
    get: comparison('get', 1.1, pointReads),
    page: comparison('page of 50', 1.1, indexPages),
    insert: comparison('insert', 1.15, inserts),
    update: comparison('update', 1.15, updates),
    depth,
  },
}
