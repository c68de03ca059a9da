import {
  type CallOptions,
  HoldfastError,
  insist,
  isHoldfastError,
  keyOf,
} from '@holdfast/core/driver'
import type { Collection, Document } from './collection.ts'
import { commit } from './commit.ts'
import { classify, isRefusal } from './errors.ts'
import { readDocuments } from './get.ts'
import { idOf } from './key-values.ts'
import { type Mutation, pinned } from './mutation.ts'
import { fieldPath, KEY } from './names.ts'
import type { Place } from './place.ts'
import { claimFor } from './transaction.ts'
import type { Fields } from './value.ts'

/** Documents read, and written, at a time. */
const PAGE = 300
const CONCURRENCY = 16

interface Reply {
  readonly document?: Document | null
}

const ours = ({ indexes }: Collection): readonly string[] => [
  KEY,
  ...indexes.map(({ field }) => field),
]

/** The places of a document's record, where they are not as they should be. */
const missingFields = (collection: Collection, document: Document): Fields | undefined => {
  const { value } = collection.read(document)
  const key = { [KEY]: { stringValue: idOf(keyOf(collection.entity, value)) } }
  const fields: Fields = { ...key, ...collection.places(value) }
  const isRight = ours(collection).every(
    (name) => document.fields?.[name]?.stringValue === fields[name]?.stringValue,
  )
  return isRight ? undefined : fields
}

/** The write that puts a document's places right; none where they are. */
const fillOf = (collection: Collection, document: Document): readonly Mutation[] => {
  const fields = missingFields(collection, document)
  if (fields === undefined) return []
  return [
    {
      update: { name: document.name ?? '', fields },
      updateMask: { fieldPaths: ours(collection).map(fieldPath) },
      currentDocument: pinned(document),
    },
  ]
}

/** Writes one document anew until nobody was faster. One that is deleted meanwhile needs nothing. */
const fillOne = async (
  place: Place,
  collection: Collection,
  found: Document,
  options: CallOptions,
): Promise<void> => {
  const name = found.name ?? ''
  let document: Document | undefined = found
  while (document !== undefined) {
    const fill = fillOf(collection, document)
    if (fill.length === 0) return
    try {
      return await insist(() => commit(place, fill, options), options, classify)
    } catch (error) {
      if (!isRefusal(error)) throw error
      document = (await readDocuments(place, [name], options)).get(name)
    }
  }
}

const taken = ({ entity }: Collection, cause: unknown): HoldfastError =>
  new HoldfastError(
    'MISCONFIGURED',
    `The unique indexes of ${entity.name} cannot be filled: two records have the same values. Change one of them, then run store.ensureSchema() again.`,
    { entity: entity.name, cause },
  )

const readFrom = (
  { connection }: Place,
  { id }: Collection,
  after: string | undefined,
  options: CallOptions,
): Promise<readonly Reply[]> =>
  insist(
    () =>
      connection.stream<Reply>(
        'runQuery',
        ({ root }) => ({
          parent: root,
          structuredQuery: {
            from: [{ collectionId: id }],
            orderBy: [{ field: { fieldPath: '__name__' }, direction: 'ASCENDING' }],
            limit: { value: PAGE },
            ...(after === undefined
              ? {}
              : { startAt: { values: [{ referenceValue: after }], before: false } }),
          },
        }),
        options,
      ),
    options,
    classify,
  )

/**
 * Gives the records of an entity their places in the indexes `added` after they had been written, and
 * claims their unique values. May be repeated, and run beside other writers.
 *
 * @throws `MISCONFIGURED` when two records have the same values of a unique index.
 */
export const fillIndexes = async (
  place: Place,
  collection: Collection,
  added: readonly string[],
  options: CallOptions,
): Promise<void> => {
  const claims = collection.unique.some(({ model }) => added.includes(model.name))
  let after: string | undefined
  for (;;) {
    const replies = await readFrom(place, collection, after, options)
    const documents = replies.flatMap(({ document }) => document ?? [])
    const last = documents.at(-1)?.name
    if (last === undefined || last === null) return
    after = last
    const worker = async (): Promise<void> => {
      for (let next = documents.pop(); next !== undefined; next = documents.pop()) {
        const one = next
        await (claims
          ? insist(
              () => claimFor(place, collection, one.name ?? '', fillOf, options),
              options,
              classify,
            )
          : fillOne(place, collection, one, options))
      }
    }
    try {
      await Promise.all(Array.from({ length: CONCURRENCY }, worker))
    } catch (error) {
      throw isHoldfastError(error) && error.code === 'ALREADY_EXISTS'
        ? taken(collection, error)
        : error
    }
  }
}
