import { deepStrictEqual } from 'node:assert/strict'
import type { Comparison } from './benchmark.ts'
import { holdfastWay, rawWay, type Way } from './firestore-variants.ts'
import { ratioFindings } from './finding.ts'
import { measure } from './harness.ts'
import { clerk, makeOrder, type Order, orderIdOf, STATUSES, TENANT } from './order.ts'

const ROUND_TRIP_MS = 5
const PUTS = 100
const GETS = 32

/** Number of the open order in that place: what is cancelled cannot be put again. */
const nth = (place: number): number => place * STATUSES.length

const numbers = (count: number): number[] => Array.from({ length: count }, (_, at) => nth(at))
const orders: readonly Order[] = numbers(PUTS).map(makeOrder)
const keys = numbers(GETS).map((at) => ({ tenantId: TENANT, orderId: orderIdOf(at) }))

const oneByOne = async <T>(inputs: readonly T[], call: (input: T) => Promise<unknown>) => {
  const outputs: unknown[] = []
  for (const input of inputs) outputs.push(await call(input))
  return outputs
}

interface BulkTest {
  readonly what: string
  readonly goal: number
  readonly count: number
  /** The first one is a loop of the raw client. */
  readonly ways: () => Promise<readonly Way[]>
}

const comparison =
  ({ what, goal, count, ways }: BulkTest): Comparison =>
  async ({ rounds }) => {
    const [loop, ...rest] = await ways()
    if (loop === undefined) return []
    const expected = orders.slice(0, count).map(({ orderId }) => orderId)
    const ids = (value: unknown): string[] => (value as Order[]).map(({ orderId }) => orderId)
    for (const { run, transport } of [loop, ...rest]) {
      await run(0)
      const found = ids(await run(1))
      // Answers name their documents, so a loop of gets reads one of them over and over.
      if (run !== loop.run) deepStrictEqual(found, expected)
      transport.replay(ROUND_TRIP_MS)
    }
    const samples = await measure([loop, ...rest], {
      rounds,
      check: (value) => deepStrictEqual((value as unknown[]).length, count),
    })
    return ratioFindings(samples, { what, base: loop.name, goals: { holdfast: goal } })
  }

/** 100 puts at a round trip of 5 ms. */
export const putMany: Comparison = comparison({
  what: `putMany ${PUTS}`,
  goal: 0.03,
  count: PUTS,
  ways: () =>
    Promise.all([
      rawWay('loop of raw set', (raw) => oneByOne(orders, (order) => raw.putPlain(order))),
      rawWay('raw batch of sets', (raw) => raw.putMany(orders)),
      holdfastWay((store) => {
        const db = store.as(clerk)
        return async () =>
          (await db.orders.putMany(orders)).map((result) => {
            if (!result.ok) throw result.error
            return result.value
          })
      }),
    ]),
})

/** 32 reads by key at a round trip of 5 ms. */
export const getMany: Comparison = comparison({
  what: `getMany ${GETS}`,
  goal: 0.05,
  count: GETS,
  ways: () =>
    Promise.all([
      rawWay('loop of raw get', (raw) => oneByOne(numbers(GETS), () => raw.get(0))),
      rawWay('raw getAll', (raw) => raw.getMany(numbers(GETS))),
      holdfastWay((store) => {
        const db = store.as(clerk)
        return () => db.orders.getMany(keys)
      }),
    ]),
})
