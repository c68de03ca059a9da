/** Input: what no caller may say, and what no error may tell. */
import { inspect } from 'node:util'
import { Decimal, type Kind } from '@holdfast/core'
import { eq } from '../policy-oracle/said.ts'
import { type Fields, maySee } from '../policy-oracle/verdict.ts'
import { written } from '../policy-oracle/written.ts'
import { type Attack, byPair } from './attack.ts'
import { anyChange, singlePatches } from './changes.ts'
import { outcomeOf, toldOf } from './outcome.ts'
import { restore } from './stage.ts'
import { leak, type Pair, type Piece, textOf } from './target.ts'
import { variants } from './write-attacks.ts'

const parsed = (text: string): object => JSON.parse(text) as object

/** What JSON could smuggle in, around one field. */
const hostile = (field: string): readonly object[] => [
  parsed(`{"__proto__":{"${field}":1}}`),
  parsed(`{"constructor":{"prototype":{}}}`),
  parsed(`{"${field}.length":1}`),
  parsed(`{"$where":"1"}`),
  parsed(`{"$or":[{}]}`),
  { [field]: undefined },
  { toString: 'x' },
]

const operators = (field: string): readonly object[] => [
  { [field]: { $ne: null } },
  { [field]: { $gt: '' } },
  { [field]: { op: 'exists' } },
  { [field]: { actor: 'id' } },
  { [field]: parsed('{"__proto__":{"op":"exists"}}') },
]

const NESTED: readonly Kind[] = ['array', 'object', 'json']

const scalarFields = ({ target }: Pair): readonly string[] =>
  Object.values(target.model.fields)
    .filter(({ kind }) => !NESTED.includes(kind))
    .map(({ name }) => name)

const refusedAs = async (
  pair: Pair,
  what: string,
  calls: readonly (() => unknown)[],
): Promise<void> => {
  for (const call of calls) {
    const outcome = await outcomeOf(call)
    if (outcome.code !== 'INVALID')
      throw leak(pair, undefined, `${what} ${toldOf(outcome)}, and it must be INVALID.`)
  }
}

const unchanged = async (pair: Pair, what: string): Promise<void> => {
  const { target } = pair
  for (const { key, row } of target.pieces) {
    const stored = await target.free.get(key)
    const fields = Object.keys(target.model.fields)
    if (
      stored === undefined ||
      fields.some((field) => textOf(stored[field]) !== textOf(row[field]))
    )
      throw leak(pair, key, `${what} changed it.`)
  }
}

const inFilters = async (pair: Pair): Promise<void> => {
  const { repository } = pair
  for (const field of scalarFields(pair))
    for (const where of [...hostile(field), ...operators(field)]) {
      const query = { where, scan: true }
      await refusedAs(pair, `a filter like ${textOf(where)}`, [
        () => repository.find(query),
        () => repository.count(query),
        () => repository.each(query)[Symbol.asyncIterator]().next(),
        () => repository.deleteWhere(query),
        () => repository.delete(pair.target.pieces[0]?.key ?? {}, { if: where }),
      ])
    }
  await unchanged(pair, 'a refused filter')
}

const inPatches = async (pair: Pair): Promise<void> => {
  const { target, repository } = pair
  const generated = target.model.version === undefined ? [] : [{ [target.model.version]: 'x' }]
  const patches = scalarFields(pair).flatMap((field) => [
    ...hostile(field),
    ...(target.facts.key.includes(field) ? [] : operators(field)),
  ])
  for (const piece of target.pieces) {
    const { key, input } = piece
    const legal = (await anyChange(target, piece))?.patch ?? {}
    const moved = Object.entries(key).map(([field, value]) => ({ [field]: value }))
    for (const patch of [...patches, ...moved, ...generated]) {
      const beside = Object.create(null, {
        ...Object.getOwnPropertyDescriptors(legal),
        ...Object.getOwnPropertyDescriptors(patch),
      }) as object
      await refusedAs(pair, `a patch like ${textOf(patch)}`, [
        () => repository.update(key, patch),
        () => repository.update(key, beside),
      ])
    }
    await refusedAs(pair, 'an empty patch', [() => repository.update(key, {})])
    for (const extra of [{ unknownField: 1 }, ...generated])
      await refusedAs(pair, `an input with ${textOf(extra)}`, [
        () => repository.create({ ...input, ...extra }),
        () => repository.put({ ...input, ...extra }),
      ])
  }
  await unchanged(pair, 'a refused patch')
}

const LONG = 4

const formOf = (value: unknown): string =>
  Decimal.isDecimal(value) || typeof value === 'number' || typeof value === 'bigint'
    ? value.toString()
    : typeof value === 'string'
      ? value
      : ''

/** Sensitive values that the actor does not see, long enough to be told from other text. */
const secretsOf = ({ target, attacker }: Pair): readonly string[] => {
  const known = new Set<string>()
  const { sensitive } = target.facts
  const open = textOf([
    target.model,
    target.pieces.map(({ row }) =>
      Object.entries(row).filter(([field]) => !sensitive.includes(field)),
    ),
  ])
  for (const { row } of target.pieces)
    for (const field of sensitive) {
      const text = formOf(row[field])
      if (text.length < LONG || open.includes(text)) continue
      if (!maySee(target.rules.read, field, { record: row, asker: attacker.who })) known.add(text)
    }
  for (const { row } of target.pieces)
    for (const field of sensitive)
      if (maySee(target.rules.read, field, { record: row, asker: attacker.who }))
        known.delete(formOf(row[field]))
  return [...known]
}

const provoking = (pair: Pair, piece: Piece): readonly (() => unknown)[] => {
  const { target, repository } = pair
  const { key, input } = piece
  const plain = variants(target, input).at(-1) ?? input
  const named = Object.keys(target.model.fields).filter(
    (field) => !target.facts.key.includes(field),
  )
  const objects: readonly Fields[] = named.map((field) => ({ [field]: { wrong: true } }))
  return [
    () => repository.create(plain),
    () => repository.put(plain),
    () => repository.delete(key, { ifVersion: 'guessed' }),
    ...objects.flatMap((patch) => [
      () => repository.update(key, patch),
      () => repository.create({ ...plain, ...patch }),
    ]),
    ...singlePatches(target, piece)
      .filter((patch) => target.facts.sensitive.every((field) => !Object.hasOwn(patch, field)))
      .map((patch) => () => repository.update(key, patch)),
    ...target.facts.sensitive.flatMap((field) => {
      const query = { where: written(eq(field, 'guessed')), scan: true }
      return [
        () => repository.find(query),
        () => repository.explain(query),
        () => repository.update(key, { [field]: null }, { if: query.where }),
        () => repository.delete(key, { if: query.where }),
      ]
    }),
    () => repository.explain({ where: key }),
    () => repository.find({ where: key, index: 'unknown' }),
  ]
}

/** Everything that these calls answer or throw is looked through, causes included. */
const inErrors = async (pair: Pair): Promise<void> => {
  const secrets = secretsOf(pair)
  for (const piece of pair.target.pieces)
    for (const call of provoking(pair, piece)) {
      const outcome = await outcomeOf(call)
      const told =
        outcome.code === undefined
          ? inspect(outcome.value, { depth: 12 })
          : inspect(outcome.error, { depth: 12, showHidden: true })
      await restore(pair.target, piece)
      if (secrets.some((secret) => told.includes(secret)))
        throw leak(pair, piece.key, `a call that ${toldOf(outcome)} tells a sensitive value.`)
    }
}

/** What is said and told. */
export const INPUT_ATTACKS: readonly Attack[] = [
  byPair('attacks 18, 19, 23, 24: a filter that JSON could make is refused', inFilters),
  byPair(
    'attacks 18, 24, 38, 39: a patch or input of keys, versions or unknown fields is refused',
    inPatches,
  ),
  byPair('attacks 14, 58: errors and explanations hold no sensitive value', inErrors),
]
