import type { FaultKind, FaultRates } from './fault.ts'

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

/** Throws a `RangeError` unless the rates are shares of one whole. */
export const checkRates = (rates: FaultRates): void => {
  const given = Object.values(rates)
  const whole = given.reduce((sum, rate) => sum + rate, 0)
  if (given.some((rate) => !(rate >= 0)) || whole > 1 + 1e-9)
    throw new RangeError('Rates of faults must be 0 or more and 1 or less together.')
}

/** The fault that a number from 0 to 1 stands for; none for the share that no rate claims. */
export const faultAt = <Kind extends FaultKind>(
  rates: Readonly<Partial<Record<Kind, number>>>,
  at: number,
): Kind | undefined => {
  let reached = 0
  for (const [kind, rate] of Object.entries(rates) as [Kind, number][]) {
    reached += rate
    if (at < reached) return kind
  }
  return undefined
}
