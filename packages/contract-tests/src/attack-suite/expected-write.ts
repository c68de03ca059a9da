/** What must become of a write, and whether it did. */
import { type Fields, mayRead, maySee, mayWrite } from '../policy-oracle/verdict.ts'
import { isSame, type Outcome, outcomeOf, toldOf } from './outcome.ts'
import { checkCells, shownAs } from './shown.ts'
import { restore } from './stage.ts'
import { leak, type Pair, type Piece, type Target, unversioned } from './target.ts'

/** What a write must answer, and what it must leave. */
export interface Expected {
  /** `undefined`: it succeeds. */
  readonly code: string | undefined
  /** The record answered with, whole; `undefined`: none. */
  readonly answer?: Fields | undefined
  readonly left: Fields | undefined
}

/** What a write would make of a record, and the fields that it names. */
interface Proposed {
  readonly next: Fields
  readonly carried: readonly string[]
}

/** An update that would make `next` of the record. */
export const expectedUpdate = (
  { target, attacker }: Pair,
  { row }: Piece,
  { next, carried }: Proposed,
): Expected => {
  const { who } = attacker
  if (!mayRead(target.rules.read, row, who)) return { code: 'NOT_FOUND', left: row }
  const attempt = { operation: 'update', old: row, next, carried } as const
  return mayWrite(target.rules.update, attempt, { asker: who, facts: target.facts })
    ? { code: undefined, answer: next, left: next }
    : { code: 'FORBIDDEN', left: row }
}

/** A delete of the record. */
export const expectedDelete = ({ target, attacker }: Pair, { row }: Piece): Expected => {
  const { who } = attacker
  if (!mayRead(target.rules.read, row, who)) return { code: undefined, left: row }
  const attempt = { operation: 'delete', old: row, carried: [] } as const
  return mayWrite(target.rules.delete, attempt, { asker: who, facts: target.facts })
    ? { code: undefined, answer: row, left: undefined }
    : { code: 'FORBIDDEN', left: row }
}

/** Fields that an input names besides the key. */
export const carriedBy = (target: Target, input: Fields): readonly string[] =>
  Object.keys(input).filter(
    (field) => input[field] !== undefined && !target.facts.key.includes(field),
  )

/** A create that would make `next` where there is `old`, or nothing. */
export const expectedCreate = (
  { target, attacker }: Pair,
  old: Fields | undefined,
  { next, carried }: Proposed,
): Expected => {
  const attempt = { operation: 'create', next, carried } as const
  if (!mayWrite(target.rules.create, attempt, { asker: attacker.who, facts: target.facts }))
    return { code: 'FORBIDDEN', left: old }
  return old === undefined
    ? { code: undefined, answer: next, left: next }
    : { code: 'ALREADY_EXISTS', left: old }
}

/** Sensitive fields of the record that the actor does not see. */
export const unseen = ({ target, attacker }: Pair, row: Fields): readonly string[] =>
  target.facts.sensitive.filter(
    (field) => !maySee(target.rules.read, field, { record: row, asker: attacker.who }),
  )

/** A put that names these fields and would make `next` of the record. */
export const expectedPut = (
  pair: Pair,
  { row }: Piece,
  { next, carried: named }: Proposed,
): Expected => {
  const { target, attacker } = pair
  if (!mayRead(target.rules.read, row, attacker.who))
    return expectedCreate(pair, row, { next, carried: named })
  const blind = unseen(pair, row)
  const carried = Object.keys(target.model.fields).filter(
    (field) => !isSame(row[field], next[field]) || (named.includes(field) && blind.includes(field)),
  )
  const attempt = { operation: 'update', old: row, next, carried } as const
  return mayWrite(target.rules.update, attempt, { asker: attacker.who, facts: target.facts })
    ? { code: undefined, answer: next, left: next }
    : { code: 'FORBIDDEN', left: row }
}

const checkStored = async (
  pair: Pair,
  key: Fields,
  { label, expected }: { readonly label: string; readonly expected: Expected },
): Promise<void> => {
  const { target } = pair
  const stored = await target.free.get(key)
  const now = stored === undefined ? undefined : unversioned(target, stored)
  const changed = Object.keys(target.model.fields).filter(
    (field) => !isSame(now?.[field], expected.left?.[field]),
  )
  if (now === undefined && expected.left !== undefined)
    throw leak(pair, key, `${label} removed it.`)
  if (now !== undefined && expected.left === undefined)
    throw leak(pair, key, `${label} left a record.`)
  if (changed.length > 0)
    throw leak(pair, key, `${label} left ${changed.join(', ')} other than it must.`)
}

/** A write that was carried out. */
interface Written {
  readonly label: string
  readonly outcome: Outcome
  readonly expected: Expected
}

/** The answer is as expected and shows what the rules reveal; the store holds what it must. */
export const checkWritten = async (
  pair: Pair,
  key: Fields,
  { label, outcome, expected }: Written,
): Promise<void> => {
  await checkStored(pair, key, { label: `${label}, which ${toldOf(outcome)},`, expected })
  if (outcome.code !== expected.code) {
    const wanted =
      expected.code === undefined ? 'the rules allow it' : `it must be ${expected.code}`
    throw leak(pair, key, `${label} ${toldOf(outcome)}, and ${wanted}.`)
  }
  if (outcome.code !== undefined) return
  const answer = outcome.value as Fields | undefined
  if ((answer === undefined) !== (expected.answer === undefined))
    throw leak(pair, key, `${label} answers with ${answer === undefined ? 'no' : 'a'} record.`)
  if (answer !== undefined && expected.answer !== undefined)
    checkCells(pair, key, {
      label,
      actual: unversioned(pair.target, answer),
      expected: shownAs(pair, expected.answer),
    })
}

/** A write to carry out. */
interface Trial {
  readonly label: string
  readonly call: () => Promise<unknown>
  readonly expected: Expected
}

/** Carries out one write on one record, checks all of it, and makes the record as it was. */
export const attempt = async (
  pair: Pair,
  piece: Piece,
  { label, call, expected }: Trial,
): Promise<void> => {
  const outcome = await outcomeOf(call)
  await checkWritten(pair, piece.key, { label, outcome, expected })
  if (!isSame(expected.left, piece.row)) await restore(pair.target, piece)
}
