import { FieldPath, FieldValue, Filter, GeoPoint, Timestamp } from '@google-cloud/firestore'
import type { CollectionReference, Query } from '@google-cloud/firestore'
import { expect } from 'vitest'
import { code, refusal } from '../case.ts'
import type { Check, Context } from '../case.ts'

/** Documents with a value of every kind, by id. */
const values = ({ items }: Context): Record<string, unknown> => ({
  nothing: null,
  no: false,
  yes: true,
  nan: Number.NaN,
  low: -1.5,
  zero: 0,
  one: 1,
  more: 1.5,
  early: Timestamp.fromMillis(1000),
  late: Timestamp.fromMillis(2000),
  empty: '',
  a: 'a',
  b: 'b',
  bytes: Buffer.from([1]),
  other: items.doc('a'),
  point: new GeoPoint(1, 2),
  list: [1, 2],
  list2: [2],
  vector: FieldValue.vector([1, 2]),
  map: { x: 1 },
})

const seed = async (context: Context): Promise<void> => {
  const batch = context.db.batch()
  for (const [id, v] of Object.entries(values(context)))
    batch.set(context.items.doc(id), { v, name: id })
  batch.set(context.items.doc('missing'), { name: 'missing' })
  await batch.commit()
}

const finds = (
  name: string,
  query: (items: CollectionReference) => Query,
  ids: string[],
): Check => ({
  name: `${name} finds ${ids.length === 0 ? 'nothing' : ids.join(', ')}`,
  run: async (context) => {
    await seed(context)
    const found = (await query(context.items).get()).docs.map(({ id }) => id)
    expect(found).toEqual(ids)
  },
})

const refused = (name: string, query: (items: CollectionReference) => Query): Check => ({
  name: `${name} is refused`,
  run: async ({ items }) => {
    expect((await refusal(query(items).get())).code).toBe(code.invalidArgument)
  },
})

const numbers = Array.from({ length: 31 }, (_, n) => n)

/** What conditions find among values of all types. */
export const filterChecks: Check[] = [
  finds('v == 1', (items) => items.where('v', '==', 1), ['one']),
  finds('v == null', (items) => items.where('v', '==', null), ['nothing']),
  finds('v == NaN', (items) => items.where('v', '==', Number.NaN), ['nan']),
  finds('v == [1, 2]', (items) => items.where('v', '==', [1, 2]), ['list']),
  finds('v == { x: 1 }', (items) => items.where('v', '==', { x: 1 }), ['map']),
  finds('v < 1.5 (numbers only, not NaN)', (items) => items.where('v', '<', 1.5), [
    'low',
    'zero',
    'one',
  ]),
  finds('v >= 1', (items) => items.where('v', '>=', 1), ['one', 'more']),
  finds('v > ""', (items) => items.where('v', '>', ''), ['a', 'b']),
  finds('v <= "a"', (items) => items.where('v', '<=', 'a'), ['empty', 'a']),
  finds('v > false', (items) => items.where('v', '>', false), ['yes']),
  finds('v > a timestamp', (items) => items.where('v', '>', Timestamp.fromMillis(1000)), ['late']),
  finds('v > an array', (items) => items.where('v', '>', [1, 2]), ['list2']),
  finds('v > "a" and v < "b"', (items) => items.where('v', '>', 'a').where('v', '<', 'b'), []),
  finds('v != null (what has v)', (items) => items.where('v', '!=', null).limit(3), [
    'no',
    'yes',
    'nan',
  ]),
  finds('v != 0 (not null)', (items) => items.where('v', '!=', 0).limit(5), [
    'no',
    'yes',
    'nan',
    'low',
    'one',
  ]),
  finds('v != NaN', (items) => items.where('v', '!=', Number.NaN).limit(3), ['no', 'yes', 'low']),
  finds(
    'v in [1, "a", null, NaN] (no null, no NaN)',
    (items) => items.where('v', 'in', [1, 'a', null, Number.NaN]).orderBy('v'),
    ['one', 'a'],
  ),
  finds(
    'v not-in [false, true, NaN]',
    (items) => items.where('v', 'not-in', [false, true, Number.NaN]).limit(2),
    ['nan', 'low'],
  ),
  finds('v not-in [1, null]', (items) => items.where('v', 'not-in', [1, null]), []),
  finds('v array-contains 2', (items) => items.where('v', 'array-contains', 2), ['list', 'list2']),
  finds('v array-contains-any [1, 5]', (items) => items.where('v', 'array-contains-any', [1, 5]), [
    'list',
  ]),
  finds('a nested field', (items) => items.where('v.x', '==', 1), ['map']),
  finds('a missing field', (items) => items.where('none', '==', null), []),
  finds(
    'v == 1 or v > "a"',
    (items) => items.where(Filter.or(Filter.where('v', '==', 1), Filter.where('v', '>', 'a'))),
    ['one', 'b'],
  ),
  finds(
    '(v == 1 or v == 0) and (name == one or name == a)',
    (items) =>
      items.where(
        Filter.and(
          Filter.or(Filter.where('v', '==', 1), Filter.where('v', '==', 0)),
          Filter.or(Filter.where('name', '==', 'one'), Filter.where('name', '==', 'a')),
        ),
      ),
    ['one'],
  ),
  finds(
    'ids in a list',
    (items) => items.where(FieldPath.documentId(), 'in', ['one', 'zero', 'none']),
    ['one', 'zero'],
  ),
  finds('ids after "vector"', (items) => items.where(FieldPath.documentId(), '>', 'vector'), [
    'yes',
    'zero',
  ]),
  finds(
    'one id and a field',
    (items) => items.where(FieldPath.documentId(), '==', 'one').where('v', '==', 1),
    ['one'],
  ),
  refused('a list of 31 values for in', (items) => items.where('v', 'in', numbers)),
  refused('more than 30 alternatives', (items) =>
    items.where('v', 'in', numbers.slice(0, 6)).where('name', 'in', ['a', 'b', 'c', 'd', 'e', 'f']),
  ),
  refused('a list of 11 values for not-in', (items) =>
    items.where('v', 'not-in', numbers.slice(0, 11)),
  ),
  refused('two !=', (items) => items.where('v', '!=', 1).where('v', '!=', 2)),
  refused('not-in beside in', (items) =>
    items.where('v', 'not-in', [1]).where('name', 'in', ['a', 'b']),
  ),
  refused('two array-contains', (items) =>
    items.where('v', 'array-contains', 1).where('v', 'array-contains', 2),
  ),
  refused('a filter by a string of more than 1500 bytes', (items) =>
    items.where('v', '==', 'x'.repeat(1501)),
  ),
]
