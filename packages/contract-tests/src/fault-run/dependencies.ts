import type { ListHistory, ListTransaction } from './history.ts'

/**
 * Why one transaction comes before another: it wrote first (`ww`), the other read what it wrote (`wr`), it read
 * what the other then changed (`rw`), or it had ended before the other began (`time`).
 */
export type Reason = 'ww' | 'wr' | 'rw' | 'time'

/** Reasons by the number of the transaction before, then of the one after. Waypoints of time follow the transactions. */
export type Dependencies = readonly ReadonlyMap<number, ReadonlySet<Reason>>[]

class Graph {
  readonly edges: Map<number, Set<Reason>>[] = []

  add(from: number, to: number, reason: Reason): void {
    if (from === to) return
    const out = (this.edges[from] ??= new Map<number, Set<Reason>>())
    const reasons = out.get(to) ?? new Set()
    out.set(to, reasons.add(reason))
  }
}

/**
 * Orders transactions by when they ran, with one waypoint per end: a transaction leads to its own, each to
 * the next, and the last one before a transaction begins leads to it.
 */
const addTime = (graph: Graph, transactions: readonly ListTransaction[]): void => {
  const count = transactions.length
  const ends = [...transactions.keys()]
    .filter((at) => transactions[at]?.outcome === 'acknowledged')
    .sort((left, right) => (transactions[left]?.ended ?? 0) - (transactions[right]?.ended ?? 0))
  for (const [order, at] of ends.entries()) {
    graph.add(at, count + order, 'time')
    if (order > 0) graph.add(count + order - 1, count + order, 'time')
  }
  for (const [at, { began }] of transactions.entries()) {
    let [low, high] = [0, ends.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((transactions[ends[middle] ?? 0]?.ended ?? 0) < began) low = middle + 1
      else high = middle
    }
    if (low > 0) graph.add(count + low - 1, at, 'time')
  }
}

/** What must have come before what, given transactions that took effect and lists that are prefixes of the final ones. */
export const dependenciesOf = (
  transactions: readonly ListTransaction[],
  final: ListHistory['final'],
): Dependencies => {
  const graph = new Graph()
  const writers = new Map<string, number>()
  for (const [at, { steps }] of transactions.entries())
    for (const step of steps)
      if (step.do === 'append') for (const item of step.items) writers.set(item, at)
  const link = (from: number | undefined, to: number | undefined, reason: Reason): void => {
    if (from !== undefined && to !== undefined) graph.add(from, to, reason)
  }
  const writerAt = (key: string, at: number): number | undefined =>
    writers.get(final[key]?.[at] ?? '')
  for (const [key, items] of Object.entries(final))
    for (let at = 1; at < items.length; at += 1)
      link(writerAt(key, at - 1), writerAt(key, at), 'ww')
  for (const [at, { steps }] of transactions.entries())
    for (const step of steps)
      if (step.do === 'read') {
        link(writerAt(step.key, step.found.length - 1), at, 'wr')
        link(at, writerAt(step.key, step.found.length), 'rw')
      }
  addTime(graph, transactions)
  return graph.edges.map((out) => out ?? new Map())
}
