import {
  type CallOptions,
  refuses,
  valueAfter,
  type Write,
  type WriteResult,
} from '@holdfast/core/driver'
import type { Collection } from './collection.ts'
import { applied, commit, held, isCreation, unread } from './commit.ts'
import { isRefusal } from './errors.ts'
import { readDocuments } from './get.ts'
import { pauseBriefly } from './pause-briefly.ts'
import { idOf } from './key-values.ts'
import { mutationsOf, nameOf, pinned } from './mutation.ts'
import type { Place } from './place.ts'
import { writeAtomic } from './transaction.ts'
import { hasClaims } from './unique.ts'

/** How often a write begins anew when others are faster. */
const MAX_ROUNDS = 10

/** Reads the record, judges it, and writes on condition that it is still as read; again when it is not. */
const writeRead = async (
  place: Place,
  collection: Collection,
  write: Write,
  options: CallOptions,
): Promise<WriteResult> => {
  const { root } = await place.connection.open()
  const name = nameOf(root, collection.id, idOf(write.key))
  for (let round = 1; ; round += 1) {
    const documents = await readDocuments(place, [name], options)
    const document = documents.get(name)
    const before = held(collection, document)
    if (refuses(before, write)) return { applied: false, current: before ?? null }
    const next = valueAfter(write, before?.value)
    try {
      await commit(place, mutationsOf({ collection, root, write, next }, pinned(document)), options)
      return applied(collection, write, before)
    } catch (error) {
      if (!isRefusal(error) || round === MAX_ROUNDS) throw error
    }
    await pauseBriefly(round, options)
  }
}

/** One write by itself. */
export const writeOne = async (
  place: Place,
  write: Write,
  options: CallOptions,
): Promise<WriteResult> => {
  const collection = place.collections.of(write.entity)
  const { root } = await place.connection.open()
  // Who deletes is told what was there.
  const mutations = write.kind === 'delete' ? undefined : unread(place, collection, root, write)
  if (mutations !== undefined)
    try {
      await commit(place, mutations, options)
      return { applied: true }
    } catch (error) {
      if (!isRefusal(error)) throw error
      // Core reads the record that refused, if it needs to know it.
      if (isCreation(write) && collection.unique.length === 0) return { applied: false }
    }
  if (!hasClaims(collection, write)) return writeRead(place, collection, write, options)
  const [result] = await writeAtomic(place, [write], options)
  return result ?? { applied: false }
}
