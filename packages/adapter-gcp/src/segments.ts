import { type CallOptions, HoldfastError } from '@holdfast/core/driver'
import type { Collection } from './collection.ts'
import { commit } from './commit.ts'
import { isRefusal } from './errors.ts'
import { readDocuments } from './get.ts'
import { nameOf } from './mutation.ts'
import { noteCollection, SPLITS } from './names.ts'
import type { Place } from './place.ts'
import type { Value } from './value.ts'

/** The splits of one count are one document. */
const MAX_SEGMENTS = 1000

interface Reply {
  readonly values?: readonly Value[]
}

/** Names of so many parts of a collection: number and count. */
export const segmentsOf = (count: number): readonly string[] => {
  if (!Number.isSafeInteger(count) || count < 1 || count > MAX_SEGMENTS)
    throw new HoldfastError('INVALID', `Firestore reads in 1 to ${MAX_SEGMENTS} segments.`)
  return Array.from({ length: count }, (_, at) => `${at}/${count}`)
}

/** A segment's number and count. @throws `INVALID` for what is no name of one. */
export const parseSegment = (segment: string): { readonly at: number; readonly count: number } => {
  const [, first, second] = /^(\d{1,4})\/(\d{1,4})$/.exec(segment) ?? []
  const [at, count] = [Number(first), Number(second)]
  if (at < count && count <= MAX_SEGMENTS && `${at}/${count}` === segment) return { at, count }
  throw new HoldfastError('INVALID', 'This is no segment of a collection of Firestore.')
}

const idOfReference = (value: Value | undefined): readonly string[] => {
  const id = value?.referenceValue?.split('/').at(-1)
  return id === undefined ? [] : [id]
}

/** Asks Firestore where to split, in as many parts as it finds worth while. */
const drawSplits = async (
  { connection }: Place,
  { id }: Collection,
  count: number,
  options: CallOptions,
): Promise<readonly string[]> => {
  const { root } = await connection.open()
  const replies = await connection.call<readonly Reply[]>(
    'partitionQuery',
    () => ({
      parent: root,
      structuredQuery: {
        from: [{ collectionId: id, allDescendants: true }],
        orderBy: [{ field: { fieldPath: '__name__' }, direction: 'ASCENDING' }],
      },
      partitionCount: count - 1,
    }),
    options,
  )
  const prefix = `${root}/${id}/`
  const points = replies
    .filter(({ values }) => values?.[0]?.referenceValue?.startsWith(prefix) === true)
    .flatMap(({ values }) => idOfReference(values?.[0]))
  // Ids are ASCII.
  return [...new Set(points)].sort().slice(0, count - 1)
}

/**
 * The ids at which segments begin. Drawn by whoever asks first, and noted: a record must never change its
 * segment.
 */
const splitsOf = async (
  place: Place,
  collection: Collection,
  count: number,
  options: CallOptions,
): Promise<readonly string[]> => {
  if (count === 1) return []
  const { root } = await place.connection.open()
  const note = `${collection.entity.name}.segments.${count}`
  const name = nameOf(root, noteCollection(place.collections.prefix), note)
  const read = async (): Promise<readonly string[] | undefined> => {
    const documents = await readDocuments(place, [name], options)
    const values = documents.get(name)?.fields?.[SPLITS]?.arrayValue
    return values?.values?.map(({ stringValue = '' }) => stringValue)
  }
  const noted = await read()
  if (noted !== undefined) return noted
  const splits = await drawSplits(place, collection, count, options)
  const values = splits.map((stringValue) => ({ stringValue }))
  const update = { name, fields: { [SPLITS]: { arrayValue: { values } } } }
  try {
    await commit(place, [{ update, currentDocument: { exists: false } }], options)
    return splits
  } catch (error) {
    if (!isRefusal(error)) throw error
    return (await read()) ?? splits
  }
}

/** The ids of a segment: from `low`, up to and without `high`. */
export const segmentBounds = async (
  place: Place,
  collection: Collection,
  segment: string,
  options: CallOptions,
): Promise<{ readonly low: string | undefined; readonly high: string | undefined }> => {
  const { at, count } = parseSegment(segment)
  const splits = await splitsOf(place, collection, count, options)
  // Segments that Firestore found not worth while are empty: from a text beyond all ids.
  if (at > splits.length) return { low: '~', high: '~' }
  return { low: at === 0 ? undefined : splits[at - 1], high: splits[at] }
}
