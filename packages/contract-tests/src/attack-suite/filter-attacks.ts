/** Filters of the caller's own: they narrow what the rules show, and never widen it. */
import { and, eq, exists, isNull, not, oneOf, or, type Said } from '../policy-oracle/said.ts'
import { couldSee, truthOf } from '../policy-oracle/verdict.ts'
import { written } from '../policy-oracle/written.ts'
import { checkRefused, distinct, shownOf } from './asking.ts'
import { type Attack, byPair } from './attack.ts'
import { checkCount, checkShown } from './shown.ts'
import { isComparable, type Pair } from './target.ts'

/** Filters that hold for every record, or for more than the actor should see. */
const escapes = ({ target }: Pair): readonly Said[] => {
  const [partition = ''] = target.model.key.partition
  const values = [...new Set(target.pieces.map(({ row }) => row[partition]))] as readonly string[]
  const plain = Object.values(target.model.fields).filter(
    ({ name, kind }) =>
      !target.facts.sensitive.includes(name) && kind !== 'array' && kind !== 'object',
  )
  return [
    oneOf(partition, values.slice(0, 30)),
    or(...values.slice(0, 30).map((value) => eq(partition, value))),
    not(oneOf(partition, [])),
    not(and(exists(partition), isNull(partition))),
    ...plain.map(({ name }) => or(exists(name), not(exists(name)))),
    ...plain.flatMap(({ name }) =>
      distinct(target.pieces, [name]).flatMap(({ row }) => {
        const same = eq(name, row[name] as string)
        return [same, not(same), or(same, not(same), isNull(name), not(exists(name)))]
      }),
    ),
  ]
}

const withWhere = async (pair: Pair): Promise<void> => {
  for (const said of escapes(pair)) {
    const query = { where: written(said), scan: true }
    const pieces = pair.target.pieces.filter(({ row }) => truthOf(said, row, {}) === true)
    const expected = shownOf(pair, pieces, [])
    checkShown(pair, 'find with a filter', {
      actual: (await pair.repository.find(query)).items,
      expected,
    })
    checkCount(pair, 'count with a filter', {
      actual: await pair.repository.count(query),
      expected: expected.length,
    })
  }
}

/** Guesses about one sensitive field, plain and wrapped. */
const guesses = ({ target }: Pair, field: string): readonly Said[] => {
  const [key = ''] = target.facts.key
  const isList = target.model.fields[field]?.kind === 'array'
  const values = target.pieces
    .flatMap(({ row }) => (isList ? ((row[field] ?? []) as unknown[]) : [row[field]]))
    .filter(isComparable)
  const leaves: readonly Said[] = [
    isNull(field),
    exists(field),
    ...(target.model.fields[field]?.kind === 'object' ? [] : [...new Set(values)]).map(
      (value): Said => ({ op: isList ? 'has' : 'eq', field, value: value as string }),
    ),
  ]
  return leaves.flatMap((leaf) => [leaf, not(leaf), or(leaf, not(exists(key)))])
}

const withSensitive = async (pair: Pair): Promise<void> => {
  const { target, attacker, repository } = pair
  for (const field of target.facts.sensitive)
    for (const said of guesses(pair, field)) {
      const query = { where: written(said), scan: true }
      const label = `a filter on ${field}`
      if (!couldSee(target.rules.read, field, attacker.who)) {
        await checkRefused(pair, `with ${label}`, query)
        continue
      }
      const pieces = target.pieces.filter(({ row }) => truthOf(said, row, {}) === true)
      const expected = shownOf(pair, pieces, [field])
      checkShown(pair, `find with ${label}`, {
        actual: (await repository.find(query)).items,
        expected,
      })
      checkCount(pair, `count with ${label}`, {
        actual: await repository.count(query),
        expected: expected.length,
      })
    }
}

/** What may be asked. */
export const FILTER_ATTACKS: readonly Attack[] = [
  byPair('attacks 15, 16: or() and not() of the caller get nobody out', withWhere),
  byPair('attacks 1, 2: a filter on a sensitive field narrows or is FORBIDDEN', withSensitive),
]
