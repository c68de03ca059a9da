import { createStore } from '@holdfast/core'
import type { StoredRecord } from '@holdfast/core/driver'
import type { Benchmark, Comparison } from './benchmark.ts'
import { bundleSize } from './core-size.ts'
import { startCost } from './core-start.ts'
import { type Finding, judged } from './finding.ts'
import { measure, type Samples, type Variant, within } from './harness.ts'
import {
  actorDefinition,
  checkOrder,
  clerk,
  makeOrder,
  orderEntity,
  orderIdOf,
  orderPolicies,
  orderSchema,
  TENANT,
} from './order.ts'
import { stubDriver } from './stub-driver.ts'

const INPUTS = 64
const PAGE = 50
const PER_OPERATION = 5
const PER_RECORD = 1

const inputs = Array.from({ length: INPUTS }, (_, at) => makeOrder(at * 4))
const inputAt = (turn: number) => inputs[turn % INPUTS] ?? makeOrder(0)
const fresh = (at = 0): StoredRecord => ({ value: { ...inputAt(at) }, version: 'v' })
const pageOf = (limit: number) => ({ records: Array.from({ length: limit }, (_, at) => fresh(at)) })
const pageAndMore = (limit: number) => ({ ...pageOf(limit), next: [TENANT, 'o'] })

const dbOver = (query: typeof pageOf) =>
  createStore({
    adapter: stubDriver({ get: fresh, query }),
    entities: { orders: orderEntity },
    policies: orderPolicies.filter(({ entity }) => entity === orderEntity.model),
    actor: actorDefinition,
  }).as(clerk)

const key = (turn: number) => ({ tenantId: TENANT, orderId: orderIdOf(turn % INPUTS) })

/** CPU of `name` beyond that of `base`, per operation, round by round. */
const beyond = (
  samples: Samples,
  pair: readonly [string, string],
  { what, goal, per = 1, note }: { what: string; goal: number; per?: number; note?: string },
): Finding => {
  const own = within(samples, pair, (one, other) => (one.cpu - other.cpu) / per)
  return judged({
    what,
    variant: 'core alone',
    value: own.median,
    unit: 'us',
    lower: own.lower,
    upper: own.upper,
    goal,
    ...(note === undefined ? {} : { note }),
  })
}

/** A single record must be the first order; a page must be as long as the variant's name says. */
const check = (value: unknown, name: string): void => {
  const { items } = value as { items?: readonly unknown[] }
  if (items === undefined) return checkOrder(value, inputAt(0))
  const wanted = name.includes('one') ? 1 : PAGE
  if (items.length !== wanted) throw new Error(`${name} returned ${items.length} records.`)
}

/** The driver's own answer, then the call through core: what differs is core. */
const operation = async (
  what: string,
  rounds: number,
  variants: readonly [Variant, Variant],
  note?: string,
): Promise<Finding> => {
  const samples = await measure(variants, { rounds, stamped: false, check })
  return beyond(samples, [variants[1].name, variants[0].name], {
    what,
    goal: PER_OPERATION,
    ...(note === undefined ? {} : { note }),
  })
}

const bare = async (turn: number) => ({ ...fresh(turn).value, revision: 'v' })

const get: Comparison = async ({ rounds }) => {
  const db = dbOver(pageOf)
  return [
    await operation('get', rounds, [
      { name: 'stub', run: () => bare(0) },
      { name: 'core', run: (turn) => db.orders.get(key(turn)) },
    ]),
  ]
}

const validated = async (turn: number) => {
  const result = await orderSchema['~standard'].validate({ ...inputAt(turn), revision: 'v' })
  if (result.issues !== undefined) throw new Error('The schema refuses the order.')
  return result.value
}

const put: Comparison = async ({ rounds }) => {
  const db = dbOver(pageOf)
  return [
    await operation(
      'put',
      rounds,
      [
        { name: 'stub and zod', run: validated },
        { name: 'core', run: (turn) => db.orders.put(inputAt(turn)) },
      ],
      'over validation by zod',
    ),
  ]
}

const update: Comparison = async ({ rounds }) => {
  const db = dbOver(pageOf)
  return [
    await operation(
      'update of two fields',
      rounds,
      [
        { name: 'stub', run: () => bare(0) },
        {
          name: 'core',
          run: (turn) => db.orders.update(key(turn), { total: turn, status: 'paid' }),
        },
      ],
      'validation of the two fields included',
    ),
  ]
}

/** Pages with and without a cursor to give, long and short: what differs is the cursor, or the records. */
const pages: Comparison = async ({ rounds }) => {
  const last = dbOver(pageOf)
  const more = dbOver(pageAndMore)
  const find = (db: typeof last, limit: number) => () =>
    db.orders.find({ where: { tenantId: TENANT, status: 'open' }, limit })
  const samples = await measure(
    [
      { name: 'stub, page', run: async () => ({ items: pageOf(PAGE).records }) },
      { name: 'stub, one', run: async () => ({ items: pageOf(1).records }) },
      { name: 'core, page', run: find(last, PAGE) },
      { name: 'core, one', run: find(last, 1) },
      { name: 'core, one and a cursor', run: find(more, 1) },
    ],
    { rounds, stamped: false, check },
  )
  const perRecord = (kind: string) =>
    within(samples, [`${kind}, page`, `${kind}, one`], (one, other) => (one.cpu - other.cpu) / 49)
  const own = perRecord('core').median - perRecord('stub').median
  return [
    beyond(samples, ['core, one', 'stub, one'], { what: 'find', goal: PER_OPERATION }),
    judged({
      what: 'record of a page',
      variant: 'core alone',
      value: own,
      unit: 'us',
      goal: PER_RECORD,
    }),
    {
      what: 'cursor of a page',
      variant: 'core alone',
      value: within(
        samples,
        ['core, one and a cursor', 'core, one'],
        (one, other) => one.cpu - other.cpu,
      ).median,
      unit: 'us',
      note: 'in find whenever there is more',
    },
  ]
}

/** Own CPU, size and start of core, without any store. */
export const core: Benchmark = {
  comparisons: { get, put, update, pages, size: bundleSize, start: startCost },
}
