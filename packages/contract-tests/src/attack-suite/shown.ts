import { type Fields, masked } from '../policy-oracle/verdict.ts'
import { isSame } from './outcome.ts'
import { keyOf, leak, type Pair, type Piece, textOf, unversioned } from './target.ts'

/** The record as the rules show it to the actor of this pair. */
export const shownAs = ({ target, attacker }: Pair, row: Fields): Fields =>
  masked(target.rules.read, row, { asker: attacker.who, facts: target.facts })

/** A record as shown and as it should be. */
interface Cells {
  readonly label: string
  readonly actual: Fields
  readonly expected: Fields
}

/** Every field shown is one that the rules reveal, with its value, and none of those is left out. */
export const checkCells = (pair: Pair, key: Fields, { label, actual, expected }: Cells): void => {
  for (const field of Object.keys(actual))
    if (!Object.hasOwn(expected, field))
      throw leak(pair, key, `${label} shows ${field}, which no rule reveals.`)
  for (const [field, value] of Object.entries(expected)) {
    if (!Object.hasOwn(actual, field)) throw leak(pair, key, `${label} lacks ${field}.`)
    if (!isSame(actual[field], value)) throw leak(pair, key, `${label} shows another ${field}.`)
  }
}

/** Exactly these records are shown, each once, and of each exactly what the rules reveal. */
export const checkShown = (
  pair: Pair,
  label: string,
  { actual, expected }: { readonly actual: readonly Fields[]; readonly expected: readonly Piece[] },
): void => {
  const { target } = pair
  const left = new Map(expected.map((piece) => [textOf(piece.key), piece]))
  for (const row of actual) {
    const key = keyOf(target, row)
    const piece = left.get(textOf(key))
    if (piece === undefined) throw leak(pair, key, `${label} shows it, and it should not.`)
    left.delete(textOf(key))
    checkCells(pair, key, {
      label,
      actual: unversioned(target, row),
      expected: shownAs(pair, piece.row),
    })
  }
  const [missing] = left.values()
  if (missing !== undefined)
    throw leak(pair, missing.key, `${label} does not show it, and the rules allow it.`)
}

/** As many as the rules allow are counted. */
export const checkCount = (
  pair: Pair,
  label: string,
  { actual, expected }: { readonly actual: number; readonly expected: number },
): void => {
  if (actual !== expected)
    throw leak(pair, undefined, `${label} counts ${actual}, and the rules show ${expected}.`)
}
