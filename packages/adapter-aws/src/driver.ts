import type { ChangeDriver, SegmentDriver } from '@holdfast/core/driver'
import { CAPABILITIES } from './capabilities.ts'
import { type FeedParts, readChanges } from './changes.ts'
import { classify } from './errors.ts'
import { pushes } from './filter.ts'
import { getRecords } from './get.ts'
import { readPage } from './query.ts'
import { makeSchema } from './schema.ts'
import { segmentsOf } from './segments.ts'
import { Tables } from './table.ts'
import type { Streamed } from './wanted.ts'
import { writeAtomic } from './transaction.ts'
import { writeEach, writeOne } from './write.ts'

/** What a driver is made of. */
export interface Parts extends FeedParts {
  readonly tablePrefix: string
  readonly streamed: Streamed
}

/** A driver on two connections: one to tables, one to their streams. */
export const makeDriver = (parts: Parts): ChangeDriver & SegmentDriver => {
  const { dynamo, streams, streamed } = parts
  const tables = new Tables(parts.tablePrefix)
  const place = { dynamo, tables }
  return {
    name: 'dynamodb',
    capabilities: streamed === false ? { ...CAPABILITIES, changes: 'none' } : CAPABILITIES,
    pushes,
    get: async (entity, keys, options) => getRecords(dynamo, tables.of(entity), keys, options),
    write: async (writes, options) => {
      const [first] = writes
      if (first !== undefined && writes.length === 1 && first.kind !== 'check')
        return [await writeOne(place, first, options)]
      return options.atomic
        ? writeAtomic(place, writes, options)
        : writeEach(place, writes, options)
    },
    query: async (request, options) =>
      readPage(dynamo, tables.of(request.entity), request, options),
    classify,
    schema: makeSchema(place, streamed),
    native: () => dynamo.native(),
    close: async () => {
      await Promise.all([dynamo.close(), streams.close()])
    },
    segments: (_, count) => segmentsOf(count),
    changes: (entity, from, options) => readChanges(parts, tables.of(entity), from, options),
  }
}
