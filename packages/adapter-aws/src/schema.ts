import type { CallOptions, EntityModel, SchemaDriver, SchemaStep } from '@holdfast/core/driver'
import type { Dynamo } from './connection.ts'
import { readDifference, storeDefinition } from './definition.ts'
import { EXPIRY } from './names.ts'
import { describe, describeExpiry, settled } from './describe.ts'
import { fillIndexes } from './fill.ts'
import { checkKeys, lacksStream, misfit } from './fit.ts'
import type { TableIndex } from './table.ts'
import {
  createInput,
  indexInput,
  STREAM,
  type Streamed,
  texts,
  type Wanted,
  wantedOf,
} from './wanted.ts'
import type { Place } from './write.ts'

/** A step with how it is done. */
interface Task extends SchemaStep {
  readonly run: () => Promise<void>
}

const isOneOf = (error: unknown, ...names: readonly string[]): boolean =>
  names.includes((error as { readonly name?: string } | null)?.name ?? '')

/** What DynamoDB says of a change that is being made, or has just been made, by somebody else. */
const RACES = ['ResourceInUseException', 'ValidationException', 'LimitExceededException']
const MAX_REFUSALS = 50

/** The steps for the table of one group. */
class Planner {
  readonly #place: Place
  readonly #dynamo: Dynamo
  readonly #options: CallOptions
  readonly #wanted: Wanted

  constructor(place: Place, options: CallOptions, wanted: Wanted) {
    this.#place = place
    this.#dynamo = place.dynamo
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
      ...(await this.#fillTasks()),
    ]
  }

  /** Last, so that the indexes are there: what is written meanwhile has its entries already. */
  async #fillTasks(): Promise<readonly Task[]> {
    const { name, members } = this.#wanted
    const tasks: Task[] = []
    for (const table of members) {
      const { added, isStale } = await readDifference(this.#dynamo, table, this.#options)
      if (!isStale) continue
      const entity = table.entity.name
      tasks.push({
        entity,
        description:
          added.length === 0
            ? `note in table ${name} how ${entity} is declared`
            : `give the records of ${entity} in table ${name} their entries in ${added.join(', ')}`,
        run: async () => {
          if (added.length > 0) await fillIndexes(this.#place, table, added, this.#options)
          await storeDefinition(this.#dynamo, table, this.#options)
        },
      })
    }
    return tasks
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
export const makeSchema = (place: Place, streamed: Streamed): SchemaDriver => {
  const plannersOf = (entities: readonly EntityModel[], options: CallOptions) =>
    wantedOf(
      entities.map((entity) => place.tables.of(entity)),
      streamed,
    ).map((wanted) => new Planner(place, options, wanted))
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
