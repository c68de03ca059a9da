import type { FaultCallback, FirestoreFaults, FaultRule } from './fault.ts'

// Mulberry32: small, fast and good enough to spread faults; by Tommy Ettinger, public domain.
const makeRandom = (seed: number): (() => number) => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const checkRule = ({ rate }: FaultRule): void => {
  if (!(rate >= 0 && rate <= 1)) throw new RangeError('The rate of a fault is from 0 to 1.')
}

/** Makes one decision after the other from a plan. @throws RangeError for a rate that is none */
export const makeDecide = (plan: FirestoreFaults | undefined): FaultCallback => {
  if (plan === undefined) return () => undefined
  if (typeof plan === 'function') return plan
  plan.rules.forEach(checkRule)
  const random = makeRandom(plan.seed)
  const used = new Map<FaultRule, number>()
  const isDue = (rule: FaultRule, method: string): boolean =>
    (rule.methods?.includes(method) ?? true) &&
    (used.get(rule) ?? 0) < (rule.times ?? Number.POSITIVE_INFINITY) &&
    random() < rule.rate
  return (method) => {
    const rule = plan.rules.find((candidate) => isDue(candidate, method))
    if (rule !== undefined) used.set(rule, (used.get(rule) ?? 0) + 1)
    return rule?.fault
  }
}
