/** Side-by-side measurement: all variants in one process, every round, in shuffled order. */

/** One way to do the same work. `turn` counts up, for rotating inputs. */
export interface Variant {
  readonly name: string
  readonly run: (turn: number) => unknown
}

/** What one variant cost in one round, in microseconds per operation. */
export interface Sample {
  /** Median over the operations of the batch; the mean where operations are too short to be timed alone. */
  readonly p50: number
  readonly p99: number
  readonly mean: number
  /** User and system time of the whole process, its helper threads included. */
  readonly cpu: number
}

/** Samples of every round, by variant. */
export type Samples = ReadonlyMap<string, readonly Sample[]>

/** Median with quartiles. */
export interface Spread {
  readonly lower: number
  readonly median: number
  readonly upper: number
}

/** Options of `measure`. */
export interface MeasureOptions {
  readonly rounds: number
  /** Time every operation alone. Leave it off below some 5 us. Default `true`. */
  readonly stamped?: boolean
  /** Throws when what a variant returned is not what it should be. Called before any timing. */
  readonly check: (value: unknown, name: string) => void
}

/** Name of the variant that repeats the first one: its ratio to the first is the error of the run. */
export const AGAIN = 'the first again'

const WARM_UPS = [400, 200]
const BATCH_MS = 100

// Everything variants return ends here, so that no work can be optimised away.
const sink: { value: unknown } = { value: undefined }

/** The value below which a share of the sorted values lies, between neighbours where needed. */
const quantile = (sorted: ArrayLike<number>, share: number): number => {
  const at = (sorted.length - 1) * share
  const low = sorted[Math.floor(at)] ?? Number.NaN
  const high = sorted[Math.ceil(at)] ?? Number.NaN
  return low + (high - low) * (at - Math.floor(at))
}

/** Median and quartiles. */
export const spreadOf = (values: readonly number[]): Spread => {
  const sorted = values.toSorted((a, b) => a - b)
  return {
    lower: quantile(sorted, 0.25),
    median: quantile(sorted, 0.5),
    upper: quantile(sorted, 0.75),
  }
}

const shuffled = <T>(items: readonly T[]): T[] =>
  items
    .map((item) => ({ item, order: Math.random() }))
    .toSorted((a, b) => a.order - b.order)
    .map(({ item }) => item)

/** A variant with its own turn counter and batch size. */
class Runner {
  readonly name: string
  readonly #run: Variant['run']
  #turn = 0
  #count = 1

  constructor({ name, run }: Variant) {
    this.name = name
    this.#run = run
  }

  async check(check: MeasureOptions['check']): Promise<void> {
    check(await this.#run(this.#turn++), this.name)
  }

  /** Runs for about this long and sets the size of a batch from what it saw. */
  async warmUp(milliseconds: number): Promise<void> {
    const start = performance.now()
    let done = 0
    // Short operations are warmed in groups, or the clock would be part of the cost.
    const group = Math.max(1, Math.floor(this.#count / 50))
    while (performance.now() - start < milliseconds) {
      for (let at = 0; at < group; at += 1) sink.value = await this.#run(this.#turn++)
      done += group
    }
    this.#count = Math.max(1, Math.round((done * BATCH_MS) / (performance.now() - start)))
  }

  async batch(stamped: boolean): Promise<Sample> {
    globalThis.gc?.()
    const count = this.#count
    const stamps = new Float64Array(stamped ? count : 0)
    const cpu = process.cpuUsage()
    const start = performance.now()
    if (stamped) {
      let before = start
      for (let at = 0; at < count; at += 1) {
        sink.value = await this.#run(this.#turn++)
        const now = performance.now()
        stamps[at] = now - before
        before = now
      }
    } else for (let at = 0; at < count; at += 1) sink.value = await this.#run(this.#turn++)
    const mean = ((performance.now() - start) * 1000) / count
    const { user, system } = process.cpuUsage(cpu)
    stamps.sort()
    return {
      p50: stamped ? quantile(stamps, 0.5) * 1000 : mean,
      p99: stamped ? quantile(stamps, 0.99) * 1000 : mean,
      mean,
      cpu: (user + system) / count,
    }
  }
}

/**
 * Checks what each variant returns, warms all of them up twice, then measures them round by round. The
 * first variant runs twice in every round, the second time as `AGAIN`.
 */
export const measure = async (
  variants: readonly [Variant, ...Variant[]],
  { rounds, check, stamped = true }: MeasureOptions,
): Promise<Samples> => {
  const runners = [...variants, { ...variants[0], name: AGAIN }].map((one) => new Runner(one))
  for (const runner of runners) await runner.check(check)
  for (const time of WARM_UPS) for (const runner of shuffled(runners)) await runner.warmUp(time)
  const samples = new Map(runners.map(({ name }): [string, Sample[]] => [name, []]))
  for (let round = 0; round < rounds; round += 1)
    for (const runner of shuffled(runners))
      samples.get(runner.name)?.push(await runner.batch(stamped))
  return samples
}

/** Relates two variants round by round. */
export const within = (
  samples: Samples,
  [name, base]: readonly [string, string],
  relate: (one: Sample, other: Sample) => number,
): Spread => {
  const others = samples.get(base) ?? []
  return spreadOf(
    (samples.get(name) ?? []).flatMap((sample, round) => {
      const other = others[round]
      return other === undefined ? [] : [relate(sample, other)]
    }),
  )
}

/** Median over the rounds of one figure of one variant. */
export const median = (samples: Samples, name: string, figure: keyof Sample): number =>
  spreadOf((samples.get(name) ?? []).map((sample) => sample[figure])).median
