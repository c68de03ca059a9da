/** A sequence of numbers from 0 up to, not including, 1 that is the same for the same seed (mulberry32). */
export const seeded = (seed: number): (() => number) => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

interface Event {
  readonly at: number
  readonly order: number
  readonly run: () => void
}

/** Long enough for everything that follows from an event without waiting for another one. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Time and chance of a simulation. The same seed gives the same events in the same order. */
export class World {
  readonly random: () => number
  #now = Date.UTC(2026, 10, 23)
  #made = 0
  #events: Event[] = []

  constructor(seed: number) {
    this.random = seeded(seed)
  }

  get now(): number {
    return this.#now
  }

  /** Something that happens so many milliseconds from now. */
  later(milliseconds: number, run: () => void): void {
    this.#events.push({ at: this.#now + milliseconds, order: this.#made++, run })
  }

  sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => this.later(milliseconds, resolve))
  }

  /** A whole number from 0 up to, not including, `end`. */
  below(end: number): number {
    return Math.floor(this.random() * end)
  }

  /** Lets everything happen, one event after the other, until nothing is left to happen. */
  async run(): Promise<void> {
    for (await settled(); this.#events.length > 0; await settled()) {
      let next = 0
      for (const [at, event] of this.#events.entries()) {
        const first = this.#events[next]
        if (first === undefined || event.at < first.at) next = at
      }
      const [event] = this.#events.splice(next, 1)
      if (event === undefined) return
      this.#now = Math.max(this.#now, event.at)
      event.run()
    }
  }
}
