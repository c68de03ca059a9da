import type { CallOptions, EntityModel, SchemaDriver, SchemaStep } from '@holdfast/core/driver'
import { insist, withSignal } from '@holdfast/core/driver'
import type { Collection } from './collection.ts'
import { readDifference, storeDefinition } from './definition.ts'
import { classify } from './errors.ts'
import { fillIndexes } from './fill.ts'
import { compareFile, overridesOf, writeWhole } from './index-file.ts'
import type { Place } from './place.ts'

/** A step with how it is done. */
interface Task extends SchemaStep {
  readonly run: () => Promise<void>
}

/** Entities compared at a time. */
const CONCURRENCY = 16

const taskOf = async (
  place: Place,
  collection: Collection,
  options: CallOptions,
): Promise<readonly Task[]> => {
  const { added, isStale } = await readDifference(place, collection, options)
  if (!isStale) return []
  const entity = collection.entity.name
  return [
    {
      entity,
      description:
        added.length === 0
          ? `note how ${entity} is declared`
          : `give the records in collection ${collection.id} their places in ${added.join(', ')}`,
      run: async () => {
        if (added.length > 0) await fillIndexes(place, collection, added, options)
        await insist(() => storeDefinition(place, collection, options), options, classify)
      },
    },
  ]
}

const fileTasks = async (
  file: string,
  prefix: string,
  collections: readonly Collection[],
): Promise<readonly Task[]> => {
  const wanted = overridesOf(collections, prefix)
  const { lacking, text } = await compareFile(file, wanted)
  const groups = new Set(lacking.map(({ collectionGroup }) => collectionGroup))
  if (groups.size === 0) return []
  return [
    {
      entity: collections[0]?.entity.name ?? '',
      description: `write the fields of ${[...groups].join(', ')} to ${file}; deploy it with firebase deploy --only firestore:indexes`,
      run: () => writeWhole(file, text),
    },
  ]
}

const tasksOf = async (
  place: Place,
  file: string | undefined,
  entities: readonly EntityModel[],
  options: CallOptions,
): Promise<readonly Task[]> => {
  const collections = entities.map((entity) => place.collections.of(entity))
  const tasks: Task[] = []
  if (file !== undefined)
    tasks.push(...(await fileTasks(file, place.collections.prefix, collections)))
  for (let at = 0; at < collections.length; at += CONCURRENCY) {
    const some = collections.slice(at, at + CONCURRENCY)
    tasks.push(...(await Promise.all(some.map((one) => taskOf(place, one, options)))).flat())
  }
  return tasks
}

/**
 * Collections need no making. What is made are records' places in indexes declared later, the notes by
 * which indexes are known to be complete, and the file of the index configuration, if one is asked for.
 */
export const makeSchema = (place: Place, file: string | undefined): SchemaDriver => {
  const told = ({ entity, description }: Task): SchemaStep => ({ entity, description })
  const tasks = (
    entities: readonly EntityModel[],
    options: CallOptions,
  ): Promise<readonly Task[]> =>
    withSignal(options.signal, 'not_applied', () => tasksOf(place, file, entities, options))
  return {
    plan: async (entities, options = {}) => (await tasks(entities, options)).map(told),
    apply: async (entities, options = {}) => {
      // Everything is checked before anything is changed.
      const all = await tasks(entities, options)
      for (const task of all) await task.run()
      return all.map(told)
    },
  }
}
