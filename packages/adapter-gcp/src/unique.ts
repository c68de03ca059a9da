import { HoldfastError, type Key, type Scalar, type Write } from '@holdfast/core/driver'
import type { Collection, CollectionIndex, Document } from './collection.ts'
import { idOf, partitionText } from './key-values.ts'
import { type Mutation, nameOf } from './mutation.ts'
import { OWNER, uniqueCollection, UNTIL } from './names.ts'
import { encodeDate, type Fields } from './value.ts'

type Row = Readonly<Record<string, unknown>>

/** The document that holds one unique value for one record. */
export interface Claim {
  readonly collection: Collection
  /** Name of the document. */
  readonly name: string
  /** Id of the record. */
  readonly owner: string
  readonly fields: Fields
}

const own = (value: Row, field: string): unknown =>
  Object.hasOwn(value, field) ? value[field] : undefined

const claimText = ({ model, fields }: CollectionIndex, value: Row): string | undefined => {
  // Null and missing values are left aside.
  if (fields.some((field) => (own(value, field) ?? null) === null)) return undefined
  const of = (names: readonly string[]): Scalar[] => names.map((name) => value[name] as Scalar)
  return `${model.name}!${partitionText(of(model.partition))}${idOf(of(model.sort))}`
}

/** The unique values of a record. */
export const claimsOf = (
  collection: Collection,
  root: string,
  key: Key,
  value: Row | undefined,
): readonly Claim[] => {
  if (value === undefined || collection.unique.length === 0) return []
  const { expiresAt } = collection.entity
  const expiry = expiresAt === undefined ? undefined : value[expiresAt]
  const owner = idOf(key)
  return collection.unique.flatMap((index) => {
    const text = claimText(index, value)
    if (text === undefined) return []
    const fields: Fields = { [OWNER]: { stringValue: owner } }
    if (expiry instanceof Date) fields[UNTIL] = encodeDate(expiry)
    return [
      { collection, name: nameOf(root, uniqueCollection(collection.id), text), owner, fields },
    ]
  })
}

/** The writes that claim values which nobody holds. */
export const creationsOf = (claims: readonly Claim[]): readonly Mutation[] =>
  claims.map(({ name, fields }) => ({
    update: { name, fields },
    currentDocument: { exists: false },
  }))

/** Whether a write may change which unique values are taken. */
export const hasClaims = (collection: Collection, write: Write): boolean => {
  if (collection.unique.length === 0 || write.kind === 'check') return false
  if (write.kind !== 'patch') return true
  const { expiresAt } = collection.entity
  const fields = new Set(collection.unique.flatMap((index) => index.fields))
  if (expiresAt !== undefined) fields.add(expiresAt)
  return [...fields].some(
    (field) =>
      Object.hasOwn(write.set, field) ||
      write.remove.includes(field) ||
      Object.hasOwn(write.increment, field),
  )
}

/** Another record holds a value. */
export const taken = ({ entity }: Collection): HoldfastError =>
  new HoldfastError('ALREADY_EXISTS', `Another ${entity.name} has these unique values.`, {
    entity: entity.name,
  })

/** Who holds a claim that was read. */
export const ownerOf = (document: Document | undefined): string | undefined =>
  document?.fields?.[OWNER]?.stringValue

/**
 * What becomes of the claims of the records that one transaction changes: those given up, and those made.
 * @throws `ALREADY_EXISTS` when two records of it claim one value.
 */
export const turnsOf = (
  before: readonly Claim[],
  after: readonly Claim[],
): { readonly given: readonly Claim[]; readonly made: readonly Claim[] } => {
  const made = new Map<string, Claim>()
  for (const claim of after) {
    if (made.has(claim.name)) throw taken(claim.collection)
    made.set(claim.name, claim)
  }
  return { given: before.filter(({ name }) => !made.has(name)), made: [...made.values()] }
}
