// Workers that increment counters, and what they were told about it.

/** How much work there is. */
export const WORKERS = 16
export const INCREMENTS = 100
export const KEYS = 8

/** What callers know about one increment: done, surely not done, or nothing. */
export type Outcome = 'acknowledged' | 'refused' | 'unknown'

/** One way to increment counters. */
export interface Counters {
  readonly name: string
  /** Adds one to counter number `key`. */
  increment(key: number): Promise<Outcome>
  /** Sum over all counters, read without faults. */
  stored(): Promise<number>
  close(): Promise<void>
}

/** What became of all increments. */
export interface Tally {
  readonly name: string
  readonly stored: number
  readonly acknowledged: number
  readonly refused: number
  readonly unknown: number
  readonly seconds: number
}

/** Runs the whole load against one way to increment. */
export const runLoad = async (counters: Counters): Promise<Tally> => {
  const told: Record<Outcome, number> = { acknowledged: 0, refused: 0, unknown: 0 }
  const start = performance.now()
  const worker = async (number: number): Promise<void> => {
    for (let made = 0; made < INCREMENTS; made += 1)
      told[await counters.increment((number + made) % KEYS)] += 1
  }
  await Promise.all(Array.from({ length: WORKERS }, (_, number) => worker(number)))
  const seconds = (performance.now() - start) / 1000
  return { name: counters.name, stored: await counters.stored(), ...told, seconds }
}

/** Largest share of increments that may end with an unknown outcome. */
const MOST_UNKNOWN = 0.01

/** What a tally breaks of the promises: applied once or reported, and few left open. */
export const brokenPromises = ({ stored, acknowledged, unknown }: Tally): string[] => [
  ...(stored < acknowledged ? ['acknowledged increments are lost'] : []),
  ...(stored > acknowledged + unknown ? ['increments are applied that nobody was told of'] : []),
  ...(unknown > MOST_UNKNOWN * WORKERS * INCREMENTS
    ? ['more than 1 % have an unknown outcome']
    : []),
]
