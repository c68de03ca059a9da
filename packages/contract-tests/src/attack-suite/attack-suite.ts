import type { ActorShape, Store } from '@holdfast/core'
import { ACTOR_ATTACKS } from './actor-attacks.ts'
import type { Attack } from './attack.ts'
import { BATCH_ATTACKS } from './batch-attacks.ts'
import { type AttackFixtures, checkFixtures } from './fixtures.ts'
import { FILTER_ATTACKS } from './filter-attacks.ts'
import { HIDDEN_ATTACKS } from './hidden-attacks.ts'
import { INPUT_ATTACKS } from './input-attacks.ts'
import { READ_ATTACKS } from './read-attacks.ts'
import { SENSITIVE_ATTACKS } from './sensitive-attacks.ts'
import { type LooseStore, onStage } from './stage.ts'
import { TRANSACTION_ATTACKS } from './transaction-attacks.ts'
import { WRITE_ATTACKS } from './write-attacks.ts'

const ATTACKS: readonly Attack[] = [
  ...READ_ATTACKS,
  ...FILTER_ATTACKS,
  ...WRITE_ATTACKS,
  ...HIDDEN_ATTACKS,
  ...SENSITIVE_ATTACKS,
  ...BATCH_ATTACKS,
  ...TRANSACTION_ATTACKS,
  ...ACTOR_ATTACKS,
  ...INPUT_ATTACKS,
]

/** One attack on all entities by all actors. It passes when `run` does not throw. */
export interface AttackCase {
  readonly name: string
  readonly run: () => Promise<void>
}

/**
 * Attacks a store's own entities and policies, for any test runner:
 * `for (const { name, run } of attackSuite(store, fixtures)) test(name, run)`.
 *
 * What each actor may do is taken from the declared rules by an evaluator that shares no code with
 * core's. For development and tests only: it needs a place without records, whose tables exist. Each case
 * stores the fixtures through `store.unrestricted`, attacks, and removes every record of the entities
 * again; cases wait for each other. A failure names the entity, the actor, the record's key and the leak.
 *
 * @throws `INVALID` when actors or the records of a repository are missing, or name an unknown one; a case
 * throws it when the place is not empty, or the schema refuses an actor.
 */
export const attackSuite = <const E, A extends ActorShape>(
  store: Store<E, A>,
  fixtures: AttackFixtures<E, A>,
): readonly AttackCase[] => {
  const loose = store as unknown as LooseStore
  const checked = checkFixtures(fixtures, Object.keys(store.declared.entities))
  let last: Promise<unknown> = Promise.resolve()
  return ATTACKS.map(({ name, run }) => ({
    name,
    run: () => {
      const attack = (): Promise<void> => onStage(loose, checked, run)
      const result = last.then(attack, attack)
      last = result
      return result
    },
  }))
}
