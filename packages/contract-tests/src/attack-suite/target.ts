import { Decimal, type EntityModel } from '@holdfast/core'
import type { Asker, Facts, Fields } from '../policy-oracle/verdict.ts'
import { mayRead } from '../policy-oracle/verdict.ts'
import type { DeclaredRules } from './declared-rules.ts'

/** A repository without the types of its entity. */
export interface Loose {
  get(key: Fields): Promise<Fields | undefined>
  getMany(keys: readonly Fields[]): Promise<(Fields | undefined)[]>
  find(query: object): Promise<{ readonly items: readonly Fields[]; readonly cursor?: string }>
  each(query: object): AsyncIterable<Fields>
  count(query: object): Promise<number>
  explain(query: object): { readonly access: string }
  create(input: Fields): Promise<Fields>
  put(input: Fields): Promise<Fields>
  update(key: Fields, patch: object, options?: object): Promise<Fields>
  delete(key: Fields, options?: object): Promise<Fields | undefined>
  createMany(inputs: readonly Fields[]): Promise<readonly LooseOutcome[]>
  putMany(inputs: readonly Fields[]): Promise<readonly LooseOutcome[]>
  deleteMany(keys: readonly Fields[]): Promise<readonly LooseOutcome[]>
  updateWhere(query: object, patch: object): Promise<unknown>
  deleteWhere(query: object): Promise<unknown>
}

/** The outcome of one item of a bulk call. */
export type LooseOutcome =
  | { readonly ok: true; readonly value: Fields | undefined }
  | { readonly ok: false; readonly error: unknown }

/** Repositories by name, and `transaction`. */
export type LooseScope = Readonly<Record<string, Loose>> & {
  transaction<T>(fn: (tx: Readonly<Record<string, Loose>>) => Promise<T>): Promise<T>
}

/** One record under attack: as given, with its key, and as stored. */
export interface Piece {
  readonly key: Fields
  /** What to create it from again. */
  readonly input: Fields
  /** As stored, without the version. */
  readonly row: Fields
}

/** One entity under attack. */
export interface Target {
  /** Of its repository. */
  readonly name: string
  readonly model: EntityModel
  readonly facts: Facts
  readonly rules: DeclaredRules
  readonly free: Loose
  readonly pieces: readonly Piece[]
}

/** An actor: as given, and as its schema makes it. */
export interface Attacker {
  readonly name: string
  readonly given: object
  readonly who: Asker
}

/** One entity and one actor: what every attack works on. */
export interface Pair {
  readonly target: Target
  readonly attacker: Attacker
  readonly repository: Loose
}

/** Comparable text of a value of any type. */
export const textOf = (value: unknown): string =>
  JSON.stringify(value, (_, one: unknown) => {
    if (typeof one === 'bigint') return `${one}n`
    return one instanceof Uint8Array ? [...one] : one
  }) ?? 'undefined'

/** Whether a filter can compare with this value. */
export const isComparable = (value: unknown): boolean =>
  typeof value === 'object'
    ? value instanceof Date || value instanceof Uint8Array || Decimal.isDecimal(value)
    : value !== undefined

/** The key fields of a record. */
export const keyOf = ({ facts }: Target, row: Fields): Fields =>
  Object.fromEntries(facts.key.map((field) => [field, row[field]]))

/** Something that an attack found. Its message names the entity, the actor and the record. */
export class Leak extends Error {}

/** Names the entity, the actor and the record, and says what is wrong. */
export const leak = ({ target, attacker }: Pair, key: Fields | undefined, what: string): Leak => {
  const record = key === undefined ? '' : `, record ${textOf(key)}`
  return new Leak(`${target.name} as ${attacker.name}${record}: ${what}`)
}

/** Runs an attack on a pair; an error that nothing expected names the pair too. */
export const onPair = async (pair: Pair, run: () => Promise<void>): Promise<void> => {
  try {
    await run()
  } catch (error) {
    if (error instanceof Leak) throw error
    const told = error instanceof Error ? error.message : String(error)
    const { message } = leak(pair, undefined, `an attack ends in an error: ${told}`)
    throw new Leak(message, { cause: error })
  }
}

/** A record without its version. */
export const unversioned = ({ model }: Target, row: Fields): Fields => {
  const { version } = model
  return Object.fromEntries(Object.entries(row).filter(([field]) => field !== version))
}

/** The records that the rules show to the actor of this pair. */
export const readable = ({ target, attacker }: Pair): readonly Piece[] =>
  target.pieces.filter(({ row }) => mayRead(target.rules.read, row, attacker.who))

/** The records that they hide. */
export const hidden = (pair: Pair): readonly Piece[] => {
  const shown = new Set(readable(pair))
  return pair.target.pieces.filter((piece) => !shown.has(piece))
}
