import { AggregateField, FieldPath, Filter } from '@google-cloud/firestore'
import type { CollectionReference } from '@google-cloud/firestore'
import { expect } from 'vitest'
import { code, refusal } from '../case.ts'
import type { Check, Context } from '../case.ts'

type Asked = { get(): Promise<unknown> }
const GOOGLE = 'it has no indexes and runs every query'

const needs = (name: string, query: (context: Context) => Asked, words: RegExp): Check => ({
  name: `${name} is refused without its index`,
  unlikeGoogle: GOOGLE,
  run: async (context) => {
    const { code: found, details } = await refusal(query(context).get())
    expect(found).toBe(code.failedPrecondition)
    expect(details).toMatch(words)
  },
})

const served = (
  name: string,
  query: (items: CollectionReference, context: Context) => Asked,
): Check => ({
  name: `${name} has its index`,
  run: async (context) => {
    await query(context.items, context).get()
  },
})

const composite = /The query requires an index\./

/** Which queries need which index of `firestore.indexes.json`. */
export const indexChecks: Check[] = [
  served('equality of many fields', (items) =>
    items.where('a', '==', 1).where('b', '==', 2).where('c', '==', null),
  ),
  served('equality beside array-contains', (items) =>
    items.where('a', '==', 1).where('l', 'array-contains', 2),
  ),
  served('one field both ways', (items) => items.where('a', '>', 1).orderBy('a', 'desc')),
  served('equality and a range of ids', (items) =>
    items.where('a', '==', 1).where(FieldPath.documentId(), '>', 'x'),
  ),
  served('equality and the declared order', (items) =>
    items.where('kind', '==', 1).orderBy('rank', 'desc'),
  ),
  served('in and the declared order', (items) =>
    items.where('kind', 'in', [1, 2]).orderBy('rank', 'desc'),
  ),
  served('two indexes of one order, merged', (items) =>
    items.where('kind', '==', 1).where('color', '==', 2).orderBy('rank', 'desc'),
  ),
  served('array-contains and the declared order', (items) =>
    items.where('tags', 'array-contains', 1).orderBy('rank'),
  ),
  served('ranges of two fields', (items) => items.where('rank', '>', 1).where('size', '>', 1)),
  served('or of equalities', (items) =>
    items.where(Filter.or(Filter.where('a', '==', 1), Filter.where('b', '==', 1))),
  ),
  served('the last of the opposite order', (items) =>
    items.where('kind', '==', 1).orderBy('rank').limitToLast(1),
  ),
  served('a sum by a declared index', (items) =>
    items.where('kind', '==', 1).aggregate({ sum: AggregateField.sum('rank') }),
  ),
  served('a field of a collection group that is declared', (_, { db }) =>
    db.collectionGroup('items').where('run', '==', 1),
  ),
  needs(
    'equality and the opposite order',
    ({ items }) => items.where('kind', '==', 1).orderBy('rank'),
    composite,
  ),
  needs(
    'equality and a range of another field',
    ({ items }) => items.where('a', '==', 1).where('b', '>', 2),
    composite,
  ),
  needs(
    'a field more than the index has',
    ({ items }) => items.where('kind', '==', 1).where('a', '==', 2).orderBy('rank', 'desc'),
    composite,
  ),
  needs('two orders', ({ items }) => items.orderBy('size').orderBy('rank'), composite),
  needs(
    'or with a range',
    ({ items }) => items.where(Filter.or(Filter.where('a', '==', 1), Filter.where('b', '>', 1))),
    composite,
  ),
  needs(
    'a sum beside a filter',
    ({ items }) => items.where('a', '==', 1).aggregate({ sum: AggregateField.sum('b') }),
    composite,
  ),
  needs(
    'ids in descending order',
    ({ items }) => items.orderBy(FieldPath.documentId(), 'desc'),
    /requires a COLLECTION_DESC index for collection items and field __name__/,
  ),
  needs(
    'a field that is exempt',
    ({ items }) => items.where('exempt', '==', 1),
    /requires a COLLECTION_ASC index for collection items and field exempt/,
  ),
  needs(
    'a field in a map that is exempt',
    ({ items }) => items.orderBy('exempt.inner'),
    /requires a COLLECTION_ASC index/,
  ),
  needs(
    'a field of a collection group',
    ({ db }) => db.collectionGroup('items').where('a', '==', 1),
    /requires a COLLECTION_GROUP_ASC index for collection items and field a/,
  ),
]
