/** Characters of a version: epoch 2, milliseconds 9, counter 3, writer 8, each base 36. */
export const VERSION_LENGTH = 22

/** How many earlier ids a record keeps. */
export const HISTORY_LENGTH = 8

const EPOCH = '00'
const COUNTERS = 36 ** 3
const pad = (value: number, length: number): string => value.toString(36).padStart(length, '0')

/**
 * Makes write ids: a hybrid logical clock as fixed-width text, so that `<` on text is the order of
 * writes on every store. Each id is greater than every one made before by this clock.
 */
export class VersionClock {
  readonly #now: () => number
  readonly #writer: string
  #milliseconds = 0
  #counter = 0

  constructor(now: () => number, random: () => number) {
    this.#now = now
    this.#writer = Array.from({ length: 8 }, () => Math.floor(random() * 36).toString(36)).join('')
  }

  /** A new id, greater than `above` also when the clock behind that one runs ahead of ours. */
  next(above = ''): string {
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
    return EPOCH + pad(this.#milliseconds, 9) + pad(this.#counter, 3) + this.#writer
  }
}
