import type { ChangeDriver, SegmentDriver } from '@holdfast/core/driver'
import { writeEach } from './batch.ts'
import { CAPABILITIES } from './capabilities.ts'
import { readChanges } from './changes.ts'
import { Collections, type Followed } from './collection.ts'
import type { Connection } from './connection.ts'
import { classify } from './errors.ts'
import { getRecords } from './get.ts'
import type { Place } from './place.ts'
import { readPage } from './query.ts'
import { makeSchema } from './schema.ts'
import { Seen } from './seen.ts'
import { segmentsOf } from './segments.ts'
import { writeAtomic } from './transaction.ts'
import { writeOne } from './write.ts'

/** What a driver is made of. */
export interface Parts {
  readonly connection: Connection
  readonly collectionPrefix: string
  readonly followed: Followed
  readonly indexFile: string | undefined
}

/** A driver on one connection. */
export const makeDriver = (parts: Parts): ChangeDriver & SegmentDriver => {
  const { connection, followed, indexFile } = parts
  const collections = new Collections(parts.collectionPrefix, followed)
  const place: Place = { connection, collections, seen: new Seen() }
  return {
    name: 'firestore',
    capabilities: followed === false ? { ...CAPABILITIES, changes: 'none' } : CAPABILITIES,
    // A filter beside a range needs a composite index for each pair of fields; a write has no filter.
    pushes: () => false,
    get: async (entity, keys, options) => getRecords(place, collections.of(entity), keys, options),
    write: async (writes, options) => {
      const [first] = writes
      if (first !== undefined && writes.length === 1 && first.kind !== 'check')
        return [await writeOne(place, first, options)]
      return options.atomic
        ? writeAtomic(place, writes, options)
        : writeEach(place, writes, options)
    },
    query: async (request, options) =>
      readPage(place, collections.of(request.entity), request, options),
    classify,
    schema: makeSchema(place, indexFile),
    native: () => connection.native(),
    close: () => connection.close(),
    segments: (_, count) => segmentsOf(count),
    changes: (entity, from, options) => readChanges(place, collections.of(entity), from, options),
  }
}
