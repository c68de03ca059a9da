/** Transactions: each allows what the rules allow, and a refused write takes all with it. */
import type { Fields } from '../policy-oracle/verdict.ts'
import { type Attack, byPair } from './attack.ts'
import { anyChange, singleChanges } from './changes.ts'
import {
  attempt,
  carriedBy,
  expectedCreate,
  expectedDelete,
  expectedPut,
  expectedUpdate,
} from './expected-write.ts'
import { groups } from './groups.ts'
import { checkShown } from './shown.ts'
import { restore, type Stage } from './stage.ts'
import { type Loose, type Pair, type Piece, readable } from './target.ts'

type Steps = (repository: Loose) => Promise<unknown>

const committing =
  ({ store }: Stage, { target, attacker }: Pair) =>
  (steps: Steps): Promise<unknown> =>
    store.as(attacker.given).transaction((tx) => steps(tx[target.name] as Loose))

type Commit = ReturnType<typeof committing>

const readsAlone = async (pair: Pair, piece: Piece, commit: Commit): Promise<void> => {
  const { key } = piece
  const answers = await commit(async (tx) => [await tx.get(key), ...(await tx.getMany([key]))])
  const expected = readable(pair).includes(piece) ? [piece] : []
  for (const row of answers as readonly (Fields | undefined)[]) {
    const actual = row === undefined ? [] : [row]
    checkShown(pair, 'a read in a transaction', { actual, expected })
  }
}

/** Each read and write alone in a transaction, as outside of one. */
const alone = async (pair: Pair, stage: Stage): Promise<void> => {
  const { target } = pair
  const commit = committing(stage, pair)
  for (const piece of target.pieces) {
    const { key, input, row: next } = piece
    const carried = carriedBy(target, input)
    await readsAlone(pair, piece, commit)
    await attempt(pair, piece, {
      label: 'delete in a transaction',
      call: () => commit((tx) => tx.delete(key)),
      expected: expectedDelete(pair, piece),
    })
    for (const change of await singleChanges(target, piece))
      await attempt(pair, piece, {
        label: `update of ${change.carried.join(', ')} in a transaction`,
        call: () => commit((tx) => tx.update(key, change.patch)),
        expected: expectedUpdate(pair, piece, change),
      })
    await target.free.delete(key)
    await attempt(pair, piece, {
      label: 'create in a transaction',
      call: () => commit((tx) => tx.create(input)),
      expected: expectedCreate(pair, undefined, { next, carried }),
    })
    await attempt(pair, piece, {
      label: 'put in a transaction',
      call: () => commit((tx) => tx.put(input)),
      expected: expectedPut(pair, piece, { next, carried }),
    })
  }
}

/** An allowed write beside one that is not: neither is applied. */
const together = async (pair: Pair, stage: Stage): Promise<void> => {
  const { target } = pair
  const commit = committing(stage, pair)
  for (const [, pieces] of groups(pair))
    for (const allowed of pieces) {
      if (expectedDelete(pair, allowed).left !== undefined) continue
      for (const other of pieces) {
        const change = await anyChange(target, other)
        if (other === allowed || change === undefined) continue
        const { code } = expectedUpdate(pair, other, { next: change.next, carried: change.carried })
        if (code === undefined) continue
        await attempt(pair, allowed, {
          label: 'a transaction with a refused update of another record',
          call: () =>
            commit(async (tx) => {
              await tx.delete(allowed.key)
              return tx.update(other.key, change.patch)
            }),
          expected: { code, left: allowed.row },
        })
        await restore(target, other)
      }
    }
}

/** Many writes as one. */
export const TRANSACTION_ATTACKS: readonly Attack[] = [
  byPair('attacks 34, 47: a transaction allows what the rules allow', alone),
  byPair('attack 47: a refused write takes its transaction with it', together),
]
