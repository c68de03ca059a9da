import { gt, has, startsWith } from '@holdfast/core'
import { collect } from '../case.ts'
import { refused } from '../expect.ts'
import { openStore } from '../fixtures.ts'
import { untouched } from '../query-fixtures.ts'

const { add, suite } = collect('input')

/** What comes from JSON or from a mistake never becomes an operator, and is never ignored. */
export const inputSuite = suite

const FROM_JSON: readonly (readonly [name: string, value: unknown])[] = [
  ['{ $gt: 0 }', { $gt: 0 }],
  ['{ $ne: null }', { $ne: null }],
  ['{ op: "gt", value: 0 }', { op: 'gt', value: 0 }],
  ['{ gt: 0 }', { gt: 0 }],
  ['an array', [0, 1]],
  ['an empty object', {}],
  ['{ __proto__: … }', JSON.parse('{"__proto__":{"op":"exists"}}')],
  ['{ constructor: … }', { constructor: { name: 'Operator' } }],
  ['a copied operator', JSON.parse(JSON.stringify(gt(0)))],
  ['{ actor: "id" }', { actor: 'id' }],
]

for (const [name, value] of FROM_JSON)
  add(`${name} from JSON is no operator, in filters, patches and keys`, (context) =>
    untouched(context, async ({ db }, key) => {
      const { place } = key
      const query = { where: { place, count: value } as never }
      await refused(() => db.counters.find(query), 'INVALID', { field: 'count' })
      await refused(() => db.counters.count(query), 'INVALID', { field: 'count' })
      await refused(() => db.counters.deleteWhere(query), 'INVALID', { field: 'count' })
      await refused(() => db.counters.find({ where: { place: value } as never }), 'INVALID', {
        field: 'place',
      })
      await refused(() => db.counters.update(key, { count: value as never }), 'INVALID', {
        field: 'count',
      })
      await refused(() => db.counters.delete(key, { if: { count: value } as never }), 'INVALID', {
        field: 'count',
      })
      await refused(() => db.counters.get({ place, id: value as never }), 'INVALID', {
        field: 'id',
      })
    }),
  )

add('a filter that is no object, or an object with a prototype, is refused', (context) =>
  untouched(context, async ({ db }, { place }) => {
    for (const where of [
      null,
      5,
      'place',
      [],
      [{ place }],
      true,
      new Map([['place', place]]),
      Object.create({ place }),
      JSON.parse(`{"__proto__":{"place":"${place}"}}`),
      { and: [{ place }] },
      { OR: [] },
    ])
      for (const run of [
        () => db.counters.find({ where: where as never }),
        () => db.counters.deleteWhere({ where: where as never }),
      ])
        await refused(run, 'INVALID', { entity: 'counter' })
  }),
)

add('a lone surrogate, U+0000, NaN and infinities are refused in filters and keys too', (context) =>
  untouched(context, async ({ db }, { place }) => {
    for (const id of ['a\ud800', '\udc00', 'a\0b', ''])
      await refused(() => db.counters.get({ place, id }), 'INVALID', {
        field: 'id',
        entity: 'counter',
      })
    for (const value of ['a\ud800', 'a\0b']) {
      await refused(() => db.everything.find({ where: { place, text: value } }), 'INVALID', {
        field: 'text',
      })
      await refused(() => db.everything.find({ where: { place: value } }), 'INVALID', {
        field: 'place',
      })
    }
    for (const value of [Number.NaN, Infinity, -Infinity, 1e126, 1e-131])
      for (const condition of [value, gt(value)])
        await refused(() => db.everything.find({ where: { place, real: condition } }), 'INVALID', {
          field: 'real',
        })
    await refused(
      () => db.everything.find({ where: { place, at: new Date(Number.NaN) } }),
      'INVALID',
      { field: 'at' },
    )
    await refused(() => db.everything.find({ where: { place, big: 2n ** 63n } }), 'INVALID', {
      field: 'big',
    })
  }),
)

add('undefined and null in a filter are refused, never ignored', (context) =>
  untouched(context, async ({ db }, { place }) => {
    for (const value of [undefined, null])
      for (const where of [
        { place, count: value },
        { place: value },
        { place, count: gt(value as never) },
      ]) {
        const query = { where: where as never }
        for (const run of [
          () => db.counters.find(query),
          () => db.counters.count(query),
          () => db.counters.deleteWhere(query),
          () => db.counters.updateWhere(query, { count: 5 }),
        ])
          await refused(run, 'INVALID', { entity: 'counter' })
      }
  }),
)

add('operators on fields they do not fit are refused', async (context) => {
  const { db } = openStore(context)
  const place = context.unique
  for (const [field, operator] of [
    ['text', has('a')],
    ['list', gt('a')],
    ['list', 'a'],
    ['doc', gt(1)],
    ['list', startsWith('a')],
    ['doc', has('a')],
    ['text', startsWith(5 as never)],
  ] as const)
    await refused(
      () => db.everything.find({ where: { place, [field]: operator } as never }),
      'INVALID',
      { field },
    )
})
