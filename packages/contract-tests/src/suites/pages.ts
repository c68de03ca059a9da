import { and, gt, gte, isNull, lte, not, or } from '@holdfast/core'
import type { Position } from '@holdfast/core/driver'
import { collect, type Context } from '../case.ts'
import { holds, same } from '../expect.ts'
import { entities, openStore } from '../fixtures.ts'
import { openRanked, QUERY_MODELS } from '../query-fixtures.ts'

const { add, suite } = collect('pages', QUERY_MODELS)

/** Pages: exact limits, no record twice or never, whatever the path. */
export const pagesSuite = suite

type Db = ReturnType<typeof openRanked>['db']
type Query = NonNullable<Parameters<Db['find']>[0]>

/** Records with ties, nulls and missing fields in every index. */
const rowsOf = (place: string, count: number) =>
  Array.from({ length: count }, (_, at) => ({
    place,
    id: `r${String(at).padStart(4, '0')}`,
    kind: at % 3 === 0 ? 'x' : 'y',
    ...(at % 7 === 0 ? {} : { rank: at % 5 === 0 ? null : at % 4 }),
    ...(at % 11 === 0 ? {} : { label: at % 6 === 0 ? null : `l${at % 3}` }),
    ...(at % 2 === 0 ? { score: at } : {}),
  }))

const fill = async (context: Context, count: number) => {
  const { db, free } = openRanked(context)
  const rows = rowsOf(context.unique, count)
  for (const result of await free.createMany(rows)) if (!result.ok) throw result.error
  return { db, free, place: context.unique, rows }
}

/** Ids page by page; every page but the last must be full. */
const paged = async (db: Db, query: Query, limit: number): Promise<readonly string[]> => {
  const ids: string[] = []
  let cursor: string | undefined
  for (;;) {
    const page = await db.find({ ...query, limit, ...(cursor === undefined ? {} : { cursor }) })
    ids.push(...page.items.map(({ id }) => id))
    holds(page.items.length <= limit, 'never more than the limit')
    holds(ids.length <= 2000, 'paging must come to an end')
    if (page.cursor === undefined) return ids
    holds(page.items.length === limit, 'a page with a cursor is full')
    cursor = page.cursor
  }
}

const all = async (db: Db, query: Query): Promise<readonly string[]> => {
  const page = await db.find({ ...query, limit: 1000 })
  same(page.cursor, undefined, 'one page holds all')
  return page.items.map(({ id }) => id)
}

const PATHS: readonly (readonly [name: string, query: (place: string) => Query])[] = [
  ['the key', (place) => ({ where: { place } })],
  [
    'a range of the key',
    (place) => ({ where: and({ place, id: gt('r0003') }, { id: lte('r0049') }) }),
  ],
  ['an index with ties and nulls', (place) => ({ where: { place }, index: 'byRank' })],
  ['equality on an index', (place) => ({ where: { place, rank: 1 } })],
  ['an index of two sort fields', (place) => ({ where: { place, kind: 'y' }, index: 'byKind' })],
  ['nulls of an index', (place) => ({ where: { place, rank: isNull() }, index: 'byRank' })],
  ['a filter', (place) => ({ where: { place, score: gt(9) } })],
  [
    'a negated filter on an index',
    (place) => ({ where: and({ place }, not({ rank: 1 })), index: 'byRank' }),
  ],
  ['a filter that core evaluates', (place) => ({ where: { place, score: gte(3), rank: gt(0.5) } })],
  ['alternatives', (place) => ({ where: and({ place }, or({ rank: 2 }, { label: 'l1' })) })],
]

for (const [name, query] of PATHS)
  for (const orderBy of ['asc', 'desc'] as const)
    add(`resuming along ${name}, ${orderBy}, equals one big read`, async (context) => {
      const { db, place } = await fill(context, 60)
      const asked: Query = { ...query(place), orderBy }
      const wanted = await all(db, asked)
      holds(
        wanted.length > 3 && new Set(wanted).size === wanted.length,
        'there is something to read',
      )
      for (const limit of [1, 2, 7]) same(await paged(db, asked, limit), wanted, `limit ${limit}`)
      const each: string[] = []
      for await (const { id } of db.each({ ...asked, limit: 4 })) {
        each.push(id)
        holds(each.length <= wanted.length, 'reading must come to an end')
      }
      same(each, wanted)
      same(await db.count({ ...query(place) }), wanted.length)
      const other = await all(db, { ...query(place), orderBy: orderBy === 'asc' ? 'desc' : 'asc' })
      same(other.toReversed(), wanted, 'desc is asc reversed')
    })

add('resuming a scan gives each record once', async (context) => {
  const { db, place } = await fill(context, 40)
  const where = or<never>({ place, score: gt(3) } as never, { place, rank: 0 } as never) as never
  const found = await paged(db, { where, scan: true }, 3)
  same(new Set(found).size, found.length)
  same(found.toSorted(), (await all(db, { where, scan: true })).toSorted())
})

add('page sizes from 1 to 1000 are exact', async (context) => {
  const { db, place, rows } = await fill(context, 1005)
  for (const limit of [1, 2, 10, 99, 100, 101, 500, 999, 1000]) {
    const { items, cursor } = await db.find({ where: { place }, limit })
    same(items.length, limit)
    holds(cursor !== undefined, 'there is more')
  }
  same((await db.find({ where: { place } })).items.length, 100, 'the default is 100')
  same(
    await paged(db, { where: { place } }, 1000),
    rows.map(({ id }) => id),
  )
  same(await db.count({ where: { place } }), 1005)
})

add('the last page has no cursor, also when it is full', async (context) => {
  const { db, place } = await fill(context, 12)
  for (const [limit, pages] of [
    [12, 1],
    [6, 2],
    [4, 3],
    [5, 3],
    [100, 1],
  ] as const)
    for (const query of [{ where: { place } }, { where: { place }, orderBy: 'desc' }] as const) {
      let cursor: string | undefined
      for (let page = 1; page <= pages; page += 1) {
        const got = await db.find({ ...query, limit, ...(cursor === undefined ? {} : { cursor }) })
        same(got.cursor === undefined, page === pages, `page ${page} of ${pages}`)
        cursor = got.cursor
      }
    }
})

add('nothing found is an empty page without cursor', async (context) => {
  const { db } = openRanked(context)
  const place = context.unique
  same(await db.find({ where: { place } }), { items: [] })
  same(await db.find({ where: { place }, index: 'byRank', orderBy: 'desc' }), { items: [] })
  same(await db.find({ where: { place, kind: 'k', label: 'l', rank: 1 } }), { items: [] })
  same(await db.count({ where: { place } }), 0)
})

for (const orderBy of ['asc', 'desc'] as const)
  for (const index of [undefined, 'byRank'] as const)
    add(
      `inserts and deletes between pages, ${index ?? 'key'} ${orderBy}: each stable record once`,
      async (context) => {
        const { db, free, place } = await fill(context, 40)
        const query: Query = {
          where: { place },
          orderBy,
          ...(index === undefined ? {} : { index }),
        }
        const before = await all(db, query)
        const doomed = new Set(before.filter((_, at) => at % 5 === 2))
        const seen: string[] = []
        let cursor: string | undefined
        for (let page = 0; ; page += 1) {
          const got = await db.find({
            ...query,
            limit: 4,
            ...(cursor === undefined ? {} : { cursor }),
          })
          seen.push(...got.items.map(({ id }) => id))
          if (got.cursor === undefined) break
          holds(page < 200, 'paging must come to an end')
          cursor = got.cursor
          // The record on which the cursor stands, some behind it and some ahead.
          const last = seen.at(-1) ?? ''
          for (const id of [last, ...[...doomed].slice(page, page + 2)]) {
            if (id === last || doomed.has(id)) await free.delete({ place, id })
            doomed.add(id)
          }
          for (const rank of [null, 0, 3])
            await free.create({ place, id: `n${page}${rank}`, kind: 'x', rank })
          await free.create({ place, id: `s${page}`, kind: 'x', rank: 1 })
        }
        const stable = before.filter((id) => !doomed.has(id))
        same(new Set(seen).size, seen.length, 'no record twice')
        same(
          seen.filter((id) => stable.includes(id)),
          stable,
          'no stable record left out',
        )
      },
    )

add('pages over records of equal index values go by key', async (context) => {
  const { free, db } = openRanked(context)
  const place = context.unique
  const ids = [...'%-AZ_az~é😀']
  await free.createMany(
    ids.toReversed().map((id) => ({ place, id, kind: 'k', rank: 7, label: 'same' })),
  )
  for (const query of [
    { where: { place, rank: 7 } },
    { where: { place, kind: 'k', label: 'same', rank: 7 } },
  ] as const)
    for (const limit of [1, 3]) {
      same(await paged(db, query, limit), ids)
      same(await paged(db, { ...query, orderBy: 'desc' }, limit), ids.toReversed())
    }
})

add('two readers page independently', async (context) => {
  const { db, place, rows } = await fill(context, 30)
  const [a, b] = await Promise.all([
    paged(db, { where: { place } }, 4),
    paged(db, { where: { place }, orderBy: 'desc' }, 3),
  ])
  same(
    a,
    rows.map(({ id }) => id),
  )
  same(b, a.toReversed())
})

add(
  'a driver gives no more records than were asked for, and says where to go on',
  async (context) => {
    const { db } = openStore(context)
    const { driver, unique: place } = context
    await db.counters.createMany(['a', 'b', 'c', 'd', 'e'].map((id) => ({ place, id })))
    for (const descending of [false, true]) {
      const found: unknown[] = []
      let after: Position | undefined
      for (let pages = 0; pages < 4; pages += 1) {
        const page = await driver.query(
          {
            entity: entities.counters.model,
            index: undefined,
            partition: [place],
            prefix: [],
            range: undefined,
            descending,
            filter: undefined,
            after,
            limit: 2,
            count: false,
            consistency: 'strong',
          },
          {},
        )
        holds(page.records.length <= 2, 'a page may not exceed its limit')
        found.push(...page.records.map(({ value }) => value['id']))
        after = page.next
        if (after === undefined) break
      }
      const wanted = ['a', 'b', 'c', 'd', 'e']
      same(found, descending ? wanted.toReversed() : wanted)
    }
  },
)
