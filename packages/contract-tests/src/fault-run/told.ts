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

/** Makes calls, and remembers what their callers were told and how long that took. */
export class Calls {
  readonly told: Record<Outcome, number> = { acknowledged: 0, refused: 0, unknown: 0 }
  /** How often calls ended with each error: code and outcome. */
  readonly errors: Record<string, number> = {}
  /** The longest call, in milliseconds. */
  longestMs = 0

  /** Makes one call. An error that is not Holdfast's is thrown on. */
  async make<T>(run: () => Promise<T>): Promise<Told<T>> {
    const start = performance.now()
    const told = await outcomeOf(run)
    this.longestMs = Math.max(this.longestMs, performance.now() - start)
    this.told[told.outcome] += 1
    if (told.error !== undefined) {
      const name = `${told.error.code} ${told.error.outcome}`
      this.errors[name] = (this.errors[name] ?? 0) + 1
      if (process.env['DEBUG_FAULTS'] && told.outcome === 'unknown')
        console.log(told.error.message, told.error.cause)
    }
    return told
  }
}

const outcomeOf = async <T>(run: () => Promise<T>): Promise<Told<T>> => {
  try {
    return { outcome: 'acknowledged', value: await run() }
  } catch (error) {
    if (!isHoldfastError(error)) throw error
    return { outcome: error.outcome === 'unknown' ? 'unknown' : 'refused', error }
  }
}

/** Adds what became of an item of a bulk call. */
export const outcomeOfItem = (item: {
  readonly ok: boolean
  readonly error?: HoldfastError
}): Outcome =>
  item.ok ? 'acknowledged' : item.error?.outcome === 'unknown' ? 'unknown' : 'refused'
