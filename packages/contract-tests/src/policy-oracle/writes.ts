/** The write side of the policy oracle: a write is applied exactly where the kit's evaluator allows it. */
import { isHoldfastError, remove } from '@holdfast/core'
import type { Context } from '../case.ts'
import { same } from '../expect.ts'
import { FACTS } from './oddities.ts'
import { decisionsOn, keyOf, type Loose, openOddities, type RuleTable } from './place.ts'
import { allow, type Said, type SaidRule } from './said.ts'
import { type Asker, couldWrite, type Fields, masked, mayRead, mayWrite } from './verdict.ts'

/** Everybody sees every record, so that a refusal is a refusal. */
export const OPEN: readonly SaidRule[] = [allow(undefined, { roles: '*', reveal: FACTS.sensitive })]

/** One actor at work on the records of one place, under one table of rules. */
export interface Work {
  readonly rules: Required<RuleTable>
  readonly who: Asker
  readonly rows: readonly Fields[]
}

const told = async (call: Promise<unknown>): Promise<unknown> => {
  try {
    return await call
  } catch (error) {
    if (!isHoldfastError(error)) throw error
    return error.code
  }
}

/** All writes at once, then what became of each and of the records. */
const compare = async (
  { context, free, rows }: { context: Context; free: Loose; rows: readonly Fields[] },
  attempt: (row: Fields, at: number) => Promise<unknown>,
  expected: (
    row: Fields,
    at: number,
  ) => { readonly answer: unknown; readonly left: Fields | undefined },
): Promise<readonly (Fields | undefined)[]> => {
  const answers = await Promise.all(rows.map((row, at) => told(attempt(row, at))))
  const wanted = rows.map(expected)
  wanted.forEach(({ answer }, at) =>
    same(answers[at], answer, `record ${String(rows[at]?.['id'])}`),
  )
  const left = wanted.map((one) => one.left)
  same(await free.getMany(rows.map(keyOf)), left, 'what is stored')
  decisionsOn(context).writes += rows.length
  return left
}

/** Updates that change nothing a rule looks at. Leaves the records as returned. */
export const touchAll = async (
  context: Context,
  work: Work,
  mark: number,
): Promise<readonly Fields[]> => {
  const { rules, who, rows } = work
  const { as, free } = openOddities(context, rules)
  const repository = as(who)
  const left = await compare(
    { context, free, rows },
    (row) => repository.update(keyOf(row), { touched: mark }),
    (old) => {
      const next = { ...old, touched: mark }
      const carried = ['touched']
      if (!mayRead(rules.read, old, who)) return { answer: 'NOT_FOUND', left: old }
      return mayWrite(
        rules.update,
        { operation: 'update', old, next, carried },
        { asker: who, facts: FACTS },
      )
        ? { answer: masked(rules.read, next, { asker: who, facts: FACTS }), left: next }
        : { answer: 'FORBIDDEN', left: old }
    },
  )
  return left.map((one) => one ?? {})
}

/** Deletes every record, then creates every record: both under the same rules, so that all is as before. */
export const removeAndRestore = async (context: Context, work: Work): Promise<void> => {
  const { rules, who, rows } = work
  const { as, free } = openOddities(context, rules)
  const repository = as(who)
  const left = await compare(
    { context, free, rows },
    (row) => repository.delete(keyOf(row)),
    (old) => {
      if (!mayRead(rules.read, old, who)) return { answer: undefined, left: old }
      return mayWrite(
        rules.delete,
        { operation: 'delete', old, carried: [] },
        { asker: who, facts: FACTS },
      )
        ? { answer: masked(rules.read, old, { asker: who, facts: FACTS }), left: undefined }
        : { answer: 'FORBIDDEN', left: old }
    },
  )
  await compare(
    { context, free, rows },
    (row) => repository.create(row),
    (next, at) => {
      const carried = Object.keys(next)
      const isTaken = left[at] !== undefined
      if (
        !mayWrite(
          rules.create,
          { operation: 'create', next, carried },
          { asker: who, facts: FACTS },
        )
      )
        return { answer: 'FORBIDDEN', left: left[at] }
      return isTaken
        ? { answer: 'ALREADY_EXISTS', left: left[at] }
        : { answer: masked(rules.read, next, { asker: who, facts: FACTS }), left: next }
    },
  )
  await free.putMany(rows)
}

const fieldsIn = (said: Said): readonly string[] =>
  'of' in said ? said.of.flatMap(fieldsIn) : 'field' in said ? [said.field] : []

const isPlain = (field: string): boolean => !FACTS.key.includes(field)

/** Updates that take what the rules look at from the next record: out of one rule, into another. */
export const moveAll = async (context: Context, work: Work): Promise<void> => {
  const { rules, who, rows } = work
  const { as, free } = openOddities(context, rules)
  const repository = as(who)
  const named = rules.update.flatMap(({ when, check }) =>
    [when, check].flatMap((one) => (one === undefined ? [] : fieldsIn(one))),
  )
  const fields = [...new Set(named.filter(isPlain))]
  if (fields.length === 0) return
  const valuesFor = (at: number): Fields =>
    Object.fromEntries(fields.map((field) => [field, rows[(at + 1) % rows.length]?.[field]]))
  await compare(
    { context, free, rows },
    (row, at) => {
      const patch = Object.entries(valuesFor(at)).map(([field, value]) => [
        field,
        value ?? remove(),
      ])
      return repository.update(keyOf(row), Object.fromEntries(patch) as Fields)
    },
    (old, at) => {
      const changed = Object.entries({ ...old, ...valuesFor(at) })
      // A null is given as missing: a patch cannot say both at once of one field.
      const next = Object.fromEntries(
        changed.filter(
          ([field, value]) => value !== undefined && !(fields.includes(field) && value === null),
        ),
      )
      if (!mayRead(rules.read, old, who)) return { answer: 'NOT_FOUND', left: old }
      return mayWrite(
        rules.update,
        { operation: 'update', old, next, carried: fields },
        { asker: who, facts: FACTS },
      )
        ? { answer: masked(rules.read, next, { asker: who, facts: FACTS }), left: next }
        : { answer: 'FORBIDDEN', left: old }
    },
  )
  await free.putMany(rows)
}

/** One change of every match: as many changed and denied as the rules say, or refused as a whole. */
export const touchWhere = async (
  context: Context,
  work: Work,
  mark: number,
): Promise<readonly Fields[]> => {
  const { rules, who, rows } = work
  const { as, free } = openOddities(context, rules)
  const query = { where: { tenantId: rows[0]?.['tenantId'] } }
  const next = (old: Fields): Fields => ({ ...old, touched: mark })
  const seen = rows.filter((row) => mayRead(rules.read, row, who))
  const changed = seen.filter((old) =>
    mayWrite(
      rules.update,
      { operation: 'update', old, next: next(old), carried: ['touched'] },
      { asker: who, facts: FACTS },
    ),
  )
  const isHopeless = !couldWrite(rules.update, ['touched'], { asker: who, facts: FACTS })
  const counts = {
    matched: seen.length,
    changed: changed.length,
    denied: seen.length - changed.length,
  }
  const answer = await told(as(who).updateWhere(query, { touched: mark }))
  same(answer, isHopeless ? 'FORBIDDEN' : counts, 'updateWhere')
  const left = rows.map((row) => (changed.includes(row) ? next(row) : row))
  same(await free.getMany(rows.map(keyOf)), left, 'what updateWhere left')
  decisionsOn(context).writes += rows.length
  return left
}
