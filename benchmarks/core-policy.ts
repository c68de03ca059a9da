import { type Condition, createStore, defineActor, definePolicy } from '@holdfast/core'
import { z } from 'zod'
import type { Comparison } from './benchmark.ts'
import { reported } from './finding.ts'
import { measure, type Variant, within } from './harness.ts'
import { makeOrder, orderEntity, TENANT } from './order.ts'
import { stubDriver } from './stub-driver.ts'

const RECORDS = 1000
const COUNTS = [1, 100, 1000] as const
const GOAL_NS = 100
const GOAL_GROWTH = 2
const GOAL_BIND_US = 5

const actorDefinition = defineActor(
  z.object({ id: z.string(), tenantId: z.string(), roles: z.array(z.string()) }),
)
const actor = { id: 'k1', tenantId: TENANT, roles: ['r0'] }
// Denied records are never changed, so all pages can share them.
const records = Array.from({ length: RECORDS }, (_, at) => ({
  value: { ...makeOrder(at) },
  version: 'v',
}))

/** A store whose actor may read nothing, by `count` rules for one role or for as many roles. */
const storeWith = (count: number, layout: 'spread' | 'on one key') =>
  createStore({
    adapter: stubDriver({
      get: () => records[0] ?? { value: {}, version: 'v' },
      query: (limit) => ({ records: limit === 1 ? records.slice(0, 1) : records }),
    }),
    entities: { orders: orderEntity },
    policies: [
      definePolicy(orderEntity, actorDefinition, ({ allow }) => ({
        read: Array.from({ length: count }, (_, at) =>
          allow(layout === 'spread' ? `r${at}` : 'r0', {
            tenantId: TENANT,
            customerId: `nobody${at}` as Condition<string>,
          }),
        ),
      })),
    ],
    actor: actorDefinition,
  })

const variantsOf = (count: number, layout: 'spread' | 'on one key'): Variant[] => {
  const db = storeWith(count, layout).as(actor)
  const find = (limit: number) => () => db.orders.find({ where: { tenantId: TENANT }, limit })
  return [
    { name: `${layout}, ${count}, page`, run: find(RECORDS) },
    { name: `${layout}, ${count}, one`, run: find(1) },
  ]
}

const checkEmpty = (value: unknown, name: string): void => {
  if ((value as { items?: unknown[] }).items?.length !== 0)
    throw new Error(`${name} should return nothing.`)
}

/** A decision on a record that every rule denies: a page of denied records against a page of one. */
const layoutFindings = async (layout: 'spread' | 'on one key', rounds: number) => {
  const [first, ...rest] = COUNTS.flatMap((count) => variantsOf(count, layout))
  if (first === undefined) return []
  const samples = await measure([first, ...rest], { rounds, stamped: false, check: checkEmpty })
  const cost = (count: number) =>
    within(
      samples,
      [`${layout}, ${count}, page`, `${layout}, ${count}, one`],
      (page, one) => ((page.mean - one.mean) * 1000) / (RECORDS - 1),
    )
  const least = cost(1).median
  return COUNTS.map((count) => {
    const { lower, median, upper } = cost(count)
    return {
      ...reported({
        what: `decision, ${layout}`,
        variant: `${count} rules`,
        value: median,
        unit: 'ns',
        lower,
        upper,
        goal: GOAL_NS,
      }),
      note: `${(median / least).toFixed(1)} times one rule, goal ${GOAL_GROWTH}`,
    }
  })
}

/** Row 11: what a decision costs as rules grow, and what binding an actor costs. */
export const decisions: Comparison = async ({ rounds }) => {
  const store = storeWith(100, 'spread')
  const bind = await measure([{ name: 'bind', run: () => store.as(actor).orders }], {
    rounds,
    stamped: false,
    check: () => {},
  })
  const { lower, median, upper } = within(bind, ['bind', 'bind'], (one) => one.mean)
  return [
    ...(await layoutFindings('spread', rounds)),
    ...(await layoutFindings('on one key', rounds)),
    reported({
      what: 'bind an actor',
      variant: '100 rules, one entity',
      value: median,
      unit: 'us',
      lower,
      upper,
      goal: GOAL_BIND_US,
      note: 'validation of the actor by zod included',
    }),
  ]
}
