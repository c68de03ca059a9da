import type { Comparison } from './benchmark.ts'
import { type Finding, reported } from './finding.ts'
import { measure, type Samples, within } from './harness.ts'
import {
  abilityWith,
  actorOf,
  actorOfAll,
  actorSchema,
  can,
  orderOf,
  storeWith,
  TENANT,
} from './policy-rules.ts'

const RULES = 100
const GOAL_US = 5

const lineOf = (samples: Samples, name: string): Finding => {
  const { lower, median, upper } = within(samples, [name, name], (one) => one.mean)
  return { what: 'bind an actor', variant: name, value: median, unit: 'us', lower, upper }
}

/** Binding an actor that holds one of 100 roles, or all of them; then a first decision, which binds its rules. */
export const binding: Comparison = async ({ rounds }) => {
  const layout = 'spread'
  const store = storeWith('read', layout, RULES, { page: () => [orderOf(0)] })
  const ofAll = storeWith('read', 'all on one key', RULES, { page: () => [orderOf(0)] })
  const one = actorOf(layout, 1)
  const all = actorOfAll(RULES)
  const order = orderOf(0)
  const page = { where: { tenantId: TENANT }, limit: 1 }
  const open = actorOf('all on one key', RULES)
  const samples = await measure(
    [
      { name: '1 role', run: () => store.as(one).orders },
      { name: 'zod alone, 100 roles', run: () => actorSchema.parse(all) },
      { name: '100 roles', run: () => store.as(all).orders },
      { name: '1 role and a first page', run: () => store.as(one).orders.find(page) },
      { name: '100 roles and a first page', run: () => store.as(all).orders.find(page) },
      { name: '100 rules on one key', run: () => ofAll.as(open).orders },
      {
        name: 'CASL, 1 role and a decision',
        run: () => can(abilityWith(layout, RULES, one), 'read', order),
      },
      {
        name: 'CASL, 100 roles and a decision',
        run: () => can(abilityWith(layout, RULES, all), 'read', order),
      },
    ],
    {
      rounds,
      stamped: false,
      check: (value, name) => {
        const found = (value as { items?: unknown[] }).items?.length ?? 0
        if (value === true || found > 0) throw new Error(`${name} should allow nothing.`)
      },
    },
  )
  const goal = (name: string, note: string) =>
    reported({ ...lineOf(samples, name), goal: GOAL_US, note })
  return [
    goal('1 role', 'validation of the actor by zod included'),
    goal('100 roles', 'validation of a list of 100 roles included'),
    goal('100 rules on one key', 'one role'),
    lineOf(samples, 'zod alone, 100 roles'),
    lineOf(samples, '1 role and a first page'),
    lineOf(samples, '100 roles and a first page'),
    lineOf(samples, 'CASL, 1 role and a decision'),
    lineOf(samples, 'CASL, 100 roles and a decision'),
  ]
}
