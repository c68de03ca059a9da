import { type AttackCase, attackSuite } from '../src/index.ts'
import { fixtures, open } from './shop.ts'

const { actors, records } = fixtures
const store = open()

/** Fixtures that fit are accepted, and each case can be handed to a runner. */
export const fits: readonly AttackCase[] = attackSuite(store, fixtures)

/** Fixtures that do not fit are refused by the compiler. */
export const refused = (): void => {
  // @ts-expect-error an actor lacks what its schema asks for
  attackSuite(store, { actors: { one: { roles: [] } }, records })
  // @ts-expect-error an actor holds a role that nobody has
  attackSuite(store, { actors: { one: { id: 'a', roles: ['king'] } }, records })
  // @ts-expect-error a record has a field of the wrong type
  attackSuite(store, { actors, records: { ...records, vaults: [{ vaultId: 1 }] } })
  // @ts-expect-error a repository has no records
  attackSuite(store, { actors, records: { orders: records.orders, vaults: records.vaults } })
  // @ts-expect-error records are given without saying who attacks
  attackSuite(store, { records })
}
