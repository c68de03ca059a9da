import { FieldPath, FieldValue } from '@google-cloud/firestore'
import type { DocumentReference } from '@google-cloud/firestore'
import { expect } from 'vitest'
import type { Check, Context } from '../case.ts'

const leaves = (
  name: string,
  before: object | undefined,
  write: (document: DocumentReference) => Promise<unknown>,
  after: object,
): Check => ({
  name,
  run: async ({ items }: Context) => {
    const document = items.doc('a')
    if (before !== undefined) await document.set(before)
    await write(document)
    expect((await document.get()).data()).toEqual(after)
  },
})

/** Writes of some fields only. */
export const maskChecks: Check[] = [
  leaves('update leaves other fields', { a: 1, b: 2 }, (document) => document.update({ b: 3 }), {
    a: 1,
    b: 3,
  }),
  leaves(
    'update of a nested field leaves its neighbours',
    { m: { a: 1, b: 2 } },
    (document) => document.update({ 'm.b': 3 }),
    { m: { a: 1, b: 3 } },
  ),
  leaves(
    'update makes the maps on the way',
    { a: 1 },
    (document) => document.update({ 'x.y.z': 1 }),
    { a: 1, x: { y: { z: 1 } } },
  ),
  leaves(
    'a nested update replaces a value that is no map',
    { a: 1 },
    (document) => document.update({ 'a.b': 2 }),
    { a: { b: 2 } },
  ),
  leaves(
    'a field can be deleted',
    { a: 1, b: 2 },
    (document) => document.update({ b: FieldValue.delete() }),
    { a: 1 },
  ),
  leaves(
    'deleting the last field of a map leaves the empty map',
    { m: { a: 1 } },
    (document) => document.update({ 'm.a': FieldValue.delete() }),
    { m: {} },
  ),
  leaves(
    'deleting below a value that is no map changes nothing',
    { a: 1 },
    (document) => document.update({ 'a.b': FieldValue.delete() }),
    { a: 1 },
  ),
  leaves(
    'merge makes a document that is missing',
    undefined,
    (document) => document.set({ m: { a: 1 } }, { merge: true }),
    { m: { a: 1 } },
  ),
  leaves(
    'merge leaves what it does not name',
    { m: { a: 1 }, b: 2 },
    (document) => document.set({ m: { c: 3 } }, { merge: true }),
    { m: { a: 1, c: 3 }, b: 2 },
  ),
  leaves(
    'mergeFields writes only the fields that it names',
    { a: 1, b: 2 },
    (document) => document.set({ a: 3, b: 4 }, { mergeFields: ['a'] }),
    { a: 3, b: 2 },
  ),
  leaves(
    'names with dots, backticks, spaces and backslashes are kept apart',
    { 'a.b': 1, 'c`d': 2, 'e f': 3, 'g\\h': 4 },
    (document) =>
      document.update(new FieldPath('a.b'), 5, new FieldPath('c`d'), 6, new FieldPath('g\\h'), 7),
    { 'a.b': 5, 'c`d': 6, 'e f': 3, 'g\\h': 7 },
  ),
  {
    name: 'a read can ask for some fields only',
    run: async ({ db, items }) => {
      await items.doc('a').set({ a: 1, m: { b: 2, c: 3 } })
      const [found, missing] = await db.getAll(items.doc('a'), items.doc('b'), {
        fieldMask: ['m.c', 'none'],
      })
      expect(found?.data()).toEqual({ m: { c: 3 } })
      expect(missing?.exists).toBe(false)
    },
  },
]
