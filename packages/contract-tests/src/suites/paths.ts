import { and, between, gt, gte, lt, lte, not, oneOf, or, startsWith } from '@holdfast/core'
import { collect, type Context } from '../case.ts'
import { holds, refused, same } from '../expect.ts'
import { openPapers, openRanked, paper, QUERY_MODELS } from '../query-fixtures.ts'

const { add, suite } = collect('access paths', QUERY_MODELS)

/** Which key or index serves a query, what is refused, and in which order records come. */
export const pathsSuite = suite

const ROWS = [
  ['a', 'x', 3, 'la'],
  ['b', 'x', 1, 'lb'],
  ['c', 'x', null, 'la'],
  ['d', 'x', undefined, 'lc'],
  ['e', 'y', 1, null],
  ['f', 'x', 2, 'lab'],
  ['g', 'x', -1, undefined],
  ['h', 'x', 1, 'l'],
] as const

const seeded = async (context: Context) => {
  const opened = openRanked(context)
  const place = context.unique
  for (const [id, kind, rank, label] of ROWS)
    await opened.db.create({
      place,
      id,
      kind,
      ...(rank === undefined ? {} : { rank }),
      ...(label === undefined ? {} : { label }),
    })
  type Query = NonNullable<Parameters<typeof opened.db.find>[0]>
  const ids = async (query: Query): Promise<string> => {
    const { items } = await opened.db.find(query)
    same(
      await opened.db.count({
        ...(query.where === undefined ? {} : { where: query.where }),
        ...(query.index === undefined ? {} : { index: query.index }),
        ...(query.scan === undefined ? {} : { scan: query.scan }),
      }),
      items.length,
    )
    return items.map(({ id }) => id).join('')
  }
  return { ...opened, place, ids }
}

add('along the key: the partition, a prefix, a range, between and startsWith', async (context) => {
  const { db, place, ids } = await seeded(context)
  same(await ids({ where: { place } }), 'abcdefgh')
  same(await ids({ where: { place, id: 'c' } }), 'c')
  same(await ids({ where: { place, id: gt('c') } }), 'defgh')
  same(await ids({ where: { place, id: gte('c') } }), 'cdefgh')
  same(await ids({ where: { place, id: lt('c') } }), 'ab')
  same(await ids({ where: { place, id: lte('c') } }), 'abc')
  same(await ids({ where: { place, id: between('c', 'e') } }), 'cde')
  same(await ids({ where: { place, id: startsWith('c') } }), 'c')
  same(await ids({ where: { place, id: startsWith('') } }), 'abcdefgh')
  for (const where of [{ place }, { place, id: 'c' }, { place, id: gt('c') }]) {
    const told = db.explain({ where })
    same([told.access, told.index, told.residual], ['key', undefined, undefined])
    same(told.order, ['id'])
  }
})

add('two bounds of one field meet, from two conditions too', async (context) => {
  const { place, ids } = await seeded(context)
  same(await ids({ where: and({ place, id: gt('b') }, { id: lte('e') }) }), 'cde')
  same(await ids({ where: and({ place, id: gt('b') }, { id: gt('d') }) }), 'efgh')
  same(await ids({ where: and({ place, id: gt('d') }, { id: gt('b') }) }), 'efgh')
  same(await ids({ where: and({ place, id: 'b' }, { id: 'c' }) }), '')
  same(await ids({ where: and({ place, id: startsWith('b') }, { id: gt('a') }) }), 'b')
  same(await ids({ where: and({ place }, { place: `${place}-other` }) }), '')
})

add(
  'an index orders by its sort field, nulls first, missing left out, ties by key',
  async (context) => {
    const { place, ids, db } = await seeded(context)
    same(await ids({ where: { place }, index: 'byRank' }), 'cgbehfa')
    same(await ids({ where: { place }, index: 'byRank', orderBy: 'desc' }), 'afhebgc')
    same(db.explain({ where: { place }, index: 'byRank' }).order, ['rank', 'id'])
    same(await ids({ where: { place, rank: 1 } }), 'beh')
    same(await ids({ where: { place, rank: gte(1) } }), 'behfa')
    same(await ids({ where: { place, rank: lt(2) } }), 'gbeh')
    same(await ids({ where: { place, rank: between(-1, 1) } }), 'gbeh')
    same(db.explain({ where: { place, rank: gte(1) } }).index, 'byRank')
  },
)

add('an index that nobody named never leaves out a record', async (context) => {
  const { place, ids, db } = await seeded(context)
  const where = { place, kind: 'x' }
  same(db.explain({ where }).access, 'key')
  same(await ids({ where }), 'abcdfgh')
  same(
    await ids({ where, index: 'byKind' }),
    'hcafb',
    'named, it holds only what has all its fields',
  )
})

add('an index of two sort fields serves a prefix and then a range', async (context) => {
  const { place, ids, db } = await seeded(context)
  const base = { place, kind: 'x' }
  const index = 'byKind'
  same(await ids({ where: base, index }), 'hcafb')
  same(await ids({ where: { ...base, label: 'la' }, index }), 'ca')
  same(await ids({ where: { ...base, label: 'la', rank: gt(0) } }), 'a')
  same(await ids({ where: { ...base, label: startsWith('la') }, index }), 'caf')
  same(await ids({ where: { ...base, label: startsWith('la') }, index, orderBy: 'desc' }), 'fac')
  const told = db.explain({ where: { ...base, label: 'la', rank: gt(0) } })
  same([told.access, told.index, told.residual], ['index', 'byKind', undefined])
  same(told.order, ['label', 'rank', 'id'])
  holds(told.path?.includes('rank >') === true, 'explain tells the range')
})

add('what the path does not use filters exactly, with exact limits', async (context) => {
  const { place, db } = await seeded(context)
  const where = and({ place }, or({ label: 'la' }, { rank: 1 }))
  const page = await db.find({ where, limit: 3 })
  same(
    page.items.map(({ id }) => id),
    ['a', 'b', 'c'],
  )
  holds(page.cursor !== undefined, 'there is more')
  same((await db.find({ where, limit: 4 })).items.length, 4)
  same(await db.count({ where }), 5)
})

add('a residual filter of core gives full pages and exact counts', async (context) => {
  const { free, db } = openRanked(context)
  const place = context.unique
  const made = Array.from({ length: 400 }, (_, at) => ({
    place,
    id: String(at).padStart(3, '0'),
    kind: 'k',
    rank: at % 10,
  }))
  for (const result of await free.createMany(made)) holds(result.ok, 'made')
  const where = and({ place, id: gte('000') }, { rank: gt(8.5) })
  const told = db.explain({ where })
  holds(told.residual?.includes('rank >') === true, 'a fraction on an integer field is a residual')
  const page = await db.find({ where, limit: 15 })
  same(
    page.items.map(({ id }) => Number(id)),
    made
      .slice(0, 150)
      .filter(({ rank }) => rank === 9)
      .map(({ id }) => Number(id)),
  )
  same(await db.count({ where }), 40)
  let seen = 0
  for await (const row of db.each({ where, limit: 7 })) seen += row.rank === 9 ? 1 : 1000
  same(seen, 40)
})

add('a read budget gives a short page with a cursor to go on', async (context) => {
  const { free } = openRanked(context)
  const place = context.unique
  const made = Array.from({ length: 300 }, (_, at) => ({
    place,
    id: String(at).padStart(3, '0'),
    kind: 'k',
    rank: at === 40 || at === 270 ? 1 : 0,
  }))
  await free.createMany(made)
  const query = {
    where: and({ place, id: gte('') }, { rank: gt(0.5) }),
    limit: 10,
    maxScanned: 100,
  }
  const first = await free.find(query)
  same(
    first.items.map(({ id }) => id),
    ['040'],
  )
  const { cursor = '' } = first
  const error = await refused(() => free.find({ ...query, cursor }), 'LIMIT_EXCEEDED', {
    entity: 'ranked',
  })
  holds(typeof error.cursor === 'string', 'the error says where to go on')
  const last = await free.find({ ...query, cursor: error.cursor ?? '' })
  same(
    last.items.map(({ id }) => id),
    ['270'],
  )
  await refused(() => free.count({ where: query.where, maxScanned: 100 }), 'LIMIT_EXCEEDED')
  same(await free.count({ where: query.where }), 2)
})

const UNSERVED = [
  ['no condition', {}, /partition/],
  ['no equality on the partition', { kind: 'x' }, /'kind'/],
  ['only a range on the partition', { place: gt('') }, /partition/],
  ['oneOf on the partition', { place: oneOf(['a', 'b']) }, /partition/],
  ['a field without index', { score: 1 }, /partition: \['score'\]/],
  ['equality and a range', { kind: 'x', score: gt(1) }, /partition: \['kind'\], sort: \['score'\]/],
  ['or over partitions', or<never>({ place: 'a' } as never, { place: 'b' } as never), /partition/],
  ['a negated partition', not({ place: 'a' } as never), /partition/],
] as const

for (const [name, where, advice] of UNSERVED)
  add(`refused with advice: ${name}`, async (context) => {
    const { db } = openRanked(context)
    const query = { where: where as never }
    for (const run of [
      () => db.find(query),
      () => db.count(query),
      () => db.each(query)[Symbol.asyncIterator]().next(),
    ])
      await refused(run, 'INVALID', { entity: 'ranked', message: advice })
    const told = db.explain(query)
    same(told.access, 'refused')
    holds(told.refused !== undefined && advice.test(told.refused), 'explain tells the same')
    holds(/scan: true/.test(told.refused), 'and the way out')
  })

add('an index named that does not serve, or does not exist, is refused', async (context) => {
  const { db } = openRanked(context)
  const place = context.unique
  await refused(() => db.find({ where: { place }, index: 'byKind' }), 'INVALID', {
    message: /byKind/,
  })
  for (const index of ['none', '__proto__', 'constructor'])
    await refused(() => db.find({ where: { place }, index: index as never }), 'INVALID')
})

add('scan: true reads everything, and has no order to ask for', async (context) => {
  const { db, ids, place } = await seeded(context)
  const of = new Set([place])
  const where = and({ place: oneOf([...of]) }, { label: 'la' })
  same([...(await ids({ where, scan: true }))].toSorted().join(''), 'ac')
  same(db.explain({ where, scan: true }).access, 'scan')
  await refused(() => db.find({ where, scan: true, orderBy: 'asc' }), 'INVALID', {
    field: 'orderBy',
  })
})

add('scan: true uses the key or an index where one serves', async (context) => {
  const { db, ids, place } = await seeded(context)
  same(db.explain({ where: { place }, scan: true }).access, 'key')
  same(await ids({ where: { place, rank: 1 }, scan: true }), 'beh')
})

add(
  'select returns the fields asked for only, key fields included only when asked',
  async (context) => {
    const { db, place } = await seeded(context)
    const { items } = await db.find({ where: { place, id: lte('d') }, select: ['id', 'rank'] })
    same(items, [{ id: 'a', rank: 3 }, { id: 'b', rank: 1 }, { id: 'c', rank: null }, { id: 'd' }])
    const each: unknown[] = []
    for await (const row of db.each({ where: { place, rank: 1 }, select: ['label'] }))
      each.push(row)
    same(each, [{ label: 'lb' }, { label: null }, { label: 'l' }])
  },
)

add('bad query options are refused, each naming the option', async (context) => {
  const { db } = openRanked(context)
  const where = { place: context.unique }
  for (const [field, value] of [
    ['limit', 0],
    ['limit', 1001],
    ['limit', 1.5],
    ['limit', '5'],
    ['limit', Number.NaN],
    ['limit', -1],
    ['maxScanned', 0],
    ['orderBy', 'ASC'],
    ['orderBy', { id: 'asc' }],
    ['select', []],
    ['select', 'id'],
    ['select', ['nope']],
    ['select', ['__proto__']],
    ['filter', {}],
    ['offset', 3],
    ['where', undefined],
  ] as const)
    await refused(() => db.find({ where, [field]: value } as never), 'INVALID', {
      field,
      entity: 'ranked',
    })
  for (const query of [null, 5, 'x', []]) await refused(() => db.find(query as never), 'INVALID')
  await refused(() => db.count({ where, limit: 5 } as never), 'INVALID', { field: 'limit' })
})

add('explain of a refused or sensitive query names no value', async (context) => {
  const { as } = openPapers(context, ({ allow }) => ({ read: [allow('reader')] }))
  const { papers } = as('u', ['reader'])
  const told = papers.explain({ where: { tenantId: context.unique, fee: gt(4711) } as never })
  same(told.access, 'refused')
  holds(!JSON.stringify(told).includes('4711'), 'explain shows no values')
  const served = papers.explain({ where: paper(context, 'value-4711') })
  holds(!JSON.stringify(served).includes('4711'), 'explain shows no values')
})
