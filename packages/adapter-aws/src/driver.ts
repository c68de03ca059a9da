import type { Driver } from '@holdfast/core/driver'
import { CAPABILITIES } from './capabilities.ts'
import type { Dynamo } from './connection.ts'
import { classify } from './errors.ts'
import { pushes } from './filter.ts'
import { getRecords } from './get.ts'
import { readPage } from './query.ts'
import { makeSchema } from './schema.ts'
import { Tables } from './table.ts'
import { writeAtomic } from './transaction.ts'
import { writeEach, writeOne } from './write.ts'

/** A driver on a connection. */
export const makeDriver = (dynamo: Dynamo, tablePrefix: string): Driver => {
  const tables = new Tables(tablePrefix)
  const place = { dynamo, tables }
  return {
    name: 'dynamodb',
    capabilities: CAPABILITIES,
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
    query: async (request, options) => readPage(dynamo, tables.of(request.entity), request, options),
    classify,
    schema: makeSchema(dynamo, tables),
    native: () => dynamo.native(),
    close: () => dynamo.close(),
  }
}
