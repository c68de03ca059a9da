/** Writes that depend on a sensitive field tell nothing of it to those who do not see it. */
import { append, increment, type Kind } from '@holdfast/core'
import { eq, exists, isNull, not, or, type Said } from '../policy-oracle/said.ts'
import { couldSee, type Fields, mayRead, maySee } from '../policy-oracle/verdict.ts'
import { written } from '../policy-oracle/written.ts'
import { type Attack, byPair } from './attack.ts'
import { anyChange, type Change, made } from './changes.ts'
import { attempt, type Expected, expectedDelete, expectedUpdate } from './expected-write.ts'
import { isSame, type Outcome, outcomeOf, toldOf } from './outcome.ts'
import { restore } from './stage.ts'
import { leak, type Pair, type Piece } from './target.ts'

const SCALARS: readonly Kind[] = ['string', 'integer', 'number', 'bigint', 'boolean', 'date']

/** Pairs of guesses about a field of a record: one that holds, one that does not. */
const guessesOf = (
  { target }: Pair,
  { row }: Piece,
  field: string,
): readonly (readonly [Said, Said])[] => {
  const value = row[field] as string | null | undefined
  const there = exists(field)
  const nothing = isNull(field)
  const presence: readonly [Said, Said] =
    value === undefined ? [not(there), there] : [there, not(there)]
  const null_: readonly [Said, Said] =
    value === null ? [nothing, not(nothing)] : [not(nothing), nothing]
  const kind = target.model.fields[field]?.kind ?? 'object'
  if (value === undefined || value === null || !SCALARS.includes(kind)) return [presence, null_]
  const isIt = eq(field, value)
  const [key = ''] = target.facts.key
  return [
    presence,
    null_,
    [isIt, not(isIt)],
    [or(isIt, not(exists(key))), not(or(isIt, not(exists(key))))],
  ]
}

interface Guess {
  readonly field: string
  readonly right: Said
  readonly wrong: Said
}

const comparable = (outcome: Outcome): unknown =>
  outcome.code === undefined ? outcome.value : [outcome.code, outcome.message]

interface Call {
  readonly name: string
  readonly run: (condition: object) => Promise<unknown>
  /** What it must do where the condition holds. */
  readonly allowed: Expected
}

const checkGuess = async (
  pair: Pair,
  piece: Piece,
  { name, run, allowed, field, right, wrong }: Call & Guess,
): Promise<void> => {
  const { target, attacker } = pair
  const label = `${name} with if on ${field}`
  const options = (said: Said): object => ({ if: written(said) })
  if (maySee(target.rules.read, field, { record: piece.row, asker: attacker.who })) {
    await attempt(pair, piece, { label, call: () => run(options(right)), expected: allowed })
    const code = allowed.code ?? 'CONDITION_FAILED'
    const expected = { code, left: piece.row }
    return attempt(pair, piece, { label, call: () => run(options(wrong)), expected })
  }
  const hit = await outcomeOf(() => run(options(right)))
  await restore(target, piece)
  const miss = await outcomeOf(() => run(options(wrong)))
  const stored = await target.free.get(piece.key)
  await restore(target, piece)
  if (!isSame(comparable(hit), comparable(miss)))
    throw leak(
      pair,
      piece.key,
      `${label} ${toldOf(hit)} for a right guess and ${toldOf(miss)} for a wrong one.`,
    )
  const isHidden = !mayRead(target.rules.read, piece.row, attacker.who)
  const isRefused = hit.code !== undefined || (isHidden && hit.value === undefined)
  if (!isRefused || stored === undefined)
    throw leak(pair, piece.key, `${label} ${toldOf(hit)}, and no rule reveals ${field} on it.`)
  if (!couldSee(target.rules.read, field, attacker.who) && hit.code !== 'FORBIDDEN')
    throw leak(pair, piece.key, `${label} ${toldOf(hit)}, and it must be FORBIDDEN.`)
}

const withIf = async (pair: Pair): Promise<void> => {
  const { target, repository } = pair
  if (target.facts.sensitive.length === 0) return
  for (const piece of target.pieces) {
    const change = await anyChange(target, piece)
    const calls: Call[] = [
      {
        name: 'delete',
        run: (options) => repository.delete(piece.key, options),
        allowed: expectedDelete(pair, piece),
      },
    ]
    if (change !== undefined)
      calls.push({
        name: 'update',
        run: (options) => repository.update(piece.key, change.patch, options),
        allowed: expectedUpdate(pair, piece, { next: change.next, carried: change.carried }),
      })
    for (const field of target.facts.sensitive)
      for (const [right, wrong] of guessesOf(pair, piece, field))
        for (const call of calls) await checkGuess(pair, piece, { ...call, field, right, wrong })
  }
}

const byFilter = async (pair: Pair): Promise<void> => {
  const { target, attacker, repository } = pair
  for (const field of target.facts.sensitive) {
    if (couldSee(target.rules.read, field, attacker.who)) continue
    for (const piece of target.pieces) {
      const change = await anyChange(target, piece)
      for (const said of guessesOf(pair, piece, field).flat()) {
        const query = { where: written(said), scan: true }
        const patch = change?.patch ?? {}
        const calls = [
          ['deleteWhere', () => repository.deleteWhere(query)],
          ...(change === undefined
            ? []
            : [['updateWhere', () => repository.updateWhere(query, patch)] as const]),
        ] as const
        for (const [name, call] of calls) {
          const outcome = await outcomeOf(call)
          if (outcome.code !== 'FORBIDDEN')
            throw leak(
              pair,
              undefined,
              `${name} with a filter on ${field} ${toldOf(outcome)}, and no rule reveals it.`,
            )
        }
      }
    }
  }
}

const RELATIVE: Partial<Record<Kind, () => unknown>> = {
  integer: () => increment(1),
  bigint: () => increment(1n as never),
  array: () => append(),
}

/** Whether an increment fits would tell how large a hidden number is. */
const relative = async (pair: Pair): Promise<void> => {
  const { target, attacker, repository } = pair
  for (const piece of target.pieces)
    for (const field of target.facts.sensitive) {
      const change = RELATIVE[target.model.fields[field]?.kind ?? 'json']
      if (change === undefined) continue
      const patch: Fields = { [field]: change() }
      const next = await made(target, piece, () => target.free.update(piece.key, patch))
      const { read } = target.rules
      const isRead = mayRead(read, piece.row, attacker.who)
      const blind = couldSee(read, field, attacker.who) && !isRead ? 'NOT_FOUND' : 'FORBIDDEN'
      const isSeen = maySee(read, field, { record: piece.row, asker: attacker.who })
      if (isSeen && next === undefined) continue
      const carried: Change['carried'] = [field]
      await attempt(pair, piece, {
        label: `a relative change of ${field}`,
        call: () => repository.update(piece.key, patch),
        expected:
          isSeen && next !== undefined
            ? expectedUpdate(pair, piece, { next, carried })
            : { code: blind, left: piece.row },
      })
    }
}

/** Sensitive fields in the conditions of writes. */
export const SENSITIVE_ATTACKS: readonly Attack[] = [
  byPair('attacks 5, 11: a condition on a sensitive field tells nothing of it', withIf),
  byPair('attacks 5, 34: no change by a filter on a sensitive field', byFilter),
  byPair('attack 11: no increment of, and no append to, what is not seen', relative),
]
