import { isHoldfastError } from '@holdfast/core'
import { collect } from '../case.ts'
import { holds, refused, same } from '../expect.ts'
import { openPapers, openRanked, paper, QUERY_MODELS, untouched } from '../query-fixtures.ts'

const { add, suite } = collect('errors', QUERY_MODELS)

/** Bad input: refused with its code and field, and nothing happens. */
export const errorsSuite = suite

for (const field of ['surplus', '__proto__', 'constructor', 'toString', '_v', '$set', 'a.b', ''])
  add(
    `the unknown field ${JSON.stringify(field)} is refused on every write and in every filter`,
    (context) =>
      untouched(context, async ({ db }, key) => {
        const extra = Object.defineProperty({}, field, {
          value: 1,
          enumerable: true,
          configurable: true,
          writable: true,
        })
        const made = Object.defineProperty({ ...key, id: 'new' }, field, {
          value: 1,
          enumerable: true,
        })
        const where = Object.defineProperty({ place: key.place }, field, {
          value: 1,
          enumerable: true,
        })
        const detail = { entity: 'counter', field }
        await refused(() => db.counters.create(made), 'INVALID', detail)
        await refused(() => db.counters.put(made), 'INVALID', detail)
        await refused(() => db.counters.update(key, extra), 'INVALID', detail)
        await refused(() => db.counters.find({ where }), 'INVALID', detail)
        await refused(() => db.counters.count({ where }), 'INVALID', detail)
        await refused(() => db.counters.updateWhere({ where }, { count: 2 }), 'INVALID', detail)
        await refused(() => db.counters.deleteWhere({ where }), 'INVALID', detail)
        await refused(
          () => db.counters.update(key, { count: 2 }, { if: extra as never }),
          'INVALID',
          detail,
        )
        await refused(() => db.counters.delete(key, { if: extra as never }), 'INVALID', detail)
        await refused(
          () => db.counters.find({ where: { place: key.place }, select: [field as 'id'] }),
          'INVALID',
          { field: 'select' },
        )
        await refused(() => db.counters.get(made), 'INVALID', { field })
        const [many] = await db.counters.createMany([made])
        same(many?.ok === false ? [many.error.code, many.error.field] : 'ok', ['INVALID', field])
      }),
  )

add('a record of 351 KiB is refused on every kind of write', (context) =>
  untouched(context, async ({ db }, key) => {
    const big = { ...key, id: 'big', text: 'é'.repeat((351 * 1024) / 2) }
    const detail = { entity: 'everything', message: /350 KiB/ }
    await refused(() => db.everything.create(big), 'LIMIT_EXCEEDED', detail)
    await refused(() => db.everything.put(big), 'LIMIT_EXCEEDED', detail)
    await refused(() => db.everything.update(key, { text: big.text }), 'LIMIT_EXCEEDED', detail)
    await refused(() => db.transaction((tx) => tx.everything.create(big)), 'LIMIT_EXCEEDED')
    const [many] = await db.everything.createMany([big])
    same(many?.ok === false ? many.error.code : 'ok', 'LIMIT_EXCEEDED')
  }),
)

add('a key of 601 encoded bytes is refused, one of 600 kept', (context) =>
  untouched(context, async ({ db }, { place }) => {
    // The encoded form adds a type digit and a separator to each part.
    const room = 600 - place.length - 4
    await refused(
      () => db.everything.create({ place, id: 'x'.repeat(room + 1) }),
      'LIMIT_EXCEEDED',
      { entity: 'everything', field: 'id', message: /600/ },
    )
    await refused(() => db.everything.get({ place, id: 'x'.repeat(room + 1) }), 'LIMIT_EXCEEDED')
    await refused(() => db.everything.delete({ place, id: 'é'.repeat(room) }), 'LIMIT_EXCEEDED')
    const longest = { place, id: 'x'.repeat(room) }
    await db.everything.create(longest)
    same(await db.everything.get(longest), longest)
    await db.everything.delete(longest)
  }),
)

add('an index value of more than 400 encoded bytes is refused', async (context) => {
  const { db } = openRanked(context)
  const place = context.unique
  const long = { place, id: 'a', kind: 'k', label: 'x'.repeat(400), rank: 1 }
  await refused(() => db.create(long), 'LIMIT_EXCEEDED', { entity: 'ranked', message: /byKind/ })
  await db.create({ ...long, label: 'short' })
  await refused(() => db.update({ place, id: 'a' }, { label: long.label }), 'LIMIT_EXCEEDED')
  same((await db.get({ place, id: 'a' }))?.label, 'short')
})

add('an incomplete key, one of another kind or with more is refused', (context) =>
  untouched(context, async ({ db }, { place }) => {
    for (const key of [
      { place },
      { id: 'a' },
      {},
      { place, id: 5 },
      { place, id: null },
      { place, id: ['a'] },
      { place, id: 'a', count: 1 },
      null,
      'a',
      [place, 'a'],
      undefined,
    ])
      for (const run of [
        () => db.counters.get(key as never),
        () => db.counters.delete(key as never),
        () => db.counters.update(key as never, { count: 1 }),
        () => db.counters.getMany([key as never]),
      ])
        await refused(run, 'INVALID', { entity: 'counter' })
  }),
)

add('an unserved query is refused and an altered cursor too', (context) =>
  untouched(context, async ({ db }, { place }) => {
    await refused(() => db.counters.find({ where: { label: 'x' } }), 'INVALID', {
      entity: 'counter',
      message: /scan: true/,
    })
    await refused(() => db.counters.deleteWhere({ where: { label: 'x' } }), 'INVALID', {
      entity: 'counter',
    })
    await refused(() => db.counters.updateWhere({ where: { label: 'x' } }, { count: 2 }), 'INVALID')
    await refused(() => db.counters.find({ where: { place }, cursor: 'AAAA' }), 'INVALID', {
      field: 'cursor',
    })
  }),
)

add('two writes to one key in a transaction are refused, and nothing is written', (context) =>
  untouched(context, async ({ db }, key) => {
    const error = await refused(
      () =>
        db.transaction(async (tx) => {
          await tx.counters.create({ ...key, id: 'new' })
          await tx.counters.update(key, { count: 2 })
          await tx.counters.update(key, { count: 3 })
        }),
      'INVALID',
      { entity: 'counter', message: /once/ },
    )
    same(error.write, 2)
  }),
)

add('an empty patch, a patch of the key or of the version is refused', (context) =>
  untouched(context, async ({ db }, key) => {
    for (const [patch, field] of [
      [{}, undefined],
      [{ id: 'x' }, 'id'],
      [{ place: 'x' }, 'place'],
      [{ revision: 'x' }, 'revision'],
      [{ count: undefined }, 'count'],
      [null, undefined],
      [[], undefined],
    ] as const)
      await refused(() => db.counters.update(key, patch as never), 'INVALID', {
        entity: 'counter',
        ...(field === undefined ? {} : { field }),
      })
    await refused(
      () => db.counters.create({ ...key, id: 'n', revision: 'x' } as never),
      'INVALID',
      { field: 'revision' },
    )
  }),
)

add(
  'every refusal is a Holdfast error, not applied, not retryable, across package copies',
  (context) =>
    untouched(context, async ({ db }, key) => {
      for (const run of [
        () => db.counters.create(key),
        () => db.counters.get({} as never),
        () => db.counters.update({ ...key, id: 'none' }, { count: 1 }),
        () => db.counters.update(key, { count: 5 }, { ifVersion: 'x' }),
      ]) {
        const error = await run().then(
          () => undefined,
          (thrown: unknown) => thrown,
        )
        holds(isHoldfastError(error) && error instanceof Error, 'one class of error')
        same(
          [error.name, error.outcome, error.retryable, error.entity],
          ['HoldfastError', 'not_applied', false, 'counter'],
        )
      }
    }),
)

add('no refusal carries stored data or the value refused', async (context) => {
  const { free } = openPapers(context, () => ({}))
  await free.create(paper(context, 'a', { title: 'stored-4711', pages: 4711 }))
  for (const run of [
    () => free.create(paper(context, 'a', { title: 'given-4711' })),
    () => free.create(paper(context, 'b', { title: 'given-4711\0' })),
    () => free.create(paper(context, 'b', { pages: 4711.5 })),
    () => free.update(paper(context, 'a'), { title: 'x' }, { if: { title: 'given-4711' } }),
    () => free.update(paper(context, 'a'), { title: 'x' }, { ifVersion: 'given-4711' }),
    () => free.update(paper(context, 'none-4711'), { title: 'x' }),
    () => free.find({ where: { title: 'given-4711' } }),
    () => free.find({ where: { title: ['given-4711'] } as never }),
  ]) {
    const error = await run().then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    holds(isHoldfastError(error), 'refused')
    holds(!error.message.includes('4711'), `no data in: ${error.code}`)
  }
})
