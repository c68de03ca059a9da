import { NAME } from '../field-path.ts'
import type { Entry, Mode } from './model.ts'
import type { Need } from './need.ts'

const SHORT: Readonly<Record<Mode, string>> = {
  ASCENDING: 'ASC',
  DESCENDING: 'DESC',
  CONTAINS: 'CONTAINS',
}

const described = ({ field, mode }: Entry): object =>
  mode === 'CONTAINS' ? { fieldPath: field, arrayConfig: mode } : { fieldPath: field, order: mode }

/** What the service says of a query without its index, and here the index that it lacks. */
export const lackOf = ({ collectionGroup, scope, ...need }: Need): string => {
  const summed = need.aggregated.map((field): Entry => ({ field, mode: 'ASCENDING' }))
  const entries = [...need.fixed, ...need.sorted, ...summed]
  const [only] = entries.length === 0 ? [need.name] : entries
  if (entries.length <= 1 && only !== undefined)
    return `The query requires a ${scope}_${SHORT[only.mode]} index for collection ${collectionGroup} and field ${only.field}.`
  const isImplied =
    (entries.at(-1)?.mode === 'DESCENDING' ? 'DESCENDING' : 'ASCENDING') === need.name.mode
  const all = isImplied || summed.length > 0 ? entries : [...entries, { ...need.name, field: NAME }]
  const index = { collectionGroup, queryScope: scope, fields: all.map(described) }
  return `The query requires an index. This one in firestore.indexes.json would serve it: ${JSON.stringify(index)}`
}
