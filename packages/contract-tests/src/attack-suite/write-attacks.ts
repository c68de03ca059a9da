/** Single writes: applied exactly where the rules allow them, and answered with what they reveal. */
import type { Fields } from '../policy-oracle/verdict.ts'
import { mayRead } from '../policy-oracle/verdict.ts'
import { type Said } from '../policy-oracle/said.ts'
import { type Attack, byPair } from './attack.ts'
import { cached, type Change, made, moves, singleChanges } from './changes.ts'
import {
  attempt,
  carriedBy,
  expectedCreate,
  expectedDelete,
  expectedPut,
  expectedUpdate,
  unseen,
} from './expected-write.ts'
import { onPair, type Pair, type Piece, type Target } from './target.ts'

const without = (input: Fields, fields: readonly string[]): Fields =>
  Object.fromEntries(Object.entries(input).filter(([field]) => !fields.includes(field)))

/** An input as it is, and without its sensitive fields. */
export const variants = ({ facts }: Target, input: Fields): readonly Fields[] => {
  const plain = without(input, facts.sensitive)
  return Object.keys(plain).length === Object.keys(input).length ? [input] : [input, plain]
}

const creates = async (pair: Pair): Promise<void> => {
  const { target, repository } = pair
  for (const piece of target.pieces)
    for (const input of variants(target, piece.input)) {
      const next = await made(target, piece, async () => {
        await target.free.delete(piece.key)
        await target.free.create(input)
      })
      if (next === undefined) continue
      const expected = expectedCreate(pair, undefined, { next, carried: carriedBy(target, input) })
      for (const method of ['create', 'put'] as const) {
        await target.free.delete(piece.key)
        await attempt(pair, piece, {
          label: `${method} where there is nothing`,
          call: () => repository[method](input),
          expected,
        })
      }
    }
}

/** Every record overwritten by the values of every record. */
const puts = async (pair: Pair): Promise<void> => {
  const { target, attacker, repository } = pair
  for (const piece of target.pieces)
    for (const source of target.pieces)
      for (const variant of variants(target, source.input)) {
        const input = { ...variant, ...piece.key }
        const named = carriedBy(target, input)
        const isSeen = mayRead(target.rules.read, piece.row, attacker.who)
        const kept = unseen(pair, piece.row).filter(
          (field) => isSeen && !named.includes(field) && piece.row[field] !== undefined,
        )
        const whole = {
          ...input,
          ...Object.fromEntries(kept.map((field) => [field, piece.row[field]])),
        }
        // What the schema refuses without the hidden fields is refused before anything is kept.
        const isLegal = await made(target, piece, () => target.free.put(input))
        const next = await made(target, piece, () => target.free.put(whole))
        if (next === undefined || isLegal === undefined) continue
        await attempt(pair, piece, {
          label: 'put',
          call: () => repository.put(input),
          expected: expectedPut(pair, piece, { next, carried: named }),
        })
      }
}

const updating =
  (changesOf: (target: Target, piece: Piece) => Promise<readonly Change[]>) =>
  async (pair: Pair): Promise<void> => {
    const { target, repository } = pair
    for (const piece of target.pieces)
      for (const { patch, next, carried } of await changesOf(target, piece))
        await attempt(pair, piece, {
          label: `update of ${carried.join(', ')}`,
          call: () => repository.update(piece.key, patch),
          expected: expectedUpdate(pair, piece, { next, carried }),
        })
  }

const deletes = async (pair: Pair): Promise<void> => {
  const { target, repository } = pair
  for (const piece of target.pieces)
    await attempt(pair, piece, {
      label: 'delete',
      call: () => repository.delete(piece.key),
      expected: expectedDelete(pair, piece),
    })
}

const fieldsIn = (said: Said): readonly string[] =>
  'of' in said ? said.of.flatMap(fieldsIn) : 'field' in said ? [said.field] : []

/** Fields that decide who may do what with a record, and where it is found. */
const scopeOf = ({ model, rules, facts }: Target): readonly string[] => {
  const ruled = Object.values(rules)
    .flat()
    .flatMap(({ when, check }) => [when, check])
    .flatMap((said) => (said === undefined ? [] : fieldsIn(said)))
  const indexed = Object.values(model.indexes).flatMap(({ partition }) => partition)
  return [...new Set([...ruled, ...indexed])].filter((field) => !facts.key.includes(field))
}

/** A fresh set of changes per run of an attack: records are laid out anew each time. */
const withChanges = (
  name: string,
  find: (target: Target, piece: Piece) => Promise<readonly Change[]>,
): Attack => ({
  name,
  run: async ({ pairs }) => {
    const update = updating(cached(find))
    for (const pair of pairs) await onPair(pair, () => update(pair))
  },
})

/** What may be written, one record at a time. */
export const WRITE_ATTACKS: readonly Attack[] = [
  byPair('attacks 4, 6, 40: a create is allowed exactly where the rules say', creates),
  byPair(
    'attacks 6, 13, 35: a put is allowed exactly where the rules say, and keeps what is hidden',
    puts,
  ),
  withChanges(
    'attacks 6, 11, 40, 46: an update of each field alone is allowed exactly where the rules say',
    singleChanges,
  ),
  withChanges(
    'attack 33: no record moves to where another one is, unless the rules say so',
    (target, piece) => moves(target, piece, scopeOf(target)),
  ),
  byPair('attacks 6, 46: a delete is allowed exactly where the rules say', deletes),
]
