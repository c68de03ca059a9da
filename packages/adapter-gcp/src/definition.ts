import {
  type CallOptions,
  compareDefinition,
  definitionText,
  type Difference,
  HoldfastError,
} from '@holdfast/core/driver'
import type { Collection } from './collection.ts'
import { commit } from './commit.ts'
import { readDocuments } from './get.ts'
import { nameOf } from './mutation.ts'
import { DEFINITION, noteCollection } from './names.ts'
import type { Place } from './place.ts'

const noteName = (place: Place, { entity }: Collection, root: string): string =>
  nameOf(root, noteCollection(place.collections.prefix), entity.name)

/**
 * Compares what is declared with what the records were made by.
 * @throws `MISCONFIGURED` when the key or an index is declared differently: its records would not be found.
 */
export const readDifference = async (
  place: Place,
  collection: Collection,
  options: CallOptions,
): Promise<Difference> => {
  const { root } = await place.connection.open()
  const name = noteName(place, collection, root)
  const documents = await readDocuments(place, [name], options)
  const text = documents.get(name)?.fields?.[DEFINITION]?.stringValue
  return compareDefinition(collection.entity, text, `Collection ${collection.id}`)
}

/** Notes that all records are as declared. */
export const storeDefinition = async (
  place: Place,
  collection: Collection,
  options: CallOptions,
): Promise<void> => {
  const { root } = await place.connection.open()
  const stringValue = definitionText(collection.entity)
  const name = noteName(place, collection, root)
  await commit(place, [{ update: { name, fields: { [DEFINITION]: { stringValue } } } }], options)
}

/** Indexes that are known to hold all records, by the driver that found out. */
const CHECKED = new WeakMap<Place, Set<string>>()

/**
 * Firestore answers a query along any field, and leaves out the records that lack it. So an index is used
 * only once it is noted that all records have their place in it; looked up until it is, then remembered.
 * @throws `MISCONFIGURED` when it is not, or when the key or an index was made of other fields.
 */
export const checkIndexed = async (
  place: Place,
  collection: Collection,
  index: string,
  options: CallOptions,
): Promise<void> => {
  let checked = CHECKED.get(place)
  if (checked === undefined) CHECKED.set(place, (checked = new Set()))
  const { entity, id } = collection
  const text = `${id} ${index}`
  if (checked.has(text)) return
  const { added } = await readDifference(place, collection, options)
  if (added.includes(index))
    throw new HoldfastError(
      'MISCONFIGURED',
      `Collection ${id} does not fit ${entity.name}: nobody made sure that all records have their place in index ${index}; run store.ensureSchema().`,
      { entity: entity.name },
    )
  checked.add(text)
}
