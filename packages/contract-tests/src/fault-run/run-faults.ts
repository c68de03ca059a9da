import { entities } from '../fixtures.ts'
import { bank } from './bank.ts'
import { chain } from './chain.ts'
import { increments, outage } from './increments.ts'
import { lifecycle } from './lifecycle.ts'
import { lists } from './lists.ts'
import { marks } from './marks.ts'
import { pages } from './pages.ts'
import type { FaultPlace } from './place.ts'
import { makeStage, MEASURE, type Measure, type Scenario } from './scenario.ts'
import { signals } from './signals.ts'
import type { Outcome } from './told.ts'

/** The scenarios, in order. */
export const SCENARIOS: readonly Scenario[] = [
  increments,
  outage,
  marks,
  chain,
  lifecycle,
  bank,
  lists,
  pages,
  signals,
]

/** Names of the scenarios, in order. */
export const FAULT_SCENARIOS: readonly string[] = SCENARIOS.map(({ name }) => name)

/** What one scenario showed. */
export interface FaultFinding {
  readonly name: string
  /** What the scenario shows where nothing is broken, for people. */
  readonly promise: string
  /** How many calls ended in each way; each item of a bulk call is one. */
  readonly told: Readonly<Record<Outcome, number>>
  /** How often calls ended with each error: code and outcome. */
  readonly errors: Readonly<Record<string, number>>
  /** The longest call, in milliseconds. */
  readonly longestMs: number
  readonly seconds: number
  /** What the scenario tells besides. */
  readonly figures: Readonly<Record<string, number>>
  /** Every promise that was broken, in words. */
  readonly broken: readonly string[]
}

/** Options of `runFaults`. */
export interface FaultRunOptions {
  /** The same seed does the same work. In which order it reaches the store is not up to it. */
  readonly seed: number
  /** Scenarios to run, of `FAULT_SCENARIOS`. Default: all. */
  readonly only?: readonly string[]
  /** Default: 16 workers with 100 operations each on 8 records, 5000 transactions. */
  readonly measure?: Partial<Measure>
  /** Told of each scenario as it ends. */
  readonly report?: (finding: FaultFinding) => void
}

/** Largest share of calls that may end with an unknown outcome. */
const MOST_UNKNOWN = 0.01

/**
 * Longest call: core begins no attempt later than 15 s after the first, and a call makes few in a row.
 * Generous, so that it finds what hangs and not what is slow.
 */
const LONGEST_MS = 40_000

/**
 * Works on a store through faults, and compares what callers were told with what is stored. Each
 * finding says which promises were broken; none is what every store must show. The store must be empty,
 * or not have seen this seed before.
 *
 * @throws RangeError for a name in `only` that is none; what the store answers when it is reached straight.
 */
export const runFaults = async (
  at: FaultPlace,
  { seed, only, measure, report }: FaultRunOptions,
): Promise<readonly FaultFinding[]> => {
  for (const name of only ?? [])
    if (!FAULT_SCENARIOS.includes(name))
      throw new RangeError(`${name} is no scenario; name ${FAULT_SCENARIOS.join(', ')}.`)
  await at.straight.schema.apply([entities.counters.model])
  const findings: FaultFinding[] = []
  for (const [number, scenario] of SCENARIOS.entries()) {
    const { name, promise, isHarsh = false } = scenario
    if (only !== undefined && !only.includes(name)) continue
    const stage = makeStage(
      at,
      { ...MEASURE, ...measure },
      { place: `${name}-${seed}`, seed: seed * 100 + number },
    )
    const start = performance.now()
    const broken = [...(await scenario.run(stage))]
    const { told, errors, longestMs } = stage.calls
    const all = told.acknowledged + told.refused + told.unknown
    if (!isHarsh && told.unknown > MOST_UNKNOWN * all)
      broken.push(`${told.unknown} of ${all} calls have an unknown outcome`)
    if (longestMs > LONGEST_MS) broken.push(`a call took ${Math.round(longestMs / 1000)} s`)
    if (told.acknowledged === 0) broken.push('no call was acknowledged')
    const seconds = (performance.now() - start) / 1000
    const { figures } = stage
    const finding: FaultFinding = {
      name,
      promise,
      told,
      errors,
      longestMs,
      seconds,
      figures,
      broken,
    }
    findings.push(finding)
    report?.(finding)
  }
  return findings
}
