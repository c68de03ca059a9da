/** Reads: along every path, exactly the records and fields that the rules show. */
import { eventually } from '../expect.ts'
import { and, eq, type Said } from '../policy-oracle/said.ts'
import { couldSee, type Fields, truthOf } from '../policy-oracle/verdict.ts'
import { written } from '../policy-oracle/written.ts'
import { checkRefused, distinct, gather, shownOf } from './asking.ts'
import { type Attack, byPair } from './attack.ts'
import { checkCount, checkShown } from './shown.ts'
import type { Stage } from './stage.ts'
import {
  type Attacker,
  keyOf,
  leak,
  type Loose,
  onPair,
  type Pair,
  type Piece,
  readable,
  textOf,
} from './target.ts'

/** A way to ask for records, and the records that it is about. */
interface Path {
  readonly label: string
  readonly query: object
  readonly pieces: readonly Piece[]
  /** Sensitive fields that it reads by. */
  readonly sensitive: readonly string[]
  readonly isIndex: boolean
}

const equalTo = (fields: readonly string[], row: Fields): Said =>
  and(...fields.map((field) => eq(field, row[field] as string)))

/** Every partition of the key and of each index, and a scan. */
const pathsOf = ({ target }: Pair): readonly Path[] => {
  const { model, pieces, facts } = target
  const along = (
    label: string,
    {
      partition,
      sort,
    }: { readonly partition: readonly string[]; readonly sort: readonly string[] },
    index: object,
  ): readonly Path[] =>
    distinct(pieces, partition).map(({ row }) => {
      const where = equalTo(partition, row)
      return {
        label,
        query: { where: written(where), ...index },
        pieces: pieces.filter(
          (one) =>
            truthOf(where, one.row, {}) === true &&
            sort.every((field) => one.row[field] !== undefined),
        ),
        sensitive: [...partition, ...sort].filter((field) => facts.sensitive.includes(field)),
        isIndex: 'index' in index,
      }
    })
  return [
    ...along('the key', model.key, {}),
    ...Object.values(model.indexes).flatMap((index) =>
      along(`index ${index.name}`, index, { index: index.name }),
    ),
    { label: 'a scan', query: { scan: true }, pieces, sensitive: [], isIndex: false },
  ]
}

const checkPath = async (pair: Pair, path: Path): Promise<void> => {
  const { target, attacker, repository } = pair
  const { label, query, sensitive } = path
  if (!sensitive.every((field) => couldSee(target.rules.read, field, attacker.who)))
    return checkRefused(pair, `along ${label}`, query)
  const expected = shownOf(pair, path.pieces, sensitive)
  checkShown(pair, `find along ${label}`, {
    actual: (await repository.find(query)).items,
    expected,
  })
  checkShown(pair, `each along ${label}`, {
    actual: await gather(repository.each({ ...query, limit: 1 })),
    expected,
  })
  checkCount(pair, `count along ${label}`, {
    actual: await repository.count(query),
    expected: expected.length,
  })
  const select = Object.keys(target.model.fields)
  const { items } = await repository.find({ ...query, select })
  checkShown(pair, `find with select along ${label}`, { actual: items, expected })
  if (repository.explain(query).access === 'refused')
    throw leak(pair, undefined, `explain refuses a query along ${label} that find answers.`)
}

const along =
  (isMeant: (path: Path) => boolean) =>
  async (pair: Pair, stage: Stage): Promise<void> => {
    const isLate = stage.store.capabilities.indexConsistency !== 'strong'
    for (const path of pathsOf(pair).filter(isMeant))
      await (path.isIndex && isLate
        ? eventually(() => checkPath(pair, path))
        : checkPath(pair, path))
  }

const byKeys = async (pair: Pair): Promise<void> => {
  const { target, repository } = pair
  const shown = readable(pair)
  const keys = target.pieces.map(({ key }) => key)
  for (const piece of target.pieces) {
    const row = await repository.get(piece.key)
    const one = row === undefined ? [] : [row]
    checkShown(pair, 'get', { actual: one, expected: shown.includes(piece) ? [piece] : [] })
  }
  const rows = await repository.getMany(keys)
  checkShown(pair, 'getMany', { actual: rows.filter((row) => row !== undefined), expected: shown })
  rows.forEach((row, at) => {
    if (row !== undefined && textOf(keyOf(target, row)) !== textOf(keys[at]))
      throw leak(pair, keys[at], 'getMany answers with another record.')
  })
}

/** All actors ask for all records in one tick; nobody gets what was fetched for another. */
const atOnce = async ({ store, pairs }: Stage): Promise<void> => {
  const scopes = new Map<Attacker, Readonly<Record<string, Loose>>>()
  const scopeOf = (attacker: Attacker): Readonly<Record<string, Loose>> => {
    const scope = scopes.get(attacker) ?? store.as(attacker.given, { coalesce: true })
    scopes.set(attacker, scope)
    return scope
  }
  await Promise.all(
    pairs.flatMap((pair) =>
      pair.target.pieces.map((piece) =>
        onPair(pair, async () => {
          const row = await scopeOf(pair.attacker)[pair.target.name]?.get(piece.key)
          const expected = readable(pair).includes(piece) ? [piece] : []
          checkShown(pair, 'get beside other actors', {
            actual: row === undefined ? [] : [row],
            expected,
          })
        }),
      ),
    ),
  )
}

/** What may be read. */
export const READ_ATTACKS: readonly Attack[] = [
  byPair('attacks 12, 29, 32, 55: get and getMany show exactly what the rules allow', byKeys),
  byPair(
    'attacks 20, 21, 25, 26: find, each and count along the key show exactly what the rules allow',
    along(({ label }) => label === 'the key'),
  ),
  byPair(
    'attacks 3, 25, 28: each index shows exactly what the rules allow, and orders by nothing hidden',
    along(({ isIndex }) => isIndex),
  ),
  byPair(
    'attacks 25, 27: a scan shows exactly what the rules allow',
    along(({ label }) => label === 'a scan'),
  ),
  { name: 'attacks 50, 51: actors who ask at once get nothing of each other', run: atOnce },
]
