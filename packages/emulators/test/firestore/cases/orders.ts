import { FieldPath, FieldValue, GeoPoint, Timestamp } from '@google-cloud/firestore'
import type { CollectionReference, Query } from '@google-cloud/firestore'
import { expect } from 'vitest'
import { code, refusal } from '../case.ts'
import type { Check, Context } from '../case.ts'

const put = async ({ db, items }: Context, all: [id: string, v: unknown][]): Promise<void> => {
  const batch = db.batch()
  for (const [id, v] of all) batch.set(items.doc(id), v === undefined ? {} : { v })
  await batch.commit()
}

const idsOf = async (query: Query): Promise<string[]> =>
  (await query.get()).docs.map(({ id }) => id)

// The ids are random, so that only the values can give the order.
const sorted = (name: string, inOrder: (context: Context) => unknown[]): Check => ({
  name: `${name} sort, both ways`,
  run: async (context) => {
    const all = inOrder(context).map((v): [string, unknown] => [context.items.doc().id, v])
    await put(context, all)
    const ids = all.map(([id]) => id)
    expect(await idsOf(context.items.orderBy('v'))).toEqual(ids)
    expect(await idsOf(context.items.orderBy('v', 'desc'))).toEqual(ids.toReversed())
  },
})

const letters: [string, unknown][] = ['a', 'b', 'c', 'd', 'e'].map((id, at) => [
  id,
  Math.floor(at / 2),
])

const shows = (
  name: string,
  query: (items: CollectionReference) => Query,
  ids: string[],
): Check => ({
  name,
  run: async (context) => {
    await put(context, letters)
    expect(await idsOf(query(context.items))).toEqual(ids)
  },
})

/** Orders, and places in them. The documents a to e have v = 0, 0, 1, 1, 2. */
export const orderChecks: Check[] = [
  sorted('types', ({ items }) => [
    null,
    false,
    true,
    Number.NaN,
    -Infinity,
    -1,
    0.5,
    2n ** 53n,
    2n ** 53n + 1n,
    Infinity,
    Timestamp.fromMillis(0),
    '',
    Buffer.from([1]),
    items.doc('x'),
    new GeoPoint(0, 0),
    [],
    FieldValue.vector([1]),
    {},
  ]),
  sorted('strings by their bytes', () => ['', 'A', 'a', 'a\u0000', 'aa', 'é', '\uFFFD', '😀']),
  sorted('arrays by their elements', () => [[], [1], [1, 2], [2], ['a']]),
  sorted('maps by their names and values', () => [
    {},
    { a: 1 },
    { a: 1, b: 0 },
    { a: 2 },
    { b: 0 },
  ]),
  sorted('vectors by their length', () => [[9], [1, 2], [1, 3]].map((v) => FieldValue.vector(v))),
  sorted('bytes', () => [[], [0], [0, 255], [1]].map((bytes) => Buffer.from(bytes))),
  sorted('points', () => [new GeoPoint(0, 5), new GeoPoint(1, -5), new GeoPoint(1, 0)]),
  shows('ties sort by the name', (items) => items.orderBy('v'), ['a', 'b', 'c', 'd', 'e']),
  shows('ties sort by the name in the same direction', (items) => items.orderBy('v', 'desc'), [
    'e',
    'd',
    'c',
    'b',
    'a',
  ]),
  {
    name: 'documents without the field are left out',
    run: async (context) => {
      await put(context, [...letters, ['x', undefined]])
      expect(await idsOf(context.items.orderBy('v'))).not.toContain('x')
      expect(await idsOf(context.items)).toContain('x')
    },
  },
  {
    name: 'ids sort by their bytes',
    run: async (context) => {
      const ids = ['A', 'a', 'b', 'é', '\uFFFD', '😀']
      await put(
        context,
        ids.toReversed().map((id) => [id, 1]),
      )
      expect(await idsOf(context.items)).toEqual(ids)
      expect(await idsOf(context.items.orderBy(FieldPath.documentId()))).toEqual(ids)
    },
  },
  shows('startAt takes the value itself', (items) => items.orderBy('v').startAt(1), [
    'c',
    'd',
    'e',
  ]),
  shows('startAfter leaves it out', (items) => items.orderBy('v').startAfter(1), ['e']),
  shows('endAt takes the value itself', (items) => items.orderBy('v').endAt(0), ['a', 'b']),
  shows('endBefore leaves it out', (items) => items.orderBy('v').endBefore(1), ['a', 'b']),
  shows('places between values work', (items) => items.orderBy('v').startAt(0.5).endAt(1.5), [
    'c',
    'd',
  ]),
  shows(
    'places turn with the direction',
    (items) => items.orderBy('v', 'desc').startAfter(2).endAt(1),
    ['d', 'c'],
  ),
  shows(
    'a place can name the document too',
    (items) => items.orderBy('v').orderBy(FieldPath.documentId()).startAfter(0, 'a'),
    ['b', 'c', 'd', 'e'],
  ),
  {
    name: 'a snapshot is a place',
    run: async (context) => {
      await put(context, letters)
      const at = await context.items.doc('c').get()
      expect(await idsOf(context.items.orderBy('v').startAfter(at))).toEqual(['d', 'e'])
      expect(await idsOf(context.items.startAt(at))).toEqual(['c', 'd', 'e'])
    },
  },
  shows('offset and limit', (items) => items.orderBy('v').offset(1).limit(2), ['b', 'c']),
  shows('limitToLast', (items) => items.orderBy('v').limitToLast(2), ['d', 'e']),
  shows('limitToLast before a place', (items) => items.orderBy('v').endBefore(2).limitToLast(3), [
    'b',
    'c',
    'd',
  ]),
  {
    name: 'an order after the name is refused',
    run: async ({ items }) => {
      const query = items.orderBy(FieldPath.documentId()).orderBy('v')
      expect((await refusal(query.get())).code).toBe(code.invalidArgument)
    },
  },
]
