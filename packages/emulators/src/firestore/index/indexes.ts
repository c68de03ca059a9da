import { readFileSync } from 'node:fs'
import { invalid, preconditionFailed } from '../failure.ts'
import { disjunctsOf } from '../query/disjuncts.ts'
import type { Query } from '../query/query.ts'
import { Automatic } from './automatic.ts'
import type { IndexDefinitions } from './definitions.ts'
import { modelOf } from './model.ts'
import type { Index } from './model.ts'
import { needOf } from './need.ts'
import type { Need } from './need.ts'
import { serves } from './serves.ts'
import { lackOf } from './lack.ts'

/** Says which queries have the index that they need. */
export interface Indexes {
  /** Checks a query and the fields that it sums. @throws FAILED_PRECONDITION, INVALID_ARGUMENT */
  check(query: Query, aggregated?: readonly string[]): void
  /** The fields that hold the time at which a document of a collection may be deleted. */
  readonly expiry: readonly { collectionGroup: string; fieldPath: string }[]
}

const NONE: IndexDefinitions = { indexes: [] }

const read = (given: IndexDefinitions | string): IndexDefinitions => {
  const definitions = (
    typeof given === 'string' ? JSON.parse(readFileSync(given, 'utf8')) : given
  ) as Partial<IndexDefinitions>
  if (!Array.isArray(definitions.indexes))
    throw new TypeError('Indexes have the form { indexes: [...], fieldOverrides: [...] }.')
  return { fieldOverrides: [], ...definitions, indexes: definitions.indexes }
}

const candidates = (need: Need, composite: Index[], automatic: Automatic): Index[] => [
  ...composite.filter(
    ({ collectionGroup, scope }) =>
      collectionGroup === need.collectionGroup && scope === need.scope,
  ),
  ...need.fields.flatMap((field) => automatic.of(need.collectionGroup, field, need.scope)),
]

/**
 * Makes the indexes of a database: those given and the automatic ones of single fields. With 'any' no
 * query lacks one. @throws Error when the file cannot be read or has another form
 */
export const makeIndexes = (given: IndexDefinitions | string = NONE): Indexes => {
  if (given === 'any') return { check: () => undefined, expiry: [] }
  const definitions = read(given)
  const composite = definitions.indexes.map(modelOf)
  const overrides = definitions.fieldOverrides ?? []
  const automatic = new Automatic(overrides)
  return {
    expiry: overrides.filter(({ ttl }) => ttl === true),
    check: (query, aggregated = []) => {
      // 30 alternatives at most: more have been refused when the query was read.
      for (const disjunct of disjunctsOf(query.condition, Number.POSITIVE_INFINITY) ?? []) {
        const need = needOf(query, disjunct, aggregated)
        if (need === undefined) continue
        if (need.collectionGroup === '') throw invalid('kind is required for non-__key__ filters')
        if (!serves(need, candidates(need, composite, automatic)))
          throw preconditionFailed(lackOf(need))
      }
    },
  }
}
