import { NAME, formatPath, parsePath } from '../field-path.ts'
import type { IndexDefinition } from './definitions.ts'

/** How an index holds a field. */
export type Mode = 'ASCENDING' | 'DESCENDING' | 'CONTAINS'

/** A field within an index; `field` is its path as queries write it. */
export interface Entry {
  field: string
  mode: Mode
}

/** The collections whose documents an index lists. */
export type Scope = 'COLLECTION' | 'COLLECTION_GROUP'

/** An index with all that it sorts by: the document's name is always the last. */
export interface Index {
  collectionGroup: string
  scope: Scope
  entries: Entry[]
}

/** An index over fields; the name follows in the direction of the last of them when it is not there. */
export const complete = (collectionGroup: string, scope: Scope, entries: Entry[]): Index => {
  const last = entries.at(-1)
  if (last?.field === NAME) return { collectionGroup, scope, entries }
  const mode = last?.mode === 'DESCENDING' ? 'DESCENDING' : 'ASCENDING'
  return { collectionGroup, scope, entries: [...entries, { field: NAME, mode }] }
}

/** The index that a definition describes. @throws INVALID_ARGUMENT for a path that is none */
export const modelOf = ({ collectionGroup, queryScope, fields }: IndexDefinition): Index =>
  complete(
    collectionGroup,
    queryScope,
    fields.map(({ fieldPath, order, arrayConfig }) => ({
      field: formatPath(parsePath(fieldPath)),
      mode: arrayConfig ?? order ?? 'ASCENDING',
    })),
  )
