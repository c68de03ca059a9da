import { gt, gte, increment, lt } from '@holdfast/core'
import { collect, type Context } from '../case.ts'
import { eventually, holds, refused, same } from '../expect.ts'
import { openStore } from '../fixtures.ts'

const { add, suite } = collect('bulk')

/** Many records in one call, and changes by filter. */
export const bulkSuite = suite

const keyIn = ({ unique }: Context, id: string) => ({ place: unique, id })

const many = (context: Context, length: number, from = 0) =>
  Array.from({ length }, (_, at) => ({
    ...keyIn(context, `k${String(at + from).padStart(4, '0')}`),
    count: at + from,
  }))

const keysOf = (records: readonly { place: string; id: string }[]) =>
  records.map(({ place, id }) => ({ place, id }))

for (const length of [0, 1, 250]) {
  add(
    `createMany, putMany and deleteMany of ${length} answer per item, in order`,
    async (context) => {
      const { db } = openStore(context)
      const records = many(context, length)
      const idOf = (results: Awaited<ReturnType<typeof db.counters.createMany>>) =>
        results.map((result) => (result.ok ? result.value.id : result.error.code))
      const ids = records.map(({ id }) => id)
      same(idOf(await db.counters.createMany(records)), ids)
      same(await db.counters.count({ where: { place: context.unique } }), length)
      same(
        idOf(await db.counters.createMany(records)),
        ids.map(() => 'ALREADY_EXISTS'),
      )
      same(idOf(await db.counters.putMany(records.map((one) => ({ ...one, label: 'put' })))), ids)
      const read = await db.counters.getMany(keysOf(records))
      same(
        read.map((one) => [one?.id, one?.label]),
        ids.map((id) => [id, 'put']),
      )
      const deleted = await db.counters.deleteMany(keysOf(records))
      same(
        deleted.map((result) => (result.ok ? result.value?.id : result.error.code)),
        ids,
      )
      same(await db.counters.count({ where: { place: context.unique } }), 0)
    },
  )
}

add('one bad item fails alone', async (context) => {
  const { db } = openStore(context)
  await db.counters.create({ ...keyIn(context, 'taken'), count: 9 })
  const results = await db.counters.createMany([
    keyIn(context, 'a'),
    { ...keyIn(context, 'b'), count: 0.5 },
    keyIn(context, 'taken'),
    keyIn(context, ''),
    null as never,
    keyIn(context, 'c'),
  ])
  same(
    results.map((result) => (result.ok ? result.value.id : result.error.code)),
    ['a', 'INVALID', 'ALREADY_EXISTS', 'INVALID', 'INVALID', 'c'],
  )
  const { items } = await db.counters.find({ where: { place: context.unique } })
  same(
    items.map(({ id, count }) => [id, count]),
    [
      ['a', undefined],
      ['c', undefined],
      ['taken', 9],
    ],
  )
})

add('createMany of one key twice creates it once', async (context) => {
  const { db } = openStore(context)
  const key = keyIn(context, 'twice')
  const results = await db.counters.createMany(
    Array.from({ length: 6 }, (_, count) => ({ ...key, count })),
  )
  const made = results.filter((result) => result.ok)
  same(made.length, 1)
  for (const result of results) if (!result.ok) same(result.error.code, 'ALREADY_EXISTS')
  same(await db.counters.get(key), made[0]?.value)
})

add('putMany and deleteMany of one key twice leave one state', async (context) => {
  const { db } = openStore(context)
  const key = keyIn(context, 'twice')
  const put = await db.counters.putMany([
    { ...key, count: 1 },
    { ...key, count: 2 },
    { ...key, count: 3 },
  ])
  same(
    put.map(({ ok }) => ok),
    [true, true, true],
  )
  const stored = await db.counters.get(key)
  holds(
    put.some((result) => result.ok && result.value.revision === stored?.revision),
    'the stored state must be one of those reported',
  )
  const deleted = await db.counters.deleteMany([key, key, key])
  same(deleted.filter((result) => result.ok && result.value !== undefined).length, 1)
  same(deleted.filter(({ ok }) => ok).length, 3)
})

add('updateWhere changes every match and counts it', async (context) => {
  const { db } = openStore(context)
  await db.counters.putMany(many(context, 40))
  const where = { place: context.unique, label: 'big' }
  same(
    await db.counters.updateWhere(
      { where: { place: context.unique, count: gte(30) }, index: 'byCount' },
      { label: 'big' },
    ),
    { matched: 10, changed: 10, denied: 0 },
  )
  same(await db.counters.count({ where }), 10)
  same(await db.counters.updateWhere({ where: { ...where, count: 5 } }, { label: 'x' }), {
    matched: 0,
    changed: 0,
    denied: 0,
  })
})

add(
  'updateWhere visits each record once while it moves along the index being read',
  async (context) => {
    const { db } = openStore(context)
    await db.counters.putMany(many(context, 150))
    await eventually(async () =>
      same(await db.counters.count({ where: { place: context.unique, count: gte(0) } }), 150),
    )
    const counts = await db.counters.updateWhere(
      { where: { place: context.unique, count: gte(0) }, index: 'byCount' },
      { count: increment(75) },
    )
    same(counts, { matched: 150, changed: 150, denied: 0 })
    const read = await db.counters.getMany(keysOf(many(context, 150)))
    same(
      read.map((one) => one?.count),
      many(context, 150).map(({ count }) => count + 75),
    )
  },
)

add('updateWhere that ends its own match changes every record', async (context) => {
  const { db } = openStore(context)
  await db.counters.putMany(many(context, 120))
  await eventually(async () =>
    same(await db.counters.count({ where: { place: context.unique, count: gte(0) } }), 120),
  )
  const counts = await db.counters.updateWhere(
    { where: { place: context.unique, count: lt(1000) }, index: 'byCount' },
    { count: 5000 },
  )
  same(counts, { matched: 120, changed: 120, denied: 0 })
})

add('deleteWhere removes every match and nothing else', async (context) => {
  const { db } = openStore(context)
  await db.counters.putMany(many(context, 130))
  await db.counters.putMany(many({ ...context, unique: `${context.unique}b` }, 3))
  await eventually(async () =>
    same(await db.counters.count({ where: { place: context.unique, count: gt(9) } }), 120),
  )
  same(await db.counters.deleteWhere({ where: { place: context.unique, count: gt(9) } }), {
    matched: 120,
    changed: 120,
    denied: 0,
  })
  const { items } = await db.counters.find({ where: { place: context.unique } })
  same(
    items.map(({ count }) => count),
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  )
  same(await db.counters.count({ where: { place: `${context.unique}b` } }), 3)
})

add('a change by filter needs a where that is not empty', async (context) => {
  const { db, free } = openStore(context)
  await db.counters.putMany(many(context, 2))
  for (const { counters } of [db, free])
    for (const query of [{}, { where: {} }, { where: undefined }, undefined, { scan: true }]) {
      const detail = { entity: 'counter', field: 'where' }
      await refused(() => counters.deleteWhere(query as never), 'INVALID', detail)
      await refused(() => counters.updateWhere(query as never, { count: 1 }), 'INVALID', detail)
    }
  same(await db.counters.count({ where: { place: context.unique } }), 2)
})

add('a change by filter that no index serves is refused unless it is a scan', async (context) => {
  const { db } = openStore(context)
  await db.counters.putMany(many(context, 3).map((one) => ({ ...one, label: context.unique })))
  const where = { label: context.unique }
  await refused(() => db.counters.deleteWhere({ where }), 'INVALID')
  await refused(() => db.counters.updateWhere({ where }, { count: 1 }), 'INVALID')
  same(await db.counters.count({ where: { place: context.unique } }), 3)
  same(await db.counters.deleteWhere({ where, scan: true }), { matched: 3, changed: 3, denied: 0 })
})

add('updateWhere refuses a bad patch before it reads anything', async (context) => {
  const { db } = openStore(context)
  const where = { place: context.unique }
  await refused(() => db.counters.updateWhere({ where }, {}), 'INVALID')
  await refused(() => db.counters.updateWhere({ where }, { id: 'x' } as object), 'INVALID', {
    field: 'id',
  })
})
