import { createStore, defineActor } from '@holdfast/core'
import type { Driver } from '@holdfast/core'
import { setTimeout } from 'node:timers/promises'
import { z } from 'zod'
import { seeded } from '../fault-proxy/draw.ts'
import { entities } from '../fixtures.ts'
import type { FaultPlace } from './place.ts'
import { Calls } from './told.ts'

const actor = defineActor(z.object({ roles: z.array(z.string()) }))

/** Repositories of a program that uses this driver, with retries and clock as any program has them. */
export const openProgram = (driver: Driver) =>
  createStore({ adapter: driver, entities: { counters: entities.counters }, actor }).unrestricted(
    'faults are injected',
  )

/** What `openProgram` returns. */
export type Program = ReturnType<typeof openProgram>

/** How much work a scenario has. */
export interface Measure {
  /** Workers at the same time. */
  readonly workers: number
  /** Operations of each worker. */
  readonly operations: number
  /** Records that the workers share. */
  readonly keys: number
  /** Transactions that append to lists, of all workers together. */
  readonly transactions: number
}

/** The full measure. */
export const MEASURE: Measure = { workers: 16, operations: 100, keys: 8, transactions: 5000 }

/** What a scenario works with. */
export interface Stage {
  readonly at: FaultPlace
  readonly measure: Measure
  /** Partition that no other scenario has. */
  readonly place: string
  readonly calls: Calls
  /** What a scenario tells besides, for people. */
  readonly figures: Record<string, number>
  readonly straight: Program
  readonly faulty: Program
  /** From 0 up to, not including, 1; the same for the same seed. */
  readonly random: () => number
}

/** A kind of work, and what must be true of it afterwards. */
export interface Scenario {
  readonly name: string
  /** What it shows, for people. */
  readonly promise: string
  /** Whether some calls may end with an unknown outcome without limit. Default: 1 % at most. */
  readonly isHarsh?: boolean
  /** Does the work and returns every promise that was broken. */
  run(stage: Stage): Promise<readonly string[]>
}

/** Sets up the place of one scenario. */
export const makeStage = (
  at: FaultPlace,
  measure: Measure,
  name: { readonly place: string; readonly seed: number },
): Stage => ({
  at,
  measure,
  place: name.place,
  calls: new Calls(),
  figures: {},
  straight: openProgram(at.straight),
  faulty: openProgram(at.faulty),
  random: seeded(name.seed),
})

/** Runs the workers side by side under the faults of the place, and waits for what is still under way. */
export const underFaults = async (
  { at, measure }: { readonly at: FaultPlace; readonly measure: Pick<Measure, 'workers'> },
  work: (worker: number) => Promise<void>,
): Promise<void> => {
  at.line.setFaults(at.faults)
  await Promise.all(Array.from({ length: measure.workers }, (_, worker) => work(worker)))
  await calm(at)
}

/** Ends the faults, and waits until nothing that was held back can arrive any more. */
export const calm = async (at: FaultPlace): Promise<void> => {
  at.line.setFaults({})
  await setTimeout(at.delayMs + at.timeoutMs / 4)
}

/** Names of the records that workers share. */
export const sharedIds = ({ keys }: Pick<Measure, 'keys'>): readonly string[] =>
  Array.from({ length: keys }, (_, key) => `k${key}`)

/** One of them. */
export const oneOf = <T>(all: readonly T[], random: () => number): T => {
  const chosen = all[Math.floor(random() * all.length)]
  if (chosen === undefined) throw new RangeError('There is nothing to choose from.')
  return chosen
}
