import { type ActorShape, type Declared, HoldfastError } from '@holdfast/core'
import type { Asker, Fields } from '../policy-oracle/verdict.ts'
import { declaredRules } from './declared-rules.ts'
import type { LooseFixtures } from './fixtures.ts'
import { isSame } from './outcome.ts'
import type { Attacker, Loose, LooseScope, Pair, Piece, Target } from './target.ts'
import { keyOf, unversioned } from './target.ts'

/** What the attacks need of a store. */
export interface LooseStore {
  readonly declared: Declared
  readonly capabilities: { readonly indexConsistency: string }
  as(actor: object, options?: { readonly coalesce?: boolean }): LooseScope
  unrestricted(reason: string): LooseScope
  sweepExpired(): Promise<number>
}

/** The records are laid out, and the actors stand ready. */
export interface Stage {
  readonly store: LooseStore
  readonly attackers: readonly Attacker[]
  readonly targets: readonly Target[]
  /** Every entity with every actor. */
  readonly pairs: readonly Pair[]
}

const REASON = 'attack suite'

const gather = async (rows: AsyncIterable<Fields>): Promise<readonly Fields[]> => {
  const all: Fields[] = []
  for await (const row of rows) all.push(row)
  return all
}

/** @throws `INVALID` unless the entity has no record, because the attacks remove what they find. */
const requireEmpty = async (name: string, free: Loose): Promise<void> => {
  const { items } = await free.find({ scan: true, limit: 1 })
  if (items.length > 0)
    throw new HoldfastError(
      'INVALID',
      `attackSuite works on an empty place, and ${name} has records; give the store a place of its own.`,
    )
}

/** Stores a record and finds out from what it can be stored again with the same result. */
const layOne = async (target: Target, given: Fields): Promise<Piece | undefined> => {
  const { free } = target
  const made = unversioned(target, await free.create(given))
  const key = keyOf(target, made)
  const stored = await free.get(key)
  // Expired already: there is nothing that anybody may see.
  if (stored === undefined) return undefined
  const row = unversioned(target, stored)
  const again = await free.put(row).then(
    (one) => isSame(unversioned(target, one), row),
    () => false,
  )
  const input = again ? row : { ...given, ...key }
  if (!again) await free.put(input)
  const now = unversioned(target, (await free.get(key)) ?? row)
  return { key, input, row: now }
}

/** The actor as its schema makes it. */
export const attackerOf = (store: LooseStore, name: string, given: object): Attacker => {
  store.as(given)
  const result = store.declared.actor.schema['~standard'].validate(given)
  if (result instanceof Promise || !('value' in result))
    throw new HoldfastError('INVALID', `attackSuite has an actor ${name} that its schema refuses.`)
  return { name, given, who: result.value as ActorShape as Asker }
}

const targetOf = (store: LooseStore, name: string): Target => {
  const entity = store.declared.entities[name]
  if (entity === undefined) throw new HoldfastError('INVALID', `There is no repository ${name}.`)
  const { model } = entity
  return {
    name,
    model,
    facts: { key: [...model.key.partition, ...model.key.sort], sensitive: model.sensitive },
    rules: declaredRules(store.declared.policies.find((policy) => policy.entity === model)),
    free: store.unrestricted(REASON)[name] as Loose,
    pieces: [],
  }
}

/** Removes every record of an entity. */
const clear = async (target: Target): Promise<void> => {
  const rows = await gather(target.free.each({ scan: true }))
  await target.free.deleteMany(rows.map((row) => keyOf(target, row)))
  const read = await target.free.getMany(target.pieces.map(({ key }) => key))
  const left = target.pieces.filter((_, at) => read[at] !== undefined)
  await target.free.deleteMany(left.map(({ key }) => key))
}

const setUp = async (store: LooseStore, { actors, records }: LooseFixtures, made: Target[]) => {
  const attackers = Object.entries(actors).map(([name, given]) =>
    attackerOf(store, name, given as object),
  )
  const empty = Object.keys(records).map((name) => targetOf(store, name))
  for (const { name, free } of empty) await requireEmpty(name, free)
  for (const target of empty) {
    made.push(target)
    const pieces: Piece[] = []
    for (const given of records[target.name] ?? []) {
      const piece = await layOne(target, given)
      if (piece !== undefined) pieces.push(piece)
    }
    made[made.length - 1] = { ...target, pieces }
  }
  return attackers
}

/** Lays out the records, runs an attack on them, and removes all again. */
export const onStage = async (
  store: LooseStore,
  fixtures: LooseFixtures,
  attack: (stage: Stage) => Promise<void>,
): Promise<void> => {
  const targets: Target[] = []
  try {
    const attackers = await setUp(store, fixtures, targets)
    const pairs = targets.flatMap((target) =>
      attackers.map((attacker) => ({
        target,
        attacker,
        repository: store.as(attacker.given)[target.name] as Loose,
      })),
    )
    await attack({ store, attackers, targets, pairs })
  } finally {
    for (const target of targets) await clear(target)
    if (targets.some(({ model }) => model.expiresAt !== undefined)) await store.sweepExpired()
  }
}

/** Makes a record as it was laid out. */
export const restore = async (target: Target, { key, input, row }: Piece): Promise<void> => {
  const current = await target.free.get(key)
  if (current !== undefined && isSame(unversioned(target, current), row)) return
  await target.free.delete(key)
  await target.free.create(input)
}
