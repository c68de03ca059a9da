import { type CallOptions, HoldfastError, type Scalar, type Write } from '@holdfast/core/driver'
import type { Dynamo } from './connection.ts'
import { Aliases } from './expression.ts'
import { getItem } from './get.ts'
import { pinned } from './guard.ts'
import { partitionText, sortText } from './key-values.ts'
import { EXPIRY, OWNER, PARTITION, SORT } from './names.ts'
import type { WriteRequest } from './request.ts'
import type { Table, TableIndex } from './table.ts'
import type { Item } from './value.ts'

/** The item that holds one unique value for one record. */
export interface Claim {
  readonly table: Table
  /** Its key, as one text. */
  readonly text: string
  readonly item: Item
}

const ownerOf = (item: Item): string => `${item[PARTITION]?.S} ${item[SORT]?.S}`

const keyOfOwner = (owner: string): Item => {
  // Sort texts have no space.
  const at = owner.lastIndexOf(' ')
  return { [PARTITION]: { S: owner.slice(0, at) }, [SORT]: { S: owner.slice(at + 1) } }
}

const claimOf = (table: Table, index: TableIndex, item: Item): Claim | undefined => {
  const { value } = table.read(item)
  const { model, fields } = index
  for (const field of fields)
    if (!Object.hasOwn(value, field) || value[field] === null) return undefined
  const of = (names: readonly string[]): Scalar[] => names.map((name) => value[name] as Scalar)
  // Begins with the same value as the records of the partition; no entity has an empty name.
  const partition = partitionText(`!${model.name}!${table.entity.name}`, of(model.partition))
  const sort = sortText(of(model.sort))
  const expiry = item[EXPIRY]
  return {
    table,
    text: `${partition} ${sort}`,
    item: {
      [PARTITION]: { S: partition },
      [SORT]: { S: sort },
      [OWNER]: { S: ownerOf(item) },
      ...(expiry === undefined ? {} : { [EXPIRY]: expiry }),
    },
  }
}

const claimsOf = (table: Table, item: Item | undefined): readonly Claim[] =>
  item === undefined
    ? []
    : table.unique.map((index) => claimOf(table, index, item)).filter((one) => one !== undefined)

const taken = (table: Table): HoldfastError =>
  new HoldfastError('ALREADY_EXISTS', `Another ${table.entity.name} has these unique values.`, {
    entity: table.entity.name,
  })

/** What becomes of the item of one unique value in one transaction. */
interface Turn {
  readonly table: Table
  readonly key: Item
  /** Records that may hold it now. */
  readonly owners: Set<string>
  /** The item afterwards; none: the value is free. */
  claim?: Item
}

/** The unique values that the writes of one transaction give up and claim. */
export class Claims {
  readonly #turns = new Map<string, Turn>()
  /** Owners found to hold a value no longer, by the text of the value. */
  readonly #stale = new Map<string, { readonly owner: string; readonly read: Item | undefined }>()
  /** Values that turned out to belong to another record. */
  readonly #foreign = new Set<string>()

  /** Forgets the turns of the last attempt, not what was learnt. */
  restart(): void {
    this.#turns.clear()
  }

  /** @throws `ALREADY_EXISTS` when two records of one transaction claim one value. */
  add(table: Table, before: Item | undefined, after: Item | undefined): void {
    const claims = claimsOf(table, after)
    for (const old of claimsOf(table, before)) {
      const kept = claims.find(({ text }) => text === old.text)
      if (kept !== undefined && kept.item[EXPIRY]?.N === old.item[EXPIRY]?.N) continue
      if (!this.#foreign.has(old.text)) this.#turn(old)
    }
    const held = new Set(
      claimsOf(table, before)
        .filter((old) =>
          claims.some(
            ({ text, item }) => text === old.text && item[EXPIRY]?.N === old.item[EXPIRY]?.N,
          ),
        )
        .map(({ text }) => text),
    )
    for (const claim of claims) {
      if (held.has(claim.text)) continue
      const turn = this.#turn(claim)
      if (turn.claim !== undefined) throw taken(table)
      turn.claim = claim.item
    }
  }

  /** The items of the transaction. */
  requests(): readonly { readonly text: string; readonly request: WriteRequest }[] {
    const requests = []
    for (const [text, turn] of this.#turns) {
      const aliases = new Aliases(turn.table)
      const stale = turn.claim === undefined ? undefined : this.#stale.get(text)
      if (stale !== undefined) {
        turn.owners.add(stale.owner)
        requests.push({ text: '', request: check(turn.table, stale) })
      }
      const owner = aliases.name(OWNER)
      const held = [...turn.owners].map((one) => `${owner} = ${aliases.value({ S: one })}`)
      const ConditionExpression = [
        `attribute_not_exists(${aliases.name(PARTITION)})`,
        ...held,
      ].join(' OR ')
      const input = {
        TableName: turn.table.name,
        ...(turn.claim === undefined ? { Key: turn.key } : { Item: turn.claim }),
        ConditionExpression,
        ...aliases.members,
      }
      requests.push({
        text,
        request: { kind: turn.claim === undefined ? 'Delete' : 'Put', input } as const,
      })
    }
    return requests
  }

  /**
   * Learns from a refusal. The item of a value outlives its record when DynamoDB has removed that as
   * expired; then it may be taken over, unless the record is back.
   * @throws `ALREADY_EXISTS` when a record holds the value.
   */
  async learn(
    dynamo: Dynamo,
    text: string,
    item: Item | undefined,
    options: CallOptions,
  ): Promise<void> {
    const turn = this.#turns.get(text)
    const owner = item?.[OWNER]?.S
    if (turn === undefined || owner === undefined) return
    if (turn.claim === undefined) {
      this.#foreign.add(text)
      return
    }
    const read = await getItem(dynamo, turn.table, keyOfOwner(owner), options)
    if (claimsOf(turn.table, read).some((claim) => claim.text === text)) throw taken(turn.table)
    this.#stale.set(text, { owner, read })
  }

  #turn({ table, text, item }: Claim): Turn {
    let turn = this.#turns.get(text)
    if (turn === undefined) {
      const key: Item = { [PARTITION]: item[PARTITION] ?? {}, [SORT]: item[SORT] ?? {} }
      this.#turns.set(text, (turn = { table, key, owners: new Set() }))
    }
    turn.owners.add(item[OWNER]?.S ?? '')
    return turn
  }
}

const check = (
  table: Table,
  { owner, read }: { readonly owner: string; readonly read: Item | undefined },
): WriteRequest => {
  const aliases = new Aliases(table)
  const ConditionExpression = pinned(read, aliases)
  return {
    kind: 'ConditionCheck',
    input: {
      TableName: table.name,
      Key: keyOfOwner(owner),
      ConditionExpression,
      ...aliases.members,
    },
  }
}

/** Whether a write changes which unique values are taken. */
export const hasClaims = (table: Table, write: Write): boolean =>
  table.unique.length > 0 && write.kind !== 'check'
