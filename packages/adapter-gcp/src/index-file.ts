import { readFile, rename, writeFile } from 'node:fs/promises'
import { isDeepStrictEqual } from 'node:util'
import { HoldfastError } from '@holdfast/core/driver'
import type { Collection } from './collection.ts'
import {
  deletedCollection,
  fieldPath,
  KEY,
  noteCollection,
  uniqueCollection,
  UNTIL,
} from './names.ts'

interface FieldIndex {
  readonly order: 'ASCENDING' | 'DESCENDING'
  readonly queryScope: 'COLLECTION'
}

/** One entry: https://firebase.google.com/docs/reference/firestore/indexes */
export interface FieldOverride {
  readonly collectionGroup: string
  readonly fieldPath: string
  readonly ttl?: boolean
  readonly indexes: readonly FieldIndex[]
}

interface IndexFile {
  readonly indexes?: readonly unknown[]
  readonly fieldOverrides?: readonly FieldOverride[]
}

const ASCENDING: FieldIndex = { order: 'ASCENDING', queryScope: 'COLLECTION' }
const DESCENDING: FieldIndex = { order: 'DESCENDING', queryScope: 'COLLECTION' }

/** What entities want of single fields: none is indexed but those that queries read along. */
export const overridesOf = (
  collections: readonly Collection[],
  prefix: string,
): readonly FieldOverride[] => {
  const notes = noteCollection(prefix)
  const wanted: FieldOverride[] = [{ collectionGroup: notes, fieldPath: '*', indexes: [] }]
  for (const { id, entity, indexes, unique, isFollowed } of collections) {
    const add = (
      collectionGroup: string,
      path: string,
      more: Partial<FieldOverride> = {},
    ): void => {
      wanted.push({ collectionGroup, fieldPath: path, indexes: [], ...more })
    }
    add(id, '*')
    add(id, KEY, { indexes: [DESCENDING] })
    for (const { field } of indexes) add(id, fieldPath(field), { indexes: [ASCENDING, DESCENDING] })
    if (entity.expiresAt !== undefined) add(id, fieldPath(entity.expiresAt), { ttl: true })
    if (unique.length > 0) {
      add(uniqueCollection(id), '*')
      if (entity.expiresAt !== undefined) add(uniqueCollection(id), UNTIL, { ttl: true })
    }
    if (isFollowed) {
      add(deletedCollection(id), '*')
      add(deletedCollection(id), UNTIL, { ttl: true })
    }
  }
  return wanted
}

/** What an entry says, however it is written: the order of its indexes means nothing. */
const meaningOf = ({ ttl = false, indexes }: FieldOverride): object => ({
  ttl,
  indexes: new Set(indexes),
})

const keyOf = ({ collectionGroup, fieldPath: path }: FieldOverride): string =>
  `${collectionGroup} ${path}`

/** An index configuration as it is in a file, and what it lacks. */
export interface Configuration {
  readonly lacking: readonly FieldOverride[]
  /** The file with what it lacks. */
  readonly text: string
}

const parse = (file: string, text: string): IndexFile => {
  try {
    const parsed: unknown = JSON.parse(text)
    if (typeof parsed === 'object' && parsed !== null) return parsed
  } catch {
    // Told below.
  }
  throw new HoldfastError('MISCONFIGURED', `${file} is no index configuration: it is not JSON.`)
}

/** Compares what is wanted with a file; what it says of others stays. */
export const compareFile = async (
  file: string,
  wanted: readonly FieldOverride[],
): Promise<Configuration> => {
  const text = await readFile(file, 'utf8').catch((error: { readonly code?: string }) => {
    if (error.code === 'ENOENT') return '{"indexes":[],"fieldOverrides":[]}'
    throw error
  })
  const existing = parse(file, text)
  const overrides = new Map((existing.fieldOverrides ?? []).map((one) => [keyOf(one), one]))
  const lacking = wanted.filter((one) => {
    const found = overrides.get(keyOf(one))
    return found === undefined || !isDeepStrictEqual(meaningOf(found), meaningOf(one))
  })
  for (const one of lacking) overrides.set(keyOf(one), one)
  const next = {
    ...existing,
    indexes: existing.indexes ?? [],
    fieldOverrides: [...overrides.values()],
  }
  return { lacking, text: `${JSON.stringify(next, undefined, 2)}\n` }
}

/** Writes a file, all of it or nothing. */
export const writeWhole = async (file: string, text: string): Promise<void> => {
  const draft = `${file}.${process.pid}.draft`
  await writeFile(draft, text)
  await rename(draft, file)
}
