import {
  type CallOptions,
  compareDefinition,
  definitionText,
  type Difference,
} from '@holdfast/core/driver'
import type { Dynamo } from './connection.ts'
import { getItem } from './get.ts'
import { partitionText, sortText } from './key-values.ts'
import { DEFINITION, PARTITION, SORT } from './names.ts'
import type { Table } from './table.ts'
import type { Item } from './value.ts'

/** Beside the records, under a name that no entity has. */
const keyOf = ({ entity }: Table): Item => ({
  [PARTITION]: { S: partitionText('!definition', [entity.name]) },
  [SORT]: { S: sortText([]) },
})

/**
 * Compares what is declared with what the items were made by.
 * @throws `MISCONFIGURED` when the key or an index is declared differently: its items would not be found.
 */
export const readDifference = async (
  dynamo: Dynamo,
  table: Table,
  options: CallOptions,
): Promise<Difference> => {
  const item = await getItem(dynamo, table, keyOf(table), options)
  return compareDefinition(table.entity, item?.[DEFINITION]?.S, `Table ${table.name}`)
}

/** Notes that all items are as declared. */
export const storeDefinition = async (
  dynamo: Dynamo,
  table: Table,
  options: CallOptions,
): Promise<void> => {
  const Item = { ...keyOf(table), [DEFINITION]: { S: definitionText(table.entity) } }
  await dynamo.call('PutItem', { TableName: table.name, Item }, options, 'unknown')
}
