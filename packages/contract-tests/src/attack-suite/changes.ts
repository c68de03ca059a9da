/** Changes to try on a record, and what the store itself makes of them. */
import { remove } from '@holdfast/core'
import type { Fields } from '../policy-oracle/verdict.ts'
import { isSame, outcomeOf } from './outcome.ts'
import { restore } from './stage.ts'
import { type Piece, type Target, unversioned } from './target.ts'

/** A patch, and the record that it makes. */
export interface Change {
  readonly patch: Fields
  readonly next: Fields
  readonly carried: readonly string[]
}

const patchable = (target: Target): readonly string[] =>
  Object.keys(target.model.fields).filter((field) => !target.facts.key.includes(field))

/** Makes a value, where no other record has one to take. */
const varied = (value: unknown): unknown => {
  if (typeof value === 'boolean') return !value
  if (typeof value === 'number') return value + 1
  if (typeof value === 'bigint') return value + 1n
  if (typeof value === 'string') return `${value}x`
  if (value instanceof Date) return new Date(value.getTime() + 86_400_000)
  return undefined
}

/** A patch that takes these fields from a record; what it lacks is removed where that is legal. */
const taken = (target: Target, row: Fields, fields: readonly string[]): Fields =>
  Object.fromEntries(
    fields
      .filter((field) => row[field] !== undefined || target.model.fields[field]?.optional === true)
      .map((field) => [field, row[field] ?? (row[field] === null ? null : remove())]),
  )

/** Patches of one field each, with every value that another record has, or else a value made up. */
export const singlePatches = (target: Target, { row }: Piece): readonly Fields[] =>
  patchable(target).flatMap((field) => {
    const others: unknown[] = []
    for (const other of target.pieces)
      if (![row[field], ...others].some((known) => isSame(known, other.row[field])))
        others.push(other.row[field])
    const made = varied(row[field])
    return others.length > 0 || made === undefined
      ? others.slice(0, 3).map((value) => taken(target, { [field]: value }, [field]))
      : [{ [field]: made }]
  })

/** Patches that give the record what puts another one into its scope: what rules and indexes look at. */
const moving = (target: Target, piece: Piece, scope: readonly string[]): readonly Fields[] =>
  target.pieces
    .filter((other) => other !== piece)
    .map(({ row }) => {
      const fields = scope.filter((field) => !isSame(piece.row[field], row[field]))
      return taken(target, row, fields)
    })

/** What the store makes of a write that no rule limits; `undefined` where even that is refused. */
export const made = async (
  target: Target,
  piece: Piece,
  write: () => Promise<unknown>,
): Promise<Fields | undefined> => {
  const outcome = await outcomeOf(write)
  const stored = await target.free.get(piece.key)
  await restore(target, piece)
  return outcome.code === undefined && stored !== undefined
    ? unversioned(target, stored)
    : undefined
}

const tried = async (
  target: Target,
  piece: Piece,
  { patches, most = Infinity }: { readonly patches: readonly Fields[]; readonly most?: number },
): Promise<readonly Change[]> => {
  const changes: Change[] = []
  for (const patch of patches) {
    const carried = Object.keys(patch)
    if (carried.length === 0 || changes.length >= most) continue
    const next = await made(target, piece, () => target.free.update(piece.key, patch))
    if (next !== undefined) changes.push({ patch, next, carried })
  }
  return changes
}

/** One legal change of one field, where there is any. */
export const anyChange = async (target: Target, piece: Piece): Promise<Change | undefined> =>
  (await tried(target, piece, { patches: singlePatches(target, piece), most: 1 }))[0]

/** Legal changes of one field each. */
export const singleChanges = (target: Target, piece: Piece): Promise<readonly Change[]> =>
  tried(target, piece, { patches: singlePatches(target, piece) })

/** Legal changes that would move the record to where another one is. */
export const moves = (
  target: Target,
  piece: Piece,
  scope: readonly string[],
): Promise<readonly Change[]> => tried(target, piece, { patches: moving(target, piece, scope) })

/** Runs `each` on every record of an entity with its changes, which are found out once. */
export const cached = <T>(
  find: (target: Target, piece: Piece) => Promise<T>,
): ((target: Target, piece: Piece) => Promise<T>) => {
  const known = new Map<Piece, Promise<T>>()
  return (target, piece) => {
    const one = known.get(piece) ?? find(target, piece)
    known.set(piece, one)
    return one
  }
}
