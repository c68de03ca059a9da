/** Actors: with less than they should have, changed afterwards, and with cursors of others. */
import { and, exists, oneOf } from '../policy-oracle/said.ts'
import type { Asker } from '../policy-oracle/verdict.ts'
import { written } from '../policy-oracle/written.ts'
import { type Attack, byPair } from './attack.ts'
import { isSame, outcomeOf, toldOf } from './outcome.ts'
import { checkShown } from './shown.ts'
import { attackerOf, type Stage } from './stage.ts'
import {
  type Attacker,
  leak,
  type Loose,
  type LooseScope,
  onPair,
  type Pair,
  readable,
  textOf,
} from './target.ts'

/** An actor reads every record of every entity, exactly as the rules say of it. */
const checkReads = async (
  { targets }: Stage,
  attacker: Attacker,
  scope: LooseScope,
): Promise<void> => {
  for (const target of targets) {
    const pair = { target, attacker, repository: scope[target.name] as Loose }
    await onPair(pair, async () => {
      const keys = target.pieces.map(({ key }) => key)
      const rows = await pair.repository.getMany(keys)
      checkShown(pair, 'getMany', {
        actual: rows.filter((row) => row !== undefined),
        expected: readable(pair),
      })
      const { items } = await pair.repository.find({ scan: true })
      checkShown(pair, 'a scan', { actual: items, expected: readable(pair) })
    })
  }
}

const lesser = (stage: Stage, { name, given }: Attacker): readonly Attacker[] =>
  Object.keys(given)
    .filter((attribute) => attribute !== 'roles')
    .flatMap((attribute) => {
      const { [attribute]: _, ...rest } = given as Readonly<Record<string, unknown>>
      return [
        { what: `without ${attribute}`, actor: rest },
        { what: `with ${attribute} null`, actor: { ...rest, [attribute]: null } },
      ]
    })
    .flatMap(({ what, actor }) => {
      try {
        return [attackerOf(stage.store, `${name} ${what}`, actor)]
      } catch {
        // The actor's schema refuses it, so nobody can ask like this.
        return []
      }
    })

const isLess = (one: Asker, whole: Asker): boolean =>
  Object.entries(one).every(([name, value]) => value === null || isSame(value, whole[name]))

const withLess = async (stage: Stage): Promise<void> => {
  for (const attacker of stage.attackers)
    for (const weaker of lesser(stage, attacker)) {
      await checkReads(stage, weaker, stage.store.as(weaker.given))
      for (const pair of stage.pairs.filter((one) => one.attacker === attacker)) {
        const more = readable({ ...pair, attacker: weaker }).find(
          (piece) => !readable(pair).includes(piece),
        )
        if (more !== undefined && isLess(weaker.who, attacker.who))
          throw leak(
            { ...pair, attacker: weaker },
            more.key,
            'the rules show it to those who lack an attribute.',
          )
      }
    }
}

const changedLater = async (stage: Stage): Promise<void> => {
  for (const attacker of stage.attackers) {
    const { roles } = attacker.given as { readonly roles: readonly string[] }
    const actor = { ...attacker.given, roles: [...roles] }
    const scope = stage.store.as(actor)
    for (const other of stage.attackers) {
      actor.roles.push(...other.who.roles)
      const { roles: _, ...attributes } = other.given as Readonly<Record<string, unknown>>
      Object.assign(actor, attributes)
      await checkReads(stage, attacker, scope)
    }
  }
}

/** Another character in place of one in the middle. */
const altered = (cursor: string): string => {
  const at = Math.floor(cursor.length / 2)
  return `${cursor.slice(0, at)}${cursor[at] === 'A' ? 'B' : 'A'}${cursor.slice(at + 1)}`
}

const cursors = async (pair: Pair, { pairs }: Stage): Promise<void> => {
  const query = { scan: true, limit: 1 }
  const { target, attacker, repository } = pair
  const { cursor } = await repository.find(query)
  if (cursor === undefined) return
  const refuse = async (who: typeof pair, what: string, asked: object): Promise<void> => {
    const outcome = await outcomeOf(() => who.repository.find(asked))
    if (outcome.code !== 'INVALID')
      throw leak(who, undefined, `a cursor ${what} ${toldOf(outcome)}, and it must be INVALID.`)
  }
  for (const other of pairs)
    if (other.target === target && textOf(other.attacker.who) !== textOf(attacker.who))
      await refuse(other, `of ${attacker.name}`, { ...query, cursor })
  const [key = ''] = target.facts.key
  const where = written(and(exists(key), exists(key)))
  await refuse(pair, 'of another query', { ...query, where, cursor })
  await refuse(pair, 'that was altered', { ...query, cursor: altered(cursor) })
  const texts = readable(pair).map(({ row }) => String(row[target.facts.key.at(-1) ?? '']))
  const plain = Buffer.from(cursor, 'base64url').toString('latin1')
  if (texts.some((text) => text.length >= 6 && `${cursor}${plain}`.includes(text)))
    throw leak(pair, undefined, 'a cursor tells a key.')
}

/** A filter by a list that is not there must not turn into no filter. */
const emptyLists = async (pair: Pair): Promise<void> => {
  const [key = ''] = pair.target.facts.key
  const query = { where: written(oneOf(key, [])), scan: true }
  checkShown(pair, 'find with one of no values', {
    actual: (await pair.repository.find(query)).items,
    expected: [],
  })
  const outcome = await outcomeOf(() => pair.repository.deleteWhere(query))
  const nothing = { matched: 0, changed: 0, denied: 0 }
  if (outcome.code === undefined ? !isSame(outcome.value, nothing) : outcome.code !== 'FORBIDDEN')
    throw leak(pair, undefined, `deleteWhere with one of no values ${toldOf(outcome)}.`)
}

/** Who asks. */
export const ACTOR_ATTACKS: readonly Attack[] = [
  { name: 'attacks 17, 60: who lacks an attribute sees nothing more', run: withLess },
  { name: 'attack 49: an actor changed after as() sees nothing more', run: changedLater },
  byPair('attacks 52, 53: a cursor fits its actor and its query, and tells no key', cursors),
  byPair('attack 20: one of no values is nothing', emptyLists),
]
