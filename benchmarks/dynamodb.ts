import { randomUUID } from 'node:crypto'
import { dynamodb } from '@holdfast/adapter-aws'
import { startDynamodb } from '@holdfast/engines'
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { Benchmark, Comparison } from './benchmark.ts'
import { getMany, putMany } from './dynamodb-bulk.ts'
import { createElectrodbTable, electrodbOrders } from './dynamodb-electrodb.ts'
import { createRawTable, rawOrders } from './dynamodb-raw.ts'
import { createToolboxTable, toolboxOrders } from './dynamodb-toolbox.ts'
import { OWN_CLIENT, Transport } from './dynamodb-transport.ts'
import type { Finding } from './finding.ts'
import { clerk, makeOrder } from './order.ts'
import { holdfastOrders, openHoldfast, type OrderStore } from './order-store.ts'
import { indexPages, overwrites, pointReads, type PointTest, updates } from './point-tests.ts'

const ROWS = 200
const PAGE = 25

const inEngine = async <T>(use: (endpoint: string) => Promise<T>): Promise<T> => {
  const engine = await startDynamodb()
  try {
    return await use(engine.endpoint)
  } finally {
    await engine.stop()
  }
}

/** The variants, each with a transport of its own; the tables exist. */
const openAll = async (
  endpoint: string,
): Promise<readonly { readonly store: OrderStore; readonly transport: Transport }[]> => {
  const own = new Transport(endpoint, OWN_CLIENT)
  const store = openHoldfast(dynamodb({ client: own.client, tablePrefix: `${randomUUID()}-` }))
  await store.ensureSchema()
  const variant = async (
    create: (client: DynamoDBClient) => Promise<void>,
    make: (client: DynamoDBClient, page: number) => OrderStore,
  ) => {
    const transport = new Transport(endpoint)
    await create(transport.client)
    return { store: make(transport.client, PAGE), transport }
  }
  return [
    await variant(createRawTable, rawOrders),
    { store: holdfastOrders(store.as(clerk), PAGE), transport: own },
    await variant(createElectrodbTable, electrodbOrders),
    await variant(createToolboxTable, toolboxOrders),
  ]
}

interface Point {
  readonly run: (
    test: PointTest,
    stores: readonly OrderStore[],
    rows: number,
  ) => Promise<readonly Finding[]>
  /** Calls the operation once for real, at its first turn; its answer is the one repeated. */
  readonly once: (store: OrderStore) => Promise<unknown>
}

const POINTS = {
  get: { run: pointReads, once: (store) => store.get(0) },
  put: { run: overwrites, once: (store) => store.put({ ...makeOrder(0), total: 0.5 }) },
  update: { run: updates, once: (store) => store.update(0, 0.5) },
  page: { run: indexPages, once: (store) => store.page(0) },
} satisfies Record<string, Point>

const comparison =
  (what: string, goal: number, { run, once }: Point): Comparison =>
  ({ rounds }) =>
    inEngine(async (endpoint) => {
      const variants = await openAll(endpoint)
      for (const { store, transport } of variants) {
        for (let at = 0; at < ROWS; at += 1) await store.create(makeOrder(at))
        await once(store)
        transport.replay()
      }
      const stores = variants.map(({ store }) => store)
      return run({ what, goal, rounds, page: PAGE }, stores, ROWS)
    })

/** Rows 1 and 9 with the network left out, or simulated. */
export const dynamodbBenchmark: Benchmark = {
  start: async () => {
    const engine = await startDynamodb()
    console.log(engine.description)
    return {
      environment: { HOLDFAST_DYNAMODB_ENDPOINT: engine.endpoint },
      stop: () => engine.stop(),
    }
  },
  comparisons: {
    get: comparison('get', 1.05, POINTS.get),
    put: comparison('put', 1.05, POINTS.put),
    update: comparison('update', 1.05, POINTS.update),
    page: comparison(`page of ${PAGE}`, 1.08, POINTS.page),
    putMany,
    getMany,
  },
}
