/** What an actor may not read does not exist for it. */
import type { Fields } from '../policy-oracle/verdict.ts'
import { type Attack, byPair } from './attack.ts'
import { anyChange, made } from './changes.ts'
import { attempt, carriedBy, expectedCreate } from './expected-write.ts'
import { isSame, outcomeOf, type Outcome, toldOf } from './outcome.ts'
import { hidden, leak, type Pair, type Piece, readable, type Target } from './target.ts'
import { variants } from './write-attacks.ts'

/** Another value of the same kind that no fixture is likely to have. */
const farFrom = (value: unknown): unknown => {
  if (typeof value === 'string') return `${value}-missing`
  if (typeof value === 'number') return value + 1_000_003
  if (typeof value === 'bigint') return value + 1_000_003n
  return value instanceof Date ? new Date(value.getTime() + 1_000_003_000) : undefined
}

/** The key of a record that is not there, as near to this one as can be. */
const missingBeside = (target: Target, { key }: Piece): Fields | undefined => {
  for (const field of target.facts.key.toReversed()) {
    const value = farFrom(key[field])
    if (value !== undefined) return { ...key, [field]: value }
  }
  return undefined
}

const comparable = (outcome: Outcome): unknown =>
  outcome.code === undefined ? outcome.value : [outcome.code, outcome.message]

/** Every call that names a record by its key. */
const callsOn = (
  { repository }: Pair,
  patch: Fields,
): readonly (readonly [string, (key: Fields) => Promise<unknown>])[] => [
  ['get', (key) => repository.get(key)],
  ['getMany', (key) => repository.getMany([key])],
  ['update', (key) => repository.update(key, patch)],
  ['update with ifVersion', (key) => repository.update(key, patch, { ifVersion: 'guessed' })],
  ['delete', (key) => repository.delete(key)],
  ['delete with ifVersion', (key) => repository.delete(key, { ifVersion: 'guessed' })],
  ['delete with if', (key) => repository.delete(key, { if: key })],
  [
    'deleteMany',
    async (key) => {
      const [one] = await repository.deleteMany([key])
      if (one?.ok === false) throw one.error
      return one
    },
  ],
]

const likeMissing = async (pair: Pair): Promise<void> => {
  const { target } = pair
  for (const piece of hidden(pair)) {
    const missing = missingBeside(target, piece)
    const change = await anyChange(target, piece)
    if (missing === undefined || change === undefined) continue
    for (const [name, call] of callsOn(pair, change.patch)) {
      const there = await outcomeOf(() => call(piece.key))
      const absent = await outcomeOf(() => call(missing))
      if (!isSame(comparable(there), comparable(absent)))
        throw leak(
          pair,
          piece.key,
          `${name} on it ${toldOf(there)}, and ${toldOf(absent)} where there is no record: it tells them apart.`,
        )
    }
    await attempt(pair, piece, {
      label: 'an update of a hidden record',
      call: () => pair.repository.update(piece.key, change.patch),
      expected: { code: 'NOT_FOUND', left: piece.row },
    })
  }
}

/** Creates and puts with the key of a hidden record, with its own values and with those of others. */
const notOverwritten = async (pair: Pair): Promise<void> => {
  const { target, repository } = pair
  for (const piece of hidden(pair))
    for (const source of target.pieces)
      for (const variant of variants(target, source.input)) {
        const input = { ...variant, ...piece.key }
        const next = await made(target, piece, () => target.free.put(input))
        if (next === undefined) continue
        const expected = expectedCreate(pair, piece.row, {
          next,
          carried: carriedBy(target, input),
        })
        for (const method of ['create', 'put'] as const)
          await attempt(pair, piece, {
            label: `${method} onto the hidden record`,
            call: () => repository[method](input),
            expected,
          })
      }
}

/** A create that meets a hidden record reads as one that meets a record in view. */
const sameCollision = async (pair: Pair): Promise<void> => {
  const { repository } = pair
  const messages = new Map<string, Piece>()
  for (const piece of [...readable(pair), ...hidden(pair)]) {
    const outcome = await outcomeOf(() => repository.create(piece.input))
    if (outcome.code === 'ALREADY_EXISTS') messages.set(outcome.message, piece)
  }
  const [, differing] = [...messages.values()]
  if (differing !== undefined)
    throw leak(pair, differing.key, 'create answers in other words than on other records.')
}

/** Hidden is missing. */
export const HIDDEN_ATTACKS: readonly Attack[] = [
  byPair(
    'attacks 37, 55: a hidden record is a missing one for get, update and delete',
    likeMissing,
  ),
  byPair('attack 36: a create or put onto a hidden record does not overwrite it', notOverwritten),
  byPair('attacks 36, 41: a collision with a hidden record reads like any other', sameCollision),
]
