import type { Timestamp } from './wire/value.ts'

const SECOND = 1_000_000n

/** Microseconds since 1970 of a timestamp; what is finer is dropped, as the service drops it. */
export const toMicros = (timestamp: Timestamp): bigint =>
  BigInt(timestamp.seconds) * SECOND + BigInt(Math.trunc(timestamp.nanos / 1000))

/** The timestamp of `micros` microseconds since 1970. */
export const toTimestamp = (micros: bigint): Timestamp => {
  const rest = ((micros % SECOND) + SECOND) % SECOND
  return { seconds: String((micros - rest) / SECOND), nanos: Number(rest) * 1000 }
}

/** Gives the times of commits. */
export interface Clock {
  /** A time later than every time given before: no two commits share one. */
  tick(): bigint
  /** The newest time at which something may have been committed. */
  latest(): bigint
}

/** A clock of microseconds over one of milliseconds, such as `Date.now`. */
export const makeClock = (now: () => number): Clock => {
  let last = 0n
  const read = (): bigint => BigInt(Math.floor(now() * 1000))
  return {
    tick: () => {
      const time = read()
      last = time > last ? time : last + 1n
      return last
    },
    latest: () => {
      const time = read()
      // Reads at this time must see all commits that follow as later ones.
      if (time > last) last = time
      return last
    },
  }
}
