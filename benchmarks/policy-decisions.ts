import type { Comparison } from './benchmark.ts'
import { type Finding, reported } from './finding.ts'
import { measure, type Sample, type Samples, type Variant, within } from './harness.ts'
import {
  abilityWith,
  actorOf,
  asked,
  can,
  COUNTS,
  type Layout,
  orderOf,
  RECORDS,
  storeWith,
  TENANT,
} from './policy-rules.ts'
import { checkVerdicts } from './policy-verdicts.ts'

const GOAL_NS = 100
const GOAL_GROWTH = 2

/** How to find the cost of one decision, in nanoseconds, among what was measured. */
interface Cost {
  readonly what: string
  readonly variant: (count: number) => string
  readonly pair: (count: number) => readonly [string, string]
  readonly relate: (one: Sample, other: Sample) => number
  readonly goal?: number
}

/** A figure beside its goal, unless the noise is as large as the figure: a difference may come out negative. */
const judgedCost = (finding: Finding, goal: number): Finding =>
  (finding.lower ?? 0) > 0
    ? reported({ ...finding, goal })
    : { ...finding, note: `too noisy to judge by the goal ${goal}; take more rounds` }

/** A line per number of rules, and where there is a goal, how much the most cost over one. */
const costFindings = (
  samples: Samples,
  { what, variant, pair, relate, goal }: Cost,
): readonly Finding[] => {
  const lines = COUNTS.map((count): Finding => {
    const { lower, median, upper } = within(samples, pair(count), relate)
    return { what, variant: variant(count), value: median, unit: 'ns', lower, upper }
  })
  const [least, most] = [lines[0], lines.at(-1)]
  if (goal === undefined || least === undefined || most === undefined) return lines
  const growth: Finding = {
    what,
    variant: `${COUNTS.at(-1)} rules over ${COUNTS[0]}`,
    value: most.value / least.value,
    unit: 'x',
  }
  const noise = Math.min(least.lower ?? 0, most.lower ?? 0)
  const { lower: _, ...judgedGrowth } = judgedCost({ ...growth, lower: noise }, GOAL_GROWTH)
  return [...lines.map((line) => judgedCost(line, goal)), judgedGrowth]
}

const plural = (count: number) => (count === 1 ? '1 rule' : `${count} rules`)
const perRecord = (one: Sample, other: Sample) => ((one.mean - other.mean) * 1000) / (RECORDS - 1)
const perDecision = (one: Sample) => (one.mean * 1000) / RECORDS
const beyond = (one: Sample, other: Sample) => (one.mean - other.mean) * 1000

/** CASL's decisions on as many orders as a page has; returns how many it allows. */
const caslVariant = (
  layout: Layout,
  count: number,
  action: string,
  changes: ReturnType<typeof asked>,
): Variant => {
  const ability = abilityWith(layout, count, actorOf(layout, count))
  const orders = Array.from({ length: RECORDS }, (_, at) => orderOf(at, changes))
  return {
    name: `casl, ${count}`,
    run: () => orders.reduce((sum, order) => sum + Number(can(ability, action, order)), 0),
  }
}

const pages = Array.from({ length: RECORDS }, (_, at) => orderOf(at))

const readVariants = (layout: Layout, count: number): Variant[] => {
  const db = storeWith('read', layout, count, { page: (limit) => pages.slice(0, limit) }).as(
    actorOf(layout, count),
  )
  const find = (limit: number) => () => db.orders.find({ where: { tenantId: TENANT }, limit })
  return [
    { name: `page, ${count}`, run: find(RECORDS) },
    { name: `one, ${count}`, run: find(1) },
    caslVariant(layout, count, 'read', {}),
  ]
}

const checkDenied = (value: unknown, name: string): void => {
  const allowed = typeof value === 'number' ? value : (value as { items: unknown[] }).items.length
  if (allowed !== 0) throw new Error(`${name} should allow nothing.`)
}

const measured = (variants: readonly Variant[], rounds: number, check: typeof checkDenied) => {
  const [first, ...rest] = variants
  if (first === undefined) throw new Error('There is nothing to measure.')
  return measure([first, ...rest], { rounds, stamped: false, check })
}

/** A decision on a record of a page that every rule denies: a page of such records against a page of one. */
export const readDecisions =
  (layout: Layout): Comparison =>
  async ({ rounds }) => {
    for (const count of COUNTS) await checkVerdicts(layout, count)
    const samples = await measured(
      COUNTS.flatMap((count) => readVariants(layout, count)),
      rounds,
      checkDenied,
    )
    const what = `read, ${layout}`
    return [
      ...costFindings(samples, {
        what,
        variant: plural,
        pair: (count) => [`page, ${count}`, `one, ${count}`],
        relate: perRecord,
        goal: GOAL_NS,
      }),
      ...costFindings(samples, {
        what,
        variant: (count) => `CASL, ${plural(count)}`,
        pair: (count) => [`casl, ${count}`, `casl, ${count}`],
        relate: perDecision,
      }),
    ]
  }

/** An update is one conditional write, or decided by core on the record it read. */
type WriteName = 'create' | 'update' | 'update after a read'

const writeVariants = (write: WriteName, layout: Layout, count: number): Variant[] => {
  const order = orderOf(0, asked(layout, count - 1))
  const { orderId } = order
  const store = storeWith('write', layout, count, {
    stored: () => order,
    pushes: write !== 'update after a read',
  })
  const key = { tenantId: TENANT, orderId }
  const variant = (
    name: string,
    { orders }: ReturnType<typeof store.as> | ReturnType<typeof store.unrestricted>,
  ): Variant => ({
    name: `${name}, ${count}`,
    run:
      write === 'create'
        ? () => orders.create(order)
        : (turn) => orders.update(key, { note: `n${turn % 64}` }),
  })
  return [
    variant('ours', store.as(actorOf(layout, count))),
    variant('unrestricted', store.unrestricted('benchmark')),
    caslVariant(layout, count, write === 'create' ? 'create' : 'update', asked(layout, count - 1)),
  ]
}

const checkWritten = (value: unknown, name: string): void => {
  const written = typeof value === 'number' ? value === RECORDS : typeof value === 'object'
  if (!written) throw new Error(`${name} should allow everything.`)
}

/** What rules cost a write that the last one allows: the write against the same without policies. */
export const writeDecisions =
  (write: WriteName, layout: Layout): Comparison =>
  async ({ rounds }) => {
    for (const count of COUNTS) await checkVerdicts(layout, count)
    const samples = await measured(
      COUNTS.flatMap((count) => writeVariants(write, layout, count)),
      rounds,
      checkWritten,
    )
    const what = write === 'update after a read' ? write : `${write}, ${layout}`
    return [
      ...costFindings(samples, {
        what,
        variant: plural,
        pair: (count) => [`ours, ${count}`, `unrestricted, ${count}`],
        relate: beyond,
        goal: GOAL_NS,
      }),
      ...costFindings(samples, {
        what,
        variant: (count) => `CASL, ${plural(count)}`,
        pair: (count) => [`casl, ${count}`, `casl, ${count}`],
        relate: perDecision,
      }),
    ]
  }
