import { HoldfastError } from './error.ts'
import type { EntityModel } from './shape.ts'

/** What the records of an entity were made by: their keys, and their places in indexes. */
interface Definition {
  readonly key: unknown
  /** Those in which all records have their places. */
  readonly indexes: Readonly<Record<string, unknown>>
}

const definitionOf = ({ key, indexes }: EntityModel): Definition => ({
  key: [key.partition, key.sort],
  indexes: Object.fromEntries(
    Object.values(indexes).map(({ name, partition, sort, unique }) => [
      name,
      [partition, sort, unique ? 'unique' : 'not unique'],
    ]),
  ),
})

/**
 * What the records of an entity are made by, as a text to be kept beside them by a store that does not know its
 * indexes itself.
 */
export const definitionText = (entity: EntityModel): string => JSON.stringify(definitionOf(entity))

/** How the records that are stored differ from what is declared. */
export interface Difference {
  /** Indexes in which records written before have no place. */
  readonly added: readonly string[]
  /** Whether the text stored is to be replaced. */
  readonly isStale: boolean
}

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

/**
 * Compares what is declared with what the records were made by.
 *
 * @param text what `definitionText` gave; none where nothing has been kept yet
 * @param place what holds the records, as the error calls it, such as `Table orders`
 * @throws `MISCONFIGURED` when the key or an index is declared differently: its records would not be found.
 */
export const compareDefinition = (
  entity: EntityModel,
  text: string | undefined,
  place: string,
): Difference => {
  const declared = definitionOf(entity)
  const stored =
    text === undefined ? { key: declared.key, indexes: {} } : (JSON.parse(text) as Definition)
  const check = (what: string, was: unknown, is: unknown): void => {
    if (isSame(was, is)) return
    const how = `${what} was made of ${JSON.stringify(was)} and is now declared as ${JSON.stringify(is)}`
    throw new HoldfastError(
      'MISCONFIGURED',
      `${place} does not fit ${entity.name}: ${how}; declare it under another name.`,
      { entity: entity.name },
    )
  }
  check('its key', stored.key, declared.key)
  const added: string[] = []
  for (const [name, index] of Object.entries(declared.indexes)) {
    const before = stored.indexes[name]
    if (before === undefined) added.push(name)
    else check(`index ${name}`, before, index)
  }
  return { added, isStale: text === undefined || !isSame(stored, declared) }
}
