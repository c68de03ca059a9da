/** Characters of a version: epoch 2, milliseconds 9, counter 3, writer 7, each base 36; lane 1. */
export const VERSION_LENGTH = 22

/**
 * The lanes of write ids. An id ends in the letter of its lane, which occurs nowhere else in an id. A
 * store gives writes in flight different lanes, and a record keeps the newest id of each: so a write
 * is found again however many others came after it, unless one of them had its lane.
 */
export const LANES = 'ABCDEFGHIJKLMNOP'

const EPOCH = '00'
const COUNTERS = 36 ** 3
const pad = (value: number, length: number): string => value.toString(36).padStart(length, '0')

/** The lane of an id. */
export const laneOf = (id: string): string => id.slice(-1)

/** The newest id of a lane in a history; empty when there is none. */
export const lastInLane = (history: string, lane: string): string => {
  const end = history.indexOf(lane) + 1
  return history.slice(Math.max(0, end - VERSION_LENGTH), end)
}

/** A history with one more id, which takes the place of the one before in its lane. */
export const withId = (history: string, id: string): string =>
  history.replace(lastInLane(history, laneOf(id)), '') + id

/**
 * Makes write ids: a hybrid logical clock as fixed-width text, so that `<` on text is the order of
 * writes on every store. Each id is greater than every one made before by this clock.
 */
export class VersionClock {
  readonly #now: () => number
  readonly #writer: string
  /** Where the search for a free lane begins: another place in each process. */
  readonly #firstLane: number
  readonly #busy = LANES.split('').map(() => 0)
  #milliseconds = 0
  #counter = 0

  constructor(now: () => number, random: () => number) {
    this.#now = now
    this.#firstLane = Math.floor(random() * LANES.length)
    this.#writer = Array.from({ length: 7 }, () => Math.floor(random() * 36).toString(36)).join('')
  }

  /**
   * A new id, greater than `above` also when the clock behind that one runs ahead of ours, in a lane
   * that no write in flight has, as long as there are any.
   */
  next(above = '', lane: string = this.#freeLane()): string {
    const now = this.#now()
    if (above !== '') {
      const seen = parseInt(above.slice(2, 11), 36)
      const counter = parseInt(above.slice(11, 14), 36)
      if (seen > this.#milliseconds || (seen === this.#milliseconds && counter > this.#counter)) {
        this.#milliseconds = seen
        this.#counter = counter
      }
    }
    if (now > this.#milliseconds) {
      this.#milliseconds = now
      this.#counter = 0
    } else if (++this.#counter === COUNTERS) {
      this.#milliseconds += 1
      this.#counter = 0
    }
    return EPOCH + pad(this.#milliseconds, 9) + pad(this.#counter, 3) + this.#writer + lane
  }

  /** Takes the lane of an id until the function returned is called. */
  hold(id: string): () => void {
    const lane = LANES.indexOf(laneOf(id))
    const take = (by: 1 | -1): void => {
      this.#busy[lane] = (this.#busy[lane] ?? 0) + by
    }
    take(1)
    return () => take(-1)
  }

  /** Runs a write while its lane is taken. */
  async during<T>(id: string, run: () => Promise<T>): Promise<T> {
    const release = this.hold(id)
    try {
      return await run()
    } finally {
      release()
    }
  }

  /** The first lane with the fewest writes in flight. One caller at a time always gets the same. */
  #freeLane(): string {
    let best = this.#firstLane
    for (let step = 0; step < LANES.length && this.#busy[best] !== 0; step += 1) {
      const lane = (this.#firstLane + step) % LANES.length
      if ((this.#busy[lane] ?? 0) < (this.#busy[best] ?? 0)) best = lane
    }
    return LANES.charAt(best)
  }
}
