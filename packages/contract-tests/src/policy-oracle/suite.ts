import { collect, type Context } from '../case.ts'
import { holds, same } from '../expect.ts'
import { askers, oddities, Oddity, RECORDS } from './oddities.ts'
import { decisionsOn, fillOddities, onLanes, type RuleTable, shareOf } from './place.ts'
import { readShape } from './reads.ts'
import { addRefusals } from './refusals.ts'
import type { SaidRule } from './said.ts'
import type { Expects, Shape } from './shape.ts'
import { SHAPES } from './shapes.ts'
import { type Asker, type Fields, mayRead } from './verdict.ts'
import { moveAll, OPEN, removeAndRestore, touchAll, touchWhere, type Work } from './writes.ts'

const { add, suite } = collect('policy oracle', [Oddity.model])

/** Hostile shapes of rules on hostile records, against an evaluator of the kit's own. */
export const policyOracleSuite = suite

const LANES = 4
const FEWEST_SHAPES = 150
const FEWEST_TELLING = 110
const FEWEST_DECISIONS = 30_000

const expectedOf = ({ rules }: Shape): Expects => {
  const rows = oddities('guard')
  const sizes = Object.values(askers('guard')).map(
    (who) => rows.filter((row) => mayRead(rules, row, who)).length,
  )
  if (sizes.some((size) => size > 0 && size < RECORDS)) return 'some'
  if (sizes.every((size) => size === 0)) return 'none'
  return sizes.every((size) => size === RECORDS) ? 'all' : 'by actor'
}

add('every shape tells records apart, or is known not to', async () => {
  for (const one of SHAPES) same(expectedOf(one), one.expects, one.name)
  holds(
    SHAPES.filter(({ expects }) => expects === 'some').length >= FEWEST_TELLING,
    `at least ${FEWEST_TELLING} shapes show a part of the records`,
  )
  same(
    new Set(SHAPES.map(({ name }) => name)).size,
    SHAPES.length,
    'shapes have names of their own',
  )
})

add('every path shows exactly the records and fields that the rules allow', async (context) => {
  const place = { name: context.unique, rows: await fillOddities(context, context.unique) }
  await onLanes(shareOf(context, SHAPES), LANES, (shape, at) =>
    readShape(context, place, { shape, at }),
  )
})

/** Lanes with records of their own, each as the last write left them. */
const openLanes = async (context: Context) => {
  const names = Array.from({ length: LANES }, (_, lane) => `${context.unique}-${lane}`)
  const lanes = await Promise.all(
    names.map(async (name) => ({ name, rows: await fillOddities(context, name) })),
  )
  return (lane: number): { readonly name: string; rows: readonly Fields[] } => {
    const one = lanes[lane]
    holds(one !== undefined, 'every lane has records')
    return one
  }
}

const ACTORS = ['full', 'both', 'star', 'bare'] as const

const actorAt = (place: string, at: number): Asker => {
  const who = askers(place)[ACTORS[at % ACTORS.length] ?? 'full']
  holds(who !== undefined, 'there is such an actor')
  return who
}

const tableOf = (rules: RuleTable): Work['rules'] => ({
  read: OPEN,
  create: [],
  update: [],
  delete: [],
  ...rules,
})

/** Allows that may name every field. */
const wide = (rules: readonly SaidRule[]): readonly SaidRule[] =>
  rules.map((rule) => (rule.effect === 'allow' ? { ...rule, fields: 'all' } : rule))

add('an update is applied exactly where the rules allow it', async (context) => {
  const laneOf = await openLanes(context)
  await onLanes(shareOf(context, SHAPES, 2), LANES, async ({ rules }, at, number) => {
    const lane = laneOf(number)
    const who = actorAt(lane.name, at % 3 === 0 ? at : 0)
    lane.rows = await touchAll(
      context,
      { rules: tableOf({ update: rules }), who, rows: lane.rows },
      at,
    )
  })
})

add('a delete and a create are applied exactly where the rules allow them', async (context) => {
  const laneOf = await openLanes(context)
  await onLanes(shareOf(context, SHAPES, 2), LANES, async ({ rules }, at, number) => {
    const { name, rows } = laneOf(number)
    const who = actorAt(name, at % 3 === 0 ? at : 0)
    await removeAndRestore(context, {
      rules: tableOf({ delete: rules, create: wide(rules) }),
      who,
      rows,
    })
  })
})

const STATES = ['old', 'new', 'both'] as const

add('a record moves exactly where the rules allow the old and the new one', async (context) => {
  const laneOf = await openLanes(context)
  await onLanes(shareOf(context, SHAPES, 3), LANES, async ({ rules }, at, number) => {
    const { name, rows } = laneOf(number)
    const check = at % 4 === 0 ? SHAPES[at * 2]?.rules[0]?.when : undefined
    const update = wide(rules).map((rule): SaidRule =>
      rule.effect === 'deny' ? { ...rule, on: STATES[at % 3] } : { ...rule, check },
    )
    await moveAll(context, { rules: tableOf({ update }), who: actorAt(name, at % 2), rows })
  })
})

add('what may not be read is missing for every write', async (context) => {
  const laneOf = await openLanes(context)
  await onLanes(shareOf(context, SHAPES, 4), LANES, async ({ rules: read }, at, number) => {
    const lane = laneOf(number)
    const rules = SHAPES[(at * 7) % SHAPES.length]?.rules ?? []
    const table = tableOf({ read, update: rules, delete: rules, create: wide(rules) })
    const work = { rules: table, who: actorAt(lane.name, at % 2), rows: lane.rows }
    lane.rows = await touchAll(context, work, at)
    lane.rows = await touchWhere(context, { ...work, rows: lane.rows }, at + SHAPES.length)
    await removeAndRestore(context, { ...work, rows: lane.rows })
  })
})

addRefusals(add)

add('the oracle has asked enough', async (context) => {
  const { reads, writes } = decisionsOn(context)
  const scale = Math.min(1, context.harness.scale ?? 1)
  holds(SHAPES.length >= FEWEST_SHAPES, `at least ${FEWEST_SHAPES} shapes`)
  same(oddities('guard').length, RECORDS, 'as many records as said')
  holds(reads + writes >= FEWEST_DECISIONS * scale, `${reads} reads and ${writes} writes decided`)
  holds(writes >= 3 * FEWEST_SHAPES * RECORDS * scale, `${writes} writes decided`)
})
