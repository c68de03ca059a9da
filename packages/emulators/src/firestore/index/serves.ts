import type { Entry, Index } from './model.ts'
import type { Need } from './need.ts'

const isSame = (left: Entry | undefined, right: Entry): boolean =>
  left?.field === right.field && left.mode === right.mode

// Whether the last entries are the fields to sum by and to sum, and the name.
const endsWith = ({ entries }: Index, { sorted, aggregated, name }: Need): boolean => {
  const from = entries.length - 1 - aggregated.length - sorted.length
  if (from < 0 || !sorted.every((entry, at) => isSame(entries[from + at], entry))) return false
  const summed = entries.slice(from + sorted.length, -1)
  // The direction of the name matters to nobody who only sums.
  const isNamed = aggregated.length > 0 || isSame(entries.at(-1), name)
  return (
    isNamed && summed.every(({ field, mode }) => mode !== 'CONTAINS' && aggregated.includes(field))
  )
}

/** The fixed fields that an index begins with; undefined when it is of no use. */
const prefixOf = (index: Index, need: Need): Entry[] | undefined => {
  if (!endsWith(index, need)) return undefined
  const prefix = index.entries.slice(0, -1 - need.aggregated.length - need.sorted.length)
  const found = prefix.map(({ field, mode }) =>
    need.fixed.find(
      (entry) => entry.field === field && (entry.mode === 'CONTAINS') === (mode === 'CONTAINS'),
    ),
  )
  return found.every((entry) => entry !== undefined) ? found : undefined
}

/**
 * Whether indexes can answer: each gives some of the fixed fields, all continue in the wanted order, and
 * together they give every fixed field. The service merges such indexes.
 * https://firebase.google.com/docs/firestore/query-data/index-overview#taking_advantage_of_index_merging
 */
export const serves = (need: Need, indexes: readonly Index[]): boolean => {
  const useful = indexes
    .map((index) => prefixOf(index, need))
    .filter((prefix) => prefix !== undefined)
  return useful.length > 0 && need.fixed.every((entry) => useful.flat().includes(entry))
}
