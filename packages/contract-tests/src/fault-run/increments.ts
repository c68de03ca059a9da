import { increment } from '@holdfast/core'
import type { FaultPlace } from './place.ts'
import {
  MEASURE,
  type Measure,
  type Scenario,
  sharedIds,
  type Stage,
  underFaults,
} from './scenario.ts'
import type { Outcome } from './told.ts'

/** What was told of a number of increments, and what is stored of them. */
export interface Tally {
  readonly stored: number
  readonly told: Readonly<Record<Outcome, number>>
}

/** What a tally breaks of: acknowledged <= stored <= acknowledged + unknown. */
const brokenByTally = ({ stored, told }: Tally): readonly string[] => [
  ...(stored < told.acknowledged
    ? [`${told.acknowledged - stored} acknowledged increments are lost`]
    : []),
  ...(stored > told.acknowledged + told.unknown
    ? [`${stored - told.acknowledged - told.unknown} increments are stored that nobody was told of`]
    : []),
]

/** One way to add to shared counters: Holdfast's, or another to set beside it. */
export interface Counters {
  /** Adds one to counter number `key`. */
  increment(key: number): Promise<Outcome>
  /** Sum over all counters, read without faults. */
  stored(): Promise<number>
}

/** Adds to counters under the faults of a place, and counts what became of it. */
export const tallyIncrements = async (
  at: FaultPlace,
  counters: Counters,
  measure: Pick<Measure, 'workers' | 'operations' | 'keys'> = MEASURE,
): Promise<Tally> => {
  const told = { acknowledged: 0, refused: 0, unknown: 0 }
  await underFaults({ at, measure }, async (worker) => {
    for (let made = 0; made < measure.operations; made += 1)
      told[await counters.increment((worker + made) % measure.keys)] += 1
  })
  return { stored: await counters.stored(), told }
}

const run = async (stage: Stage): Promise<readonly string[]> => {
  const { at, place, measure, straight, faulty, calls } = stage
  const keys = sharedIds(measure).map((id) => ({ place, id }))
  for (const key of keys) await straight.counters.create({ ...key, count: 0 })
  const tally = await tallyIncrements(
    at,
    {
      increment: async (at) => {
        const key = keys[at] ?? { place, id: '' }
        const call = () => faulty.counters.update(key, { count: increment(1) })
        return (await calls.make(call)).outcome
      },
      stored: async () => {
        const rows = await straight.counters.getMany(keys)
        return rows.reduce((sum, row) => sum + (row?.count ?? 0), 0)
      },
    },
    measure,
  )
  stage.figures['stored'] = tally.stored
  return brokenByTally(tally)
}

/** Counters that everybody adds to. */
export const increments: Scenario = {
  name: 'increments',
  promise: 'acknowledged <= stored <= acknowledged + unknown',
  run,
}

const OUTAGE_MS = 1000

/** The same while no answer comes through for a second. */
export const outage: Scenario = {
  name: 'outage',
  promise: 'the same when no answer gets through for a second',
  isHarsh: true,
  run: async (stage) => {
    const { at } = stage
    const away = setTimeout(
      () => at.line.setFaults({ resetBefore: 0.5, resetAfter: 0.5 }),
      OUTAGE_MS / 4,
    )
    const back = setTimeout(() => at.line.setFaults(at.faults), OUTAGE_MS * 1.25)
    try {
      return await run(stage)
    } finally {
      clearTimeout(away)
      clearTimeout(back)
    }
  },
}
