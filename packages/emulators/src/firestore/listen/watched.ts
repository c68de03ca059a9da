import { unimplemented } from '../failure.ts'
import { checkDocumentName, collectionOf } from '../names.ts'
import type { Query } from '../query/query.ts'
import { readQuery } from '../query/read.ts'
import { isInScope, project, runQuery } from '../query/run.ts'
import type { Storage, Stored } from '../storage.ts'
import type { Fields } from '../wire/value.ts'
import type { Target } from '../wire/listen.ts'

/** What a target shows: documents by name, at any time of the last hour. */
export interface Watched {
  /** Names that a client wants to be told of even when there is no such document. */
  readonly names: readonly string[]
  at(time: bigint): Map<string, Stored>
  /** Whether a change of this document can change what is shown. */
  concerns(name: string): boolean
  /** The fields to send. */
  fieldsOf(document: Stored): Fields
}

const byName = (documents: Stored[]): Map<string, Stored> =>
  new Map(documents.map((document) => [document.name, document]))

/** What a target of the protocol shows. @throws INVALID_ARGUMENT, FAILED_PRECONDITION, UNIMPLEMENTED */
export const watch = (
  storage: Storage,
  target: Target,
  checkIndexes: (query: Query) => void,
): Watched => {
  if (target.documents !== undefined) {
    const names = target.documents.documents
    for (const name of names) checkDocumentName(name)
    return {
      names,
      at: (time) =>
        byName(
          names.map((name) => storage.get(name, time)).filter((document) => document !== undefined),
        ),
      concerns: (name) => names.includes(name),
      fieldsOf: ({ fields }) => fields,
    }
  }
  if (target.query === undefined) throw unimplemented('a target that is no query and no documents')
  const query = readQuery(target.query.parent, target.query.structuredQuery)
  checkIndexes(query)
  return {
    names: [],
    at: (time) => byName(runQuery(storage, query, time)),
    concerns: (name) => isInScope(collectionOf(name), query),
    fieldsOf: ({ fields }) => project(fields, query.select),
  }
}
