import { type CallOptions, HoldfastError, insist, isHoldfastError } from '@holdfast/core/driver'
import { classify } from './errors.ts'
import { Aliases } from './expression.ts'
import { getItem } from './get.ts'
import { ENTITY, PARTITION, SORT } from './names.ts'
import type { Table } from './table.ts'
import { replaceItem } from './transaction.ts'
import type { Item } from './value.ts'
import type { Place } from './write.ts'

interface Reply {
  readonly Items?: readonly Item[]
  readonly LastEvaluatedKey?: Item
}

/** Items written at the same time. */
const CONCURRENCY = 16

/** An item with its entries in all indexes; the version stays. */
const filled = (table: Table, item: Item): Item => {
  const next = { ...item }
  for (const name of table.derivedNames) delete next[name]
  return Object.assign(next, table.derived(table.read(item).value))
}

/** Whose records are filled, and whether they have unique values to claim. */
interface Filling {
  readonly table: Table
  readonly claims: boolean
}

const isFilled = ({ table, claims }: Filling, item: Item, next: Item): boolean =>
  !claims && table.derivedNames.every((name) => item[name]?.S === next[name]?.S)

/** Writes one item anew until nobody was faster. One that is deleted meanwhile needs nothing. */
const fillOne = async (
  place: Place,
  filling: Filling,
  found: Item,
  options: CallOptions,
): Promise<void> => {
  const { table } = filling
  const key = { [PARTITION]: found[PARTITION] ?? {}, [SORT]: found[SORT] ?? {} }
  let item: Item | undefined = found
  while (item !== undefined) {
    const read: Item = item
    const next = filled(table, read)
    if (isFilled(filling, read, next)) return
    if (await insist(() => replaceItem(place, table, read, next, options), options, classify))
      return
    item = await insist(() => getItem(place.dynamo, table, key, options), options, classify)
  }
}

const taken = ({ entity }: Table, cause: unknown): HoldfastError =>
  new HoldfastError(
    'MISCONFIGURED',
    `The unique indexes of ${entity.name} cannot be filled: two records have the same values. Change one of them, then run store.ensureSchema() again.`,
    { entity: entity.name, cause },
  )

/**
 * Gives the records of an entity their entries in the indexes `added` after they had been written, and
 * claims their unique values. May be repeated, and run beside other writers.
 *
 * @throws `MISCONFIGURED` when two records have the same values of a unique index.
 */
export const fillIndexes = async (
  place: Place,
  table: Table,
  added: readonly string[],
  options: CallOptions,
): Promise<void> => {
  const filling = { table, claims: table.unique.some(({ model }) => added.includes(model.name)) }
  const aliases = new Aliases(table)
  const FilterExpression = `${aliases.name(ENTITY)} = ${aliases.value({ S: table.entity.name })}`
  const input = {
    TableName: table.name,
    ConsistentRead: true,
    FilterExpression,
    ...aliases.members,
  }
  let from: Item | undefined
  do {
    const page = { ...input, ...(from === undefined ? {} : { ExclusiveStartKey: from }) }
    const reply: Reply = await insist(
      () => place.dynamo.call<Reply>('Scan', page, options),
      options,
      classify,
    )
    const items = [...(reply.Items ?? [])]
    const worker = async (): Promise<void> => {
      for (let item = items.pop(); item !== undefined; item = items.pop())
        await fillOne(place, filling, item, options)
    }
    try {
      await Promise.all(Array.from({ length: CONCURRENCY }, worker))
    } catch (error) {
      throw isHoldfastError(error) && error.code === 'ALREADY_EXISTS' ? taken(table, error) : error
    }
    from = reply.LastEvaluatedKey
  } while (from !== undefined)
}
