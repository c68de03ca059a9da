import { randomUUID } from 'node:crypto'
import { deepStrictEqual } from 'node:assert/strict'
import { dynamodb } from '@holdfast/adapter-aws'
import { startDynamodb } from '@holdfast/engines'
import type { Comparison } from './benchmark.ts'
import { createRawTable, rawOrders } from './dynamodb-raw.ts'
import { OWN_CLIENT, Transport } from './dynamodb-transport.ts'
import { ratioFindings } from './finding.ts'
import { measure, type Variant } from './harness.ts'
import { clerk, makeOrder, type Order, orderIdOf, STATUSES, TENANT } from './order.ts'
import { openHoldfast } from './order-store.ts'

const ROUND_TRIP_MS = 5
const PUTS = 100
const GETS = 32

/** Number of the open order in that place: what is cancelled cannot be put again. */
const nth = (place: number): number => place * STATUSES.length

type Many = (from: number) => Promise<readonly Order[]>

interface Ways {
  /** One call after another. */
  readonly loop: Many
  readonly holdfast: Many
}

interface Opened {
  readonly transports: readonly Transport[]
  readonly put: Ways
  readonly get: Ways
}

/** Both ways to put and to get many orders, with transports of their own. */
const open = async (endpoint: string): Promise<Opened> => {
  const [raw, own] = [new Transport(endpoint), new Transport(endpoint, OWN_CLIENT)]
  await createRawTable(raw.client)
  const orders = rawOrders(raw.client, GETS)
  const adapter = dynamodb({ client: own.client, tablePrefix: `${randomUUID()}-` })
  const store = openHoldfast(adapter)
  await store.ensureSchema()
  const db = store.as(clerk)
  const puts = (from: number): Order[] =>
    Array.from({ length: PUTS }, (_, at) => makeOrder(nth(from + at)))
  const oneByOne = async <T>(inputs: readonly T[], call: (input: T) => Promise<unknown>) => {
    const outputs: Order[] = []
    for (const input of inputs) outputs.push((await call(input)) as Order)
    return outputs
  }
  const numbers = Array.from({ length: GETS }, (_, at) => nth(at))
  const keys = numbers.map((at) => ({ tenantId: TENANT, orderId: orderIdOf(at) }))
  return {
    transports: [raw, own],
    put: {
      loop: (from) => oneByOne(puts(from), (order) => orders.put(order)),
      holdfast: async (from) =>
        (await db.orders.putMany(puts(from))).map((result) => {
          if (!result.ok) throw result.error
          return result.value
        }),
    },
    get: {
      loop: () => oneByOne(numbers, (at) => orders.get(at)),
      holdfast: async () => (await db.orders.getMany(keys)) as Order[],
    },
  }
}

interface BulkTest {
  readonly what: string
  readonly goal: number
  readonly count: number
  readonly ways: (opened: Opened) => Ways
}

const ids = (orders: readonly Order[]): string[] => orders.map(({ orderId }) => orderId)

const comparison =
  ({ what, goal, count, ways }: BulkTest): Comparison =>
  async ({ rounds }) => {
    const engine = await startDynamodb()
    const opened = await open(engine.endpoint)
    const expected = Array.from({ length: count }, (_, at) => orderIdOf(nth(at)))
    // For real: what each way returns, and what it left behind.
    for (const way of ['loop', 'holdfast'] as const) {
      await opened.put[way](0)
      deepStrictEqual(ids(await ways(opened)[way](0)), expected)
      deepStrictEqual(
        ids(await opened.get[way](0)),
        ids(Array.from({ length: GETS }, (_, at) => makeOrder(nth(at)))),
      )
    }
    for (const transport of opened.transports) transport.replay(ROUND_TRIP_MS)
    const variant = (way: 'loop' | 'holdfast', name: string = way): Variant => ({
      name,
      run: (turn) => ways(opened)[way](turn * count),
    })
    const base = 'loop of the raw client'
    const samples = await measure([variant('loop', base), variant('holdfast')], {
      rounds,
      // A loop of gets gets one kept answer over and over.
      check: (value) => deepStrictEqual((value as readonly Order[]).length, count),
    })
    await engine.stop()
    return ratioFindings(samples, { what, base, goals: { holdfast: goal } })
  }

/** 100 puts at a round trip of 5 ms. */
export const putMany: Comparison = comparison({
  what: `putMany ${PUTS}`,
  goal: 0.03,
  count: PUTS,
  ways: ({ put }) => put,
})

/** 32 reads by key at a round trip of 5 ms. */
export const getMany: Comparison = comparison({
  what: `getMany ${GETS}`,
  goal: 0.05,
  count: GETS,
  ways: ({ get }) => get,
})
