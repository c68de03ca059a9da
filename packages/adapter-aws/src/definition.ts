import type { CallOptions, EntityModel, HoldfastError } from '@holdfast/core/driver'
import type { Dynamo } from './connection.ts'
import { misfit } from './fit.ts'
import { getItem } from './get.ts'
import { partitionText, sortText } from './key-values.ts'
import { DEFINITION, PARTITION, SORT } from './names.ts'
import type { Table } from './table.ts'
import type { Item } from './value.ts'

/** What the items of an entity were made by: their keys, and their places in indexes. */
interface Definition {
  readonly key: unknown
  /** Those whose entries all items have. */
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

/** Beside the records, under a name that no entity has. */
const keyOf = ({ entity }: Table): Item => ({
  [PARTITION]: { S: partitionText('!definition', [entity.name]) },
  [SORT]: { S: sortText([]) },
})

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

const remade = ({ entity, name }: Table, what: string, was: unknown, is: unknown): HoldfastError =>
  misfit(
    entity.name,
    name,
    `${what} was made of ${JSON.stringify(was)} and is now declared as ${JSON.stringify(is)}; declare it under another name.`,
  )

/** How the items that are stored differ from what is declared. */
export interface Difference {
  /** Indexes that items written before have no entries of. */
  readonly added: readonly string[]
  /** Whether the definition stored is to be replaced. */
  readonly isStale: boolean
}

/**
 * Compares what is declared with what the items were made by.
 * @throws `MISCONFIGURED` when the key or an index is declared differently: its items would not be found.
 */
export const compareDefinition = async (
  dynamo: Dynamo,
  table: Table,
  options: CallOptions,
): Promise<Difference> => {
  const declared = definitionOf(table.entity)
  const item = await getItem(dynamo, table, keyOf(table), options)
  const text = item?.[DEFINITION]?.S
  const stored =
    text === undefined ? { key: declared.key, indexes: {} } : (JSON.parse(text) as Definition)
  if (!isSame(stored.key, declared.key)) throw remade(table, 'its key', stored.key, declared.key)
  const added: string[] = []
  for (const [name, index] of Object.entries(declared.indexes)) {
    const before = stored.indexes[name]
    if (before === undefined) added.push(name)
    else if (!isSame(before, index)) throw remade(table, `index ${name}`, before, index)
  }
  return { added, isStale: text === undefined || !isSame(stored, declared) }
}

/** Notes that all items are as declared. */
export const storeDefinition = async (
  dynamo: Dynamo,
  table: Table,
  options: CallOptions,
): Promise<void> => {
  const definition = JSON.stringify(definitionOf(table.entity))
  const Item = { ...keyOf(table), [DEFINITION]: { S: definition } }
  await dynamo.call('PutItem', { TableName: table.name, Item }, options, 'unknown')
}
