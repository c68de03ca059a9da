import { HoldfastError } from '@holdfast/core/driver'
import type { Description } from './describe.ts'
import { PARTITION, SORT } from './names.ts'
import { STREAM, type Wanted } from './wanted.ts'

/** A table that cannot hold an entity. */
export const misfit = (entity: string, table: string, how: string): HoldfastError =>
  new HoldfastError('MISCONFIGURED', `Table ${table} does not fit ${entity}: ${how}`, { entity })

const schemaText = (schema: Description['KeySchema']): string =>
  (schema ?? []).map(({ AttributeName, KeyType }) => `${AttributeName} ${KeyType}`).join(', ')

/** @throws `MISCONFIGURED` when the key of a table or of an index is not what is wanted. */
export const checkKeys = (
  { name, entity, indexes }: Wanted,
  { KeySchema, AttributeDefinitions, GlobalSecondaryIndexes }: Description,
): void => {
  const types = new Map(
    AttributeDefinitions?.map(({ AttributeName, AttributeType }) => [AttributeName, AttributeType]),
  )
  const check = (
    who: string,
    what: string,
    schema: Description['KeySchema'],
    names: readonly string[],
  ): void => {
    const wanted = `${names[0]} HASH, ${names[1]} RANGE`
    if (schemaText(schema) !== wanted)
      throw misfit(who, name, `${what} has the key ${schemaText(schema)} and needs ${wanted}.`)
    for (const one of names)
      if (types.get(one) !== 'S')
        throw misfit(who, name, `attribute ${one} is of type ${types.get(one)} and needs S.`)
  }
  check(entity, 'it', KeySchema, [PARTITION, SORT])
  for (const existing of GlobalSecondaryIndexes ?? []) {
    const index = indexes.get(existing.IndexName ?? '')
    if (index === undefined) continue
    check(index.entity, `index ${index.name}`, existing.KeySchema, [index.partition, index.sort])
    const projection = existing.Projection?.ProjectionType
    if (projection !== 'ALL')
      throw misfit(index.entity, name, `index ${index.name} projects ${projection} and needs ALL.`)
  }
}

/**
 * Whether a wanted stream is missing.
 * @throws `MISCONFIGURED` when it is another kind of stream.
 */
export const lacksStream = (
  { name, entity, hasStream }: Wanted,
  { StreamSpecification }: Description,
): boolean => {
  if (!hasStream) return false
  if (StreamSpecification?.StreamEnabled !== true) return true
  const view = StreamSpecification.StreamViewType
  if (view !== STREAM.StreamViewType)
    throw misfit(entity, name, `its stream has ${view} and needs ${STREAM.StreamViewType}.`)
  return false
}
