/** Many records at once: bulk calls and changes by filter. */
import type { Said } from '../policy-oracle/said.ts'
import { couldWrite, type Fields, mayRead, mayWrite } from '../policy-oracle/verdict.ts'
import { written } from '../policy-oracle/written.ts'
import { type Attack, byPair } from './attack.ts'
import { made, singleChanges } from './changes.ts'
import {
  carriedBy,
  checkWritten,
  type Expected,
  expectedCreate,
  expectedDelete,
  expectedPut,
} from './expected-write.ts'
import { groups } from './groups.ts'
import { failureOf, isSame, outcomeOf, toldOf } from './outcome.ts'
import { restore } from './stage.ts'
import { leak, type LooseOutcome, type Pair, type Piece, textOf } from './target.ts'

interface Bulk {
  readonly outcomes: readonly LooseOutcome[]
  readonly expectedOf: (piece: Piece) => Expected
}

const checkAll = async (
  pair: Pair,
  label: string,
  { outcomes, expectedOf }: Bulk,
): Promise<void> => {
  const { pieces } = pair.target
  for (const [at, piece] of pieces.entries()) {
    const one = outcomes[at]
    if (one === undefined) throw leak(pair, piece.key, `${label} has no outcome for it.`)
    const outcome = one.ok ? { code: undefined, value: one.value } : failureOf(one.error)
    await checkWritten(pair, piece.key, { label, outcome, expected: expectedOf(piece) })
  }
  for (const piece of pieces) await restore(pair.target, piece)
}

const bulk = async (pair: Pair): Promise<void> => {
  const { target, repository } = pair
  const inputs = target.pieces.map(({ input }) => input)
  const named = (piece: Piece): readonly string[] => carriedBy(target, piece.input)
  await checkAll(pair, 'createMany', {
    outcomes: await repository.createMany(inputs),
    expectedOf: (piece) =>
      expectedCreate(pair, piece.row, { next: piece.row, carried: named(piece) }),
  })
  await checkAll(pair, 'putMany', {
    outcomes: await repository.putMany(inputs),
    expectedOf: (piece) => expectedPut(pair, piece, { next: piece.row, carried: named(piece) }),
  })
  await checkAll(pair, 'deleteMany', {
    outcomes: await repository.deleteMany(target.pieces.map(({ key }) => key)),
    expectedOf: (piece) => expectedDelete(pair, piece),
  })
}

interface Sweep {
  readonly label: string
  readonly call: () => Promise<unknown>
  readonly pieces: readonly Piece[]
  /** Whether no rule of the actor allows anything of the kind. */
  readonly isHopeless: boolean
  readonly allows: (piece: Piece) => boolean
  readonly leaves: (piece: Piece) => Fields | undefined
}

const checkSweep = async (pair: Pair, sweep: Sweep): Promise<void> => {
  const { target, attacker } = pair
  const { label, call, pieces, isHopeless, allows, leaves } = sweep
  const seen = pieces.filter(({ row }) => mayRead(target.rules.read, row, attacker.who))
  const changed = seen.filter(allows)
  const outcome = await outcomeOf(call)
  for (const piece of target.pieces) {
    const stored = await target.free.get(piece.key)
    const left = changed.includes(piece) ? leaves(piece) : piece.row
    const fields = Object.keys(target.model.fields)
    if (
      (stored === undefined) !== (left === undefined) ||
      fields.some((field) => !isSame(stored?.[field], left?.[field]))
    )
      throw leak(pair, piece.key, `${label} left it other than it must.`)
  }
  if (isHopeless ? outcome.code !== 'FORBIDDEN' : outcome.code !== undefined)
    throw leak(pair, undefined, `${label} ${toldOf(outcome)}.`)
  const counts = {
    matched: seen.length,
    changed: changed.length,
    denied: seen.length - changed.length,
  }
  if (!isHopeless && outcome.code === undefined && !isSame(outcome.value, counts))
    throw leak(
      pair,
      undefined,
      `${label} counts ${textOf(outcome.value)}, and it must be ${textOf(counts)}.`,
    )
  for (const piece of changed) await restore(target, piece)
}

const updateSweeps = async (pair: Pair, said: Said, pieces: readonly Piece[]): Promise<void> => {
  const { target, attacker, repository } = pair
  const unique = Object.values(target.model.indexes).flatMap((index) =>
    index.unique ? [...index.partition, ...index.sort] : [],
  )
  const [first] = pieces
  if (first === undefined) return
  for (const { patch, carried } of await singleChanges(target, first)) {
    if (carried.some((field) => unique.includes(field))) continue
    const nexts = new Map<Piece, Fields>()
    for (const piece of pieces) {
      const next = await made(target, piece, () => target.free.update(piece.key, patch))
      if (next !== undefined) nexts.set(piece, next)
    }
    if (nexts.size < pieces.length) continue
    const { update } = target.rules
    await checkSweep(pair, {
      label: `updateWhere of ${carried.join(', ')}`,
      call: () => repository.updateWhere({ where: written(said) }, patch),
      pieces,
      isHopeless: !couldWrite(update, carried, { asker: attacker.who, facts: target.facts }),
      allows: (piece) => {
        const next = nexts.get(piece)
        const change = { operation: 'update', old: piece.row, next, carried } as const
        return mayWrite(update, change, { asker: attacker.who, facts: target.facts })
      },
      leaves: (piece) => nexts.get(piece),
    })
  }
}

const sweeps = async (pair: Pair): Promise<void> => {
  const { target, attacker, repository } = pair
  for (const [said, pieces] of groups(pair)) {
    await updateSweeps(pair, said, pieces)
    const { delete: rules } = target.rules
    await checkSweep(pair, {
      label: 'deleteWhere',
      call: () => repository.deleteWhere({ where: written(said) }),
      pieces,
      isHopeless: !couldWrite(rules, [], { asker: attacker.who, facts: target.facts }),
      allows: ({ row }) =>
        mayWrite(
          rules,
          { operation: 'delete', old: row, carried: [] },
          { asker: attacker.who, facts: target.facts },
        ),
      leaves: () => undefined,
    })
  }
}

/** Many records at once. */
export const BATCH_ATTACKS: readonly Attack[] = [
  byPair('attack 34: a bulk call settles each item as the rules say', bulk),
  byPair('attack 34: updateWhere and deleteWhere change exactly what the rules allow', sweeps),
]
