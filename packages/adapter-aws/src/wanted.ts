import { PARTITION, SORT } from './names.ts'
import type { Table, TableIndex } from './table.ts'

/** What all entities of a group want of their table. */
export interface Wanted {
  readonly name: string
  readonly entity: string
  readonly members: readonly Table[]
  readonly indexes: ReadonlyMap<string, TableIndex & { readonly entity: string }>
  readonly expires: string | undefined
  readonly hasStream: boolean
}

/** Which groups have their changes read: all, none, or those named. */
export type Streamed = boolean | readonly string[]

/** What the entities want of the tables of their groups. */
export const wantedOf = (tables: readonly Table[], streamed: Streamed): readonly Wanted[] => {
  const groups = Map.groupBy(tables, ({ name }) => name)
  return [...groups].map(([name, members]) => ({
    name,
    entity: members[0]?.entity.name ?? '',
    members,
    // Entities share an index of the same name: its attributes begin with what tells them apart.
    indexes: new Map(
      members.flatMap(({ indexes, entity }) =>
        indexes.map((index) => [index.name, { ...index, entity: entity.name }] as const),
      ),
    ),
    expires: members.find(({ entity }) => entity.expiresAt !== undefined)?.entity.name,
    hasStream:
      typeof streamed === 'boolean'
        ? streamed
        : members.some(({ entity }) => streamed.includes(entity.group)),
  }))
}

const keySchema = (partition: string, sort: string): object[] => [
  { AttributeName: partition, KeyType: 'HASH' },
  { AttributeName: sort, KeyType: 'RANGE' },
]

/** Definitions of attributes that hold text. */
export const texts = (names: readonly string[]): object[] =>
  names.map((AttributeName) => ({ AttributeName, AttributeType: 'S' }))

/** How an index is asked for. */
export const indexInput = ({ name, partition, sort }: TableIndex): object => ({
  IndexName: name,
  KeySchema: keySchema(partition, sort),
  Projection: { ProjectionType: 'ALL' },
})

/** How a stream is asked for. */
export const STREAM = { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' } as const

/** How a table is asked for. */
export const createInput = ({ name, indexes, hasStream }: Wanted): object => {
  const all = [...indexes.values()]
  return {
    TableName: name,
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: keySchema(PARTITION, SORT),
    AttributeDefinitions: texts([
      PARTITION,
      SORT,
      ...all.flatMap(({ partition, sort }) => [partition, sort]),
    ]),
    ...(all.length === 0 ? {} : { GlobalSecondaryIndexes: all.map(indexInput) }),
    ...(hasStream ? { StreamSpecification: STREAM } : {}),
  }
}
