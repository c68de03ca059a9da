/** What the calls that ask have in common. */
import { type Fields, maySee } from '../policy-oracle/verdict.ts'
import { outcomeOf, toldOf } from './outcome.ts'
import { isComparable, leak, type Pair, type Piece, readable, textOf } from './target.ts'

/** All that an iteration yields. */
export const gather = async (rows: AsyncIterable<Fields>): Promise<readonly Fields[]> => {
  const all: Fields[] = []
  for await (const row of rows) all.push(row)
  return all
}

/** One piece for each combination of values of these fields. */
export const distinct = (pieces: readonly Piece[], fields: readonly string[]): readonly Piece[] => {
  const whole = pieces.filter(({ row }) => fields.every((field) => isComparable(row[field])))
  return [
    ...new Map(whole.map((one) => [textOf(fields.map((field) => one.row[field])), one])).values(),
  ]
}

/** Those of the pieces that the actor may read, and on which it sees these sensitive fields. */
export const shownOf = (
  pair: Pair,
  pieces: readonly Piece[],
  sensitive: readonly string[],
): readonly Piece[] =>
  readable(pair).filter(
    (piece) =>
      pieces.includes(piece) &&
      sensitive.every((field) =>
        maySee(pair.target.rules.read, field, { record: piece.row, asker: pair.attacker.who }),
      ),
  )

/** All calls that ask with a query, each refused for its sensitive fields and none saying more than another. */
export const checkRefused = async (pair: Pair, label: string, query: object): Promise<void> => {
  const { repository } = pair
  const calls: readonly (readonly [string, () => unknown])[] = [
    ['find', () => repository.find(query)],
    ['count', () => repository.count(query)],
    ['each', () => gather(repository.each(query))],
  ]
  for (const [name, call] of calls) {
    const outcome = await outcomeOf(call)
    if (outcome.code !== 'FORBIDDEN')
      throw leak(
        pair,
        undefined,
        `${name} ${toldOf(outcome)} ${label}, whose field no rule reveals.`,
      )
  }
  if (repository.explain(query).access !== 'refused')
    throw leak(pair, undefined, `explain answers ${label}, whose field no rule reveals.`)
}
