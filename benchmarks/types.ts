import type { Benchmark, Comparison } from './benchmark.ts'
import { type Finding, judged, reported } from './finding.ts'
import { spreadOf } from './harness.ts'
import { typeCost, type TypeCost } from './types-measure.ts'
import { FLAVOURS, type Flavour, generateProjects } from './types-project.ts'

/** Most instantiations that 100 entities should cost beyond their schemas. */
const INSTANTIATION_GOAL = 50_000

/** Most that they may cost: the goal is not reached yet, and it must not get worse. */
export const INSTANTIATION_GATE = 140_000

/** Wall time over that of the schemas alone. */
const WALL_GOAL = 2
// A check takes a second or more: a few rounds are enough for a figure that gates nothing.
const MOST_ROUNDS = 5

type Costs = Readonly<Record<Flavour, readonly TypeCost[]>>

const collect = async (compiler: string, rounds: number): Promise<Costs> => {
  const costs = { interfaces: [], zod: [], holdfast: [] } as Record<Flavour, TypeCost[]>
  for (let round = 0; round < rounds; round += 1)
    for (const flavour of FLAVOURS) costs[flavour].push(await typeCost(compiler, flavour))
  return costs
}

const wallOver = (costs: Costs, base: Flavour) =>
  spreadOf(costs.holdfast.map(({ total }, round) => total / (costs[base][round]?.total ?? total)))

const withCompiler =
  (compiler: string): Comparison =>
  async ({ rounds }) => {
    const costs = await collect(compiler, Math.min(rounds, MOST_ROUNDS))
    const count = (flavour: Flavour): number => costs[flavour][0]?.instantiations ?? Number.NaN
    const rows = FLAVOURS.map((flavour): Finding => ({
      what: compiler,
      variant: flavour,
      value: spreadOf(costs[flavour].map(({ total }) => total)).median,
      unit: 's',
      note: `check ${spreadOf(costs[flavour].map(({ check }) => check)).median.toFixed(2)} s, ${count(flavour)} instantiations, ${costs[flavour][0]?.types} types`,
    }))
    const overSchemas = wallOver(costs, 'zod')
    const overInterfaces = wallOver(costs, 'interfaces')
    return [
      ...rows,
      judged({
        what: compiler,
        variant: 'instantiations of ours',
        value: count('holdfast') - count('zod'),
        unit: 'instantiations',
        goal: INSTANTIATION_GOAL,
      }),
      reported({
        what: compiler,
        variant: 'wall over zod alone',
        value: overSchemas.median,
        lower: overSchemas.lower,
        upper: overSchemas.upper,
        unit: 'x',
        goal: WALL_GOAL,
      }),
      {
        what: compiler,
        variant: 'wall over interfaces',
        value: overInterfaces.median,
        lower: overInterfaces.lower,
        upper: overInterfaces.upper,
        unit: 'x',
      },
    ]
  }

/** Row 13: what 100 entities cost the compiler. */
export const types: Benchmark = {
  start: async () => {
    await generateProjects()
    return { environment: {}, stop: async () => {} }
  },
  comparisons: { seven: withCompiler('TypeScript 7'), six: withCompiler('TypeScript 6') },
}
