import type { Dependencies, Reason } from './dependencies.ts'

/** A way back to where it began: the places on it, and the reason for each step. */
export interface Cycle {
  readonly path: readonly number[]
  readonly reasons: readonly Reason[]
}

type Allowed = (reason: Reason) => boolean

/** The shortest cycle through one place over allowed reasons, with at most one step of another kind first. */
const cycleFrom = (
  graph: Dependencies,
  start: number,
  first: Allowed,
  allowed: Allowed,
): Cycle | undefined => {
  interface Step {
    readonly at: number
    readonly reason: Reason
    readonly before: Step | undefined
  }
  const reached = new Set<number>()
  const expand = (at: number, before: Step | undefined, may: Allowed): Step[] =>
    [...(graph[at] ?? [])].flatMap(([to, reasons]) => {
      const reason = [...reasons].find(may)
      if (reason === undefined || reached.has(to)) return []
      reached.add(to)
      return [{ at: to, reason, before }]
    })
  let steps = expand(start, undefined, first)
  while (steps.length > 0) {
    const closing = steps.find(({ at }) => at === start)
    if (closing !== undefined) {
      const back: Step[] = []
      for (let step: Step | undefined = closing; step !== undefined; step = step.before)
        back.unshift(step)
      return {
        path: [start, ...back.map(({ at }) => at)],
        reasons: back.map(({ reason }) => reason),
      }
    }
    steps = steps.flatMap((step) => expand(step.at, step, allowed))
  }
  return undefined
}

/** Groups of places that can all reach each other (Tarjan), without recursion. */
const knots = (graph: Dependencies): readonly (readonly number[])[] => {
  const order = new Map<number, number>()
  const low = new Map<number, number>()
  const open: number[] = []
  const isOpen = new Set<number>()
  const found: number[][] = []
  const visit = (root: number): void => {
    const trail: { at: number; rest: number[] }[] = []
    const enter = (at: number): void => {
      order.set(at, order.size)
      low.set(at, order.size - 1)
      open.push(at)
      isOpen.add(at)
      trail.push({ at, rest: [...(graph[at]?.keys() ?? [])] })
    }
    const lower = (at: number, to: number | undefined): void => {
      low.set(at, Math.min(low.get(at) ?? 0, to ?? Infinity))
    }
    enter(root)
    for (let top = trail.at(-1); top !== undefined; top = trail.at(-1)) {
      const to = top.rest.pop()
      if (to !== undefined) {
        if (!order.has(to)) enter(to)
        else if (isOpen.has(to)) lower(top.at, order.get(to))
        continue
      }
      trail.pop()
      const above = trail.at(-1)
      if (above !== undefined) lower(above.at, low.get(top.at))
      if (low.get(top.at) !== order.get(top.at)) continue
      const knot = open.splice(open.indexOf(top.at))
      for (const one of knot) isOpen.delete(one)
      if (knot.length > 1) found.push(knot)
    }
  }
  for (const at of graph.keys()) if (!order.has(at)) visit(at)
  return found
}

const any: Allowed = () => true
const only =
  (...reasons: readonly Reason[]): Allowed =>
  (reason) =>
    reasons.includes(reason)

/** Kinds of cycles, the gravest first: what one of its steps must be, and what the others may be. */
const KINDS: readonly (readonly [name: string, first: Allowed, others: Allowed])[] = [
  ['G0, a write cycle', only('ww'), only('ww')],
  ['G1c, circular information flow', only('wr'), only('ww', 'wr')],
  ['G-single, a read between two writes', only('rw'), only('ww', 'wr')],
  ['G2, write skew', only('rw'), only('ww', 'wr', 'rw')],
  ['a stale read', only('rw'), any],
  ['an order against time', any, any],
]

/** One cycle of each knot, with the gravest name that fits. */
export const cyclesOf = (
  graph: Dependencies,
): readonly { readonly kind: string; readonly cycle: Cycle }[] =>
  knots(graph).flatMap((knot) => {
    for (const [kind, first, others] of KINDS)
      for (const start of knot) {
        const cycle = cycleFrom(graph, start, first, others)
        if (cycle !== undefined) return [{ kind, cycle }]
      }
    return []
  })
