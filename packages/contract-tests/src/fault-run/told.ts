import { type HoldfastError, isHoldfastError } from '@holdfast/core'

/** What a caller knows about a call: done, surely not done, or nothing. */
export type Outcome = 'acknowledged' | 'refused' | 'unknown'

/** What became of one call. */
export interface Told<T> {
  readonly outcome: Outcome
  /** What it returned, when it was acknowledged. */
  readonly value?: T
  readonly error?: HoldfastError
}

/** What a bulk call tells of one item. */
export interface ToldItem {
  readonly ok: boolean
  readonly error?: HoldfastError
}

/** Makes calls, and remembers what their callers were told and how long that took. */
export class Calls {
  readonly told: Record<Outcome, number> = { acknowledged: 0, refused: 0, unknown: 0 }
  /** How often calls ended with each error: code and outcome. */
  readonly errors: Record<string, number> = {}
  /** The longest call, in milliseconds. */
  longestMs = 0

  /** Makes one call. An error that is not Holdfast's is thrown on. */
  async make<T>(run: () => Promise<T>): Promise<Told<T>> {
    const told = await this.#timed(run)
    this.#count(told)
    return told
  }

  /** Makes one call with so many items, each of which counts as a call. */
  async makeMany(
    size: number,
    run: () => Promise<readonly ToldItem[]>,
  ): Promise<readonly Outcome[]> {
    const told = await this.#timed(run)
    const items = told.value?.map(toldOfItem) ?? Array.from({ length: size }, () => told)
    for (const item of items) this.#count(item)
    return items.map(({ outcome }) => outcome)
  }

  async #timed<T>(run: () => Promise<T>): Promise<Told<T>> {
    const start = performance.now()
    const told = await outcomeOf(run)
    this.longestMs = Math.max(this.longestMs, performance.now() - start)
    return told
  }

  #count({ outcome, error }: Told<unknown>): void {
    this.told[outcome] += 1
    if (error === undefined) return
    const name = `${error.code} ${error.outcome}`
    this.errors[name] = (this.errors[name] ?? 0) + 1
  }
}

const toldOfError = (error: HoldfastError): Told<never> => ({
  outcome: error.outcome === 'unknown' ? 'unknown' : 'refused',
  error,
})

const outcomeOf = async <T>(run: () => Promise<T>): Promise<Told<T>> => {
  try {
    return { outcome: 'acknowledged', value: await run() }
  } catch (error) {
    if (!isHoldfastError(error)) throw error
    return toldOfError(error)
  }
}

const toldOfItem = ({ error }: ToldItem): Told<unknown> =>
  error === undefined ? { outcome: 'acknowledged' } : toldOfError(error)
