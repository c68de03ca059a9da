import { cyclesOf } from './cycles.ts'
import { dependenciesOf } from './dependencies.ts'
import type { ListHistory, ListTransaction } from './history.ts'

type Append = Extract<ListTransaction['steps'][number], { readonly do: 'append' }>
type Read = Extract<ListTransaction['steps'][number], { readonly do: 'read' }>

const appendsOf = ({ steps }: ListTransaction): readonly Append[] =>
  steps.filter((step) => step.do === 'append')
const readsOf = ({ steps }: ListTransaction): readonly Read[] =>
  steps.filter((step) => step.do === 'read')

/** What became of each transaction's appends. */
const brokenAppends = (one: ListTransaction, final: ListHistory['final']): readonly string[] => {
  const counted = appendsOf(one).flatMap(({ key, items }) =>
    items.map((item) => final[key]?.filter((found) => found === item).length ?? 0),
  )
  const what = `transaction ${one.name}, told ${one.outcome},`
  return [
    ...(counted.some((count) => count > 1) ? [`${what} is applied twice`] : []),
    ...(one.outcome === 'acknowledged' && counted.includes(0) ? [`${what} is lost`] : []),
    ...(one.outcome === 'refused' && counted.some((count) => count > 0)
      ? [`${what} is applied`]
      : []),
    ...(counted.includes(0) && counted.some((count) => count > 0)
      ? [`${what} is applied in part`]
      : []),
  ]
}

/** What each transaction read that no moment of the final lists explains. */
const brokenReads = (
  one: ListTransaction,
  final: ListHistory['final'],
  lastItems: ReadonlySet<string>,
): readonly string[] =>
  readsOf(one).flatMap(({ key, found }) => {
    const list = final[key] ?? []
    const what = `transaction ${one.name} read ${key}`
    if (found.some((item, at) => item !== list[at]))
      return [`${what} as it never was: a lost update, or an aborted read`]
    const last = found.at(-1)
    return last === undefined || lastItems.has(last)
      ? []
      : [`${what} in the middle of another transaction`]
  })

/**
 * The anomalies of a history of transactions on lists: what no order of the transactions, one after the
 * other, explains. Empty for a history that is strictly serialisable.
 *
 * The final list tells the order of all writes to its key, and each read where it stood between them, so
 * cycles of these orders prove an anomaly (Kingsbury, Alvaro: Elle, VLDB 2020). Names follow Adya.
 */
export const anomaliesOf = ({ transactions, final }: ListHistory): readonly string[] => {
  const stored = new Set(Object.values(final).flat())
  const tookEffect = transactions.filter(
    (one) =>
      one.outcome === 'acknowledged' ||
      appendsOf(one).some(({ items }) => items.some((item) => stored.has(item))),
  )
  const lastItems = new Set(
    transactions.flatMap((one) => appendsOf(one).map(({ items }) => items.at(-1) ?? '')),
  )
  const acknowledged = tookEffect.filter(({ outcome }) => outcome === 'acknowledged')
  const simple = [
    ...transactions.flatMap((one) => brokenAppends(one, final)),
    ...acknowledged.flatMap((one) => brokenReads(one, final, lastItems)),
  ]
  // Cycles mean something only where every read has its place in the final lists.
  if (simple.length > 0) return simple
  return cyclesOf(dependenciesOf(tookEffect, final)).map(({ kind, cycle: { path, reasons } }) => {
    const names = path.map((at) => tookEffect[at]?.name ?? 'later')
    const told = names.map((name, at) => (at === 0 ? name : `${reasons[at - 1] ?? ''} ${name}`))
    return `${kind}: ${told.join(' ')}`
  })
}
