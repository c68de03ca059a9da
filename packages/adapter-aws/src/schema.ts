import {
  type CallOptions,
  type EntityModel,
  HoldfastError,
  type SchemaDriver,
  type SchemaStep,
} from '@holdfast/core/driver'
import type { Dynamo } from './connection.ts'
import { EXPIRY, PARTITION, SORT } from './names.ts'
import { type Description, describe, describeExpiry, settled } from './describe.ts'
import type { Table, TableIndex, Tables } from './table.ts'

/** A step with how it is done. */
interface Task extends SchemaStep {
  readonly run: () => Promise<void>
}

/** What all entities of a group want of their table. */
interface Wanted {
  readonly name: string
  readonly entity: string
  readonly indexes: ReadonlyMap<string, TableIndex & { readonly entity: string }>
  readonly expires: string | undefined
  readonly hasStream: boolean
}

/** Which groups have their changes read: all, none, or those named. */
export type Streamed = boolean | readonly string[]

const wantedOf = (tables: readonly Table[], streamed: Streamed): readonly Wanted[] => {
  const groups = Map.groupBy(tables, ({ name }) => name)
  return [...groups].map(([name, members]) => ({
    name,
    entity: members[0]?.entity.name ?? '',
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

const texts = (names: readonly string[]): object[] =>
  names.map((AttributeName) => ({ AttributeName, AttributeType: 'S' }))

const indexInput = ({ name, partition, sort }: TableIndex): object => ({
  IndexName: name,
  KeySchema: keySchema(partition, sort),
  Projection: { ProjectionType: 'ALL' },
})

const STREAM = { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' } as const

const createInput = ({ name, indexes, hasStream }: Wanted): object => {
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

const isOneOf = (error: unknown, ...names: readonly string[]): boolean =>
  names.includes((error as { readonly name?: string } | null)?.name ?? '')

const misfit = (entity: string, table: string, how: string): HoldfastError =>
  new HoldfastError('MISCONFIGURED', `Table ${table} does not fit ${entity}: ${how}`, { entity })

const schemaText = (schema: Description['KeySchema']): string =>
  (schema ?? []).map(({ AttributeName, KeyType }) => `${AttributeName} ${KeyType}`).join(', ')

const checkKeys = (
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

const lacksStream = (
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

/** What DynamoDB says of a change that is being made, or has just been made, by somebody else. */
const RACES = ['ResourceInUseException', 'ValidationException', 'LimitExceededException']
const MAX_REFUSALS = 50

/** The steps for the table of one group. */
class Planner {
  readonly #dynamo: Dynamo
  readonly #options: CallOptions
  readonly #wanted: Wanted

  constructor(dynamo: Dynamo, options: CallOptions, wanted: Wanted) {
    this.#dynamo = dynamo
    this.#options = options
    this.#wanted = wanted
  }

  async tasks(): Promise<readonly Task[]> {
    const { name, entity, indexes } = this.#wanted
    const description = await describe(this.#dynamo, name, this.#options)
    if (description === undefined) {
      const all = [...indexes.keys()]
      const having = all.length === 0 ? '' : ` with indexes ${all.join(', ')}`
      return [
        {
          entity,
          description: `create table ${name}${having}`,
          run: () => this.#make(),
        },
        ...this.#expiryTask(),
      ]
    }
    checkKeys(this.#wanted, description)
    const lacks = lacksStream(this.#wanted, description)
    const known = new Set(
      description.GlobalSecondaryIndexes?.map(({ IndexName }) => IndexName ?? ''),
    )
    return [
      ...[...indexes.values()]
        .filter((index) => !known.has(index.name))
        .map((index) => ({
          entity: index.entity,
          description: `add index ${index.name} to table ${name}`,
          run: () => this.#addIndex(index),
        })),
      ...(lacks
        ? [
            {
              entity,
              description: `enable the stream of table ${name}`,
              run: () => this.#update({ StreamSpecification: STREAM }),
            },
          ]
        : []),
      ...(await this.#missingExpiry()),
    ]
  }

  #expiryTask(): readonly Task[] {
    const { name, expires } = this.#wanted
    if (expires === undefined) return []
    return [
      {
        entity: expires,
        description: `remove expired items of table ${name} by attribute ${EXPIRY}`,
        run: () => this.#enableExpiry(),
      },
    ]
  }

  async #missingExpiry(): Promise<readonly Task[]> {
    const { name, expires } = this.#wanted
    if (expires === undefined) return []
    const { status, attribute } = await describeExpiry(this.#dynamo, name, this.#options)
    if (status !== 'ENABLED' && status !== 'ENABLING') return this.#expiryTask()
    if (attribute !== EXPIRY)
      throw misfit(expires, name, `items expire by attribute ${attribute} and need ${EXPIRY}.`)
    return []
  }

  async #make(): Promise<void> {
    const { name } = this.#wanted
    await this.#dynamo.call('CreateTable', createInput(this.#wanted), this.#options, 'unknown')
    checkKeys(this.#wanted, await settled(this.#dynamo, name, this.#options))
  }

  async #addIndex(index: TableIndex): Promise<void> {
    await this.#update({
      AttributeDefinitions: texts([index.partition, index.sort]),
      GlobalSecondaryIndexUpdates: [{ Create: indexInput(index) }],
    })
  }

  /**
   * Does what is left to do, one step after the other. Another process may be doing the same: after a
   * refusal it is looked again what is left.
   */
  async run(): Promise<void> {
    let refusals = 0
    for (let tasks = await this.tasks(); tasks.length > 0; tasks = await this.tasks()) {
      const [task] = tasks
      try {
        await task?.run()
      } catch (error) {
        refusals += 1
        if (!isOneOf(error, ...RACES) || refusals > MAX_REFUSALS) throw error
        await settled(this.#dynamo, this.#wanted.name, this.#options)
        const [next] = await this.tasks()
        if (isOneOf(error, 'ValidationException') && next?.description === task?.description)
          throw error
      }
    }
  }

  /** Changes the table once nothing else does, and waits until that is done. */
  async #update(change: object): Promise<void> {
    const { name } = this.#wanted
    await settled(this.#dynamo, name, this.#options)
    await this.#dynamo.call('UpdateTable', { TableName: name, ...change }, this.#options, 'unknown')
    await settled(this.#dynamo, name, this.#options)
  }

  async #enableExpiry(): Promise<void> {
    const { name } = this.#wanted
    await settled(this.#dynamo, name, this.#options)
    await this.#dynamo.call(
      'UpdateTimeToLive',
      {
        TableName: name,
        TimeToLiveSpecification: { AttributeName: EXPIRY, Enabled: true },
      },
      this.#options,
      'unknown',
    )
  }
}

/** Makes the tables of groups and extends them; never drops or rewrites. */
export const makeSchema = (dynamo: Dynamo, tables: Tables, streamed: Streamed): SchemaDriver => {
  const plannersOf = (entities: readonly EntityModel[], options: CallOptions) =>
    wantedOf(
      entities.map((entity) => tables.of(entity)),
      streamed,
    ).map((wanted) => new Planner(dynamo, options, wanted))
  const told = ({ entity, description }: Task): SchemaStep => ({ entity, description })
  return {
    plan: async (entities, options = {}) => {
      const steps: SchemaStep[] = []
      for (const planner of plannersOf(entities, options))
        steps.push(...(await planner.tasks()).map(told))
      return steps
    },
    apply: async (entities, options = {}) => {
      const planners = plannersOf(entities, options)
      const tasks: Task[] = []
      // Everything is checked before anything is changed.
      for (const planner of planners) tasks.push(...(await planner.tasks()))
      for (const planner of planners) await planner.run()
      return tasks.map(told)
    },
  }
}
