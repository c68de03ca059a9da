import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Comparison } from './benchmark.ts'
import { type Finding, judged } from './finding.ts'
import { spreadOf } from './harness.ts'

const GOAL = 0.05

/** What one fresh process spent, in milliseconds per entity. */
export interface StartCost {
  readonly schema: number
  readonly entity: number
  readonly policy: number
  readonly store: number
}

const run = promisify(execFile)

const inFreshProcess = async (): Promise<StartCost> => {
  const { stdout } = await run(process.execPath, [join(import.meta.dirname, 'start-child.ts')])
  return JSON.parse(stdout) as StartCost
}

/** What an entity costs a process that starts, beyond its schema. Cold code, so a fresh process each time. */
export const startCost: Comparison = async ({ rounds }) => {
  const costs: StartCost[] = []
  for (let round = 0; round < rounds; round += 1) costs.push(await inFreshProcess())
  const spread = (part: keyof StartCost) => {
    const { lower, median, upper } = spreadOf(costs.map((cost) => cost[part]))
    return { value: median, lower, upper, unit: 'ms' } as const
  }
  const beside = (variant: keyof StartCost, note: string): Finding => ({
    what: 'start, per entity',
    variant,
    ...spread(variant),
    note,
  })
  return [
    judged({ what: 'start, per entity', variant: 'entity', ...spread('entity'), goal: GOAL }),
    beside('schema', 'zod alone'),
    beside('policy', 'definePolicy with 4 rules'),
    beside('store', 'createStore'),
  ]
}
