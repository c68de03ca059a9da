import { type CallOptions, type EntityModel, HoldfastError } from '@holdfast/core/driver'
import type { Collection } from './collection.ts'
import { commit } from './commit.ts'
import { readDocuments } from './get.ts'
import { nameOf } from './mutation.ts'
import { DEFINITION, noteCollection } from './names.ts'
import type { Place } from './place.ts'

/** What the records of an entity were made by: their keys, and their places in indexes. */
interface Definition {
  readonly key: unknown
  /** Those in which all records have their places. */
  readonly indexes: Readonly<Record<string, unknown>>
}

const definitionOf = ({ key, indexes }: EntityModel): Definition => ({
  key: [key.partition, key.sort],
  indexes: Object.fromEntries(
    Object.values(indexes).map(({ name, partition, sort, unique }) => [
      name,
      [partition, sort, unique ? 'unique' : 'not unique'],
    ]),
  ),
})

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

const noteName = (place: Place, { entity }: Collection, root: string): string =>
  nameOf(root, noteCollection(place.collections.prefix), entity.name)

const readDefinition = async (
  place: Place,
  collection: Collection,
  options: CallOptions,
): Promise<Definition | undefined> => {
  const { root } = await place.connection.open()
  const name = noteName(place, collection, root)
  const documents = await readDocuments(place, [name], options)
  const text = documents.get(name)?.fields?.[DEFINITION]?.stringValue
  return text === undefined ? undefined : (JSON.parse(text) as Definition)
}

const misfit = ({ entity, id }: Collection, how: string): HoldfastError =>
  new HoldfastError('MISCONFIGURED', `Collection ${id} does not fit ${entity.name}: ${how}`, {
    entity: entity.name,
  })

const remade = (collection: Collection, what: string, was: unknown, is: unknown): HoldfastError =>
  misfit(
    collection,
    `${what} was made of ${JSON.stringify(was)} and is now declared as ${JSON.stringify(is)}; declare it under another name.`,
  )

/** How the records that are stored differ from what is declared. */
export interface Difference {
  /** Indexes in which records written before have no place. */
  readonly added: readonly string[]
  /** Whether the definition stored is to be replaced. */
  readonly isStale: boolean
}

/**
 * Compares what is declared with what the records were made by.
 * @throws `MISCONFIGURED` when the key or an index is declared differently: its records would not be found.
 */
export const compareDefinition = async (
  place: Place,
  collection: Collection,
  options: CallOptions,
): Promise<Difference> => {
  const declared = definitionOf(collection.entity)
  const found = await readDefinition(place, collection, options)
  const stored = found ?? { key: declared.key, indexes: {} }
  if (!isSame(stored.key, declared.key))
    throw remade(collection, 'its key', stored.key, declared.key)
  const added: string[] = []
  for (const [name, index] of Object.entries(declared.indexes)) {
    const before = stored.indexes[name]
    if (before === undefined) added.push(name)
    else if (!isSame(before, index)) throw remade(collection, `index ${name}`, before, index)
  }
  return { added, isStale: found === undefined || !isSame(stored, declared) }
}

/** Notes that all records are as declared. */
export const storeDefinition = async (
  place: Place,
  collection: Collection,
  options: CallOptions,
): Promise<void> => {
  const { root } = await place.connection.open()
  const stringValue = JSON.stringify(definitionOf(collection.entity))
  const name = noteName(place, collection, root)
  await commit(place, [{ update: { name, fields: { [DEFINITION]: { stringValue } } } }], options)
}

/** Indexes that are known to hold all records, by the driver that found out. */
const CHECKED = new WeakMap<Place, Set<string>>()

/**
 * Firestore answers a query along any field, and leaves out the records that lack it. So an index is used
 * only once it is noted that all records have their place in it; looked up until it is, then remembered.
 * @throws `MISCONFIGURED` when it is not, or when it was made of other fields.
 */
export const checkIndexed = async (
  place: Place,
  collection: Collection,
  index: string,
  options: CallOptions,
): Promise<void> => {
  let checked = CHECKED.get(place)
  if (checked === undefined) CHECKED.set(place, (checked = new Set()))
  const text = `${collection.id} ${index}`
  if (checked.has(text)) return
  const stored = (await readDefinition(place, collection, options))?.indexes[index]
  const declared = definitionOf(collection.entity).indexes[index]
  if (stored === undefined)
    throw misfit(
      collection,
      `nobody made sure that all records have their place in index ${index}; run store.ensureSchema().`,
    )
  if (!isSame(stored, declared)) throw remade(collection, `index ${index}`, stored, declared)
  checked.add(text)
}
