import { gt, gte, isHoldfastError } from '@holdfast/core'
import { memory } from '@holdfast/core/memory'
import { collect, type Context } from '../case.ts'
import { holds, refused, same } from '../expect.ts'
import { openStore } from '../fixtures.ts'
import { openPapers, openRanked, QUERY_MODELS } from '../query-fixtures.ts'

const { add, suite } = collect('cursors', QUERY_MODELS)

/** Cursors: they resume anywhere, fit one query of one actor, and reveal nothing. */
export const cursorsSuite = suite

const rowsOf = (place: string) =>
  Array.from({ length: 9 }, (_, at) => ({
    place,
    id: `record-${at}`,
    kind: 'k',
    rank: at % 3 === 0 ? null : at % 2,
    label: `label-${at}`,
  }))

const first = async (
  context: Context,
  options: { readonly index?: 'byRank'; readonly orderBy?: 'asc' | 'desc' } = {},
) => {
  const opened = openRanked(context)
  const place = context.unique
  for (const result of await opened.free.createMany(rowsOf(place)))
    if (!result.ok) throw result.error
  const query = { where: { place }, limit: 4, ...options }
  const page = await opened.db.find(query)
  const { cursor } = page
  holds(typeof cursor === 'string', 'there is a next page')
  const rest = (await opened.db.find({ ...query, limit: 1000 })).items.slice(4)
  return { ...opened, place, query, cursor, rest }
}

for (const options of [
  {},
  { orderBy: 'desc' },
  { index: 'byRank' },
  { index: 'byRank', orderBy: 'desc' },
] as const) {
  const name = `${'index' in options ? 'index' : 'key'} ${'orderBy' in options ? 'desc' : 'asc'}`
  add(`a cursor survives reopening the store: ${name}`, async (context) => {
    const { query, cursor, rest } = await first(context, options)
    const driver = await context.harness.open()
    try {
      const { db } = openRanked(context, { driver })
      same((await db.find({ ...query, limit: 100, cursor })).items, rest)
    } finally {
      await driver.close()
    }
  })

  add(`a cursor moves to another vendor and back: ${name}`, async (context) => {
    const { query, cursor, rest, place, db } = await first(context, options)
    const driver = memory()
    const elsewhere = openRanked(context, { driver })
    await elsewhere.free.createMany(rowsOf(place))
    same((await elsewhere.db.find({ ...query, limit: 100, cursor })).items, rest)
    const page = await elsewhere.db.find(query)
    same((await db.find({ ...query, limit: 100, cursor: page.cursor ?? '' })).items, rest)
    await driver.close()
  })
}

add('a cursor may be used twice, and with another limit or select', async (context) => {
  const { db, query, cursor, rest } = await first(context)
  for (const limit of [100, 2, 100])
    same((await db.find({ ...query, cursor, limit })).items, rest.slice(0, limit))
  const { items } = await db.find({ ...query, cursor, limit: 100, select: ['id'] })
  same(
    items,
    rest.map(({ id }) => ({ id })),
  )
  const each: unknown[] = []
  for await (const row of db.each({ ...query, cursor })) each.push(row)
  same(each, rest)
})

add('an equal query written in another order accepts the cursor', async (context) => {
  const { db, place } = await first(context)
  const page = await db.find({ where: { place, rank: gte(0), kind: 'k' }, limit: 1 })
  const { cursor = '' } = page
  const { items } = await db.find({ where: { kind: 'k', rank: gte(0), place }, cursor, limit: 100 })
  same(items.length, 5)
})

add('every altered byte of a cursor is refused', async (context) => {
  const { db, query, cursor } = await first(context)
  const bytes = Buffer.from(cursor, 'base64url')
  for (let at = 0; at < bytes.length; at += 1)
    for (const bit of [1, 128]) {
      const altered = Buffer.from(bytes)
      altered.writeUInt8(altered.readUInt8(at) ^ bit, at)
      const error = await db
        .find({ ...query, cursor: altered.toString('base64url') })
        .catch((thrown: unknown) => thrown)
      holds(
        isHoldfastError(error) && error.code === 'INVALID',
        `byte ${at} altered must be refused`,
      )
    }
})

add('a truncated, extended or empty cursor is refused', async (context) => {
  const { db, query, cursor } = await first(context)
  for (const altered of [
    '',
    cursor.slice(0, 10),
    cursor.slice(0, -4),
    cursor.slice(4),
    `${cursor}AAAA`,
    `${cursor}!`,
    cursor + cursor,
    'x'.repeat(10_000),
  ])
    await refused(() => db.find({ ...query, cursor: altered }), 'INVALID', {
      entity: 'ranked',
      field: 'cursor',
    })
})

add('a cursor that is no text is refused', async (context) => {
  const { db, query } = await first(context)
  for (const cursor of [null, 5, {}, [], true, { $gt: '' }, new Uint8Array(40)])
    await refused(() => db.find({ ...query, cursor: cursor as never }), 'INVALID', {
      field: 'cursor',
    })
})

add('a cursor under another secret is refused', async (context) => {
  const { query, cursor } = await first(context)
  const { db } = openRanked(context, { secret: 'another secret of the query suites' })
  await refused(() => db.find({ ...query, cursor }), 'INVALID', { field: 'cursor' })
})

add('a cursor of another query, direction or index is refused', async (context) => {
  const { db, query, cursor, place } = await first(context)
  for (const other of [
    { where: { place: `${place}-other` } },
    { where: { place, id: gt('') } },
    { where: { place, kind: 'k' } },
    { ...query, orderBy: 'desc' as const },
    { ...query, index: 'byRank' as const },
    { where: { place }, index: 'byRank' as const, orderBy: 'desc' as const },
  ]) {
    await refused(() => db.find({ ...other, cursor }), 'INVALID', { field: 'cursor' })
    await refused(
      () =>
        db
          .each({ ...other, cursor })
          [Symbol.asyncIterator]()
          .next(),
      'INVALID',
    )
  }
})

add('a cursor of another actor is refused', async (context) => {
  const { as, free, query, cursor } = await first(context)
  await refused(() => as('somebody').find({ ...query, cursor }), 'INVALID', { field: 'cursor' })
  await refused(() => free.find({ ...query, cursor }), 'INVALID', { field: 'cursor' })
})

add('a cursor of the same actor with other rights is refused', async (context) => {
  const { as, free } = openPapers(context, ({ allow, me }) => ({
    read: [allow('*', { tenantId: me.tenantId })],
  }))
  const tenantId = context.unique
  await free.createMany(['a', 'b', 'c'].map((paperId) => ({ tenantId, paperId })))
  const query = { where: { tenantId }, limit: 1 }
  const { cursor = '' } = await as('u', ['reader']).papers.find(query)
  same((await as('u', ['reader']).papers.find({ ...query, cursor })).items.length, 1)
  for (const other of [
    as('u', ['reader', 'admin']),
    as('u', ['reader'], { limit: 1 }),
    as('v', ['reader']),
  ])
    await refused(() => other.papers.find({ ...query, cursor }), 'INVALID', { field: 'cursor' })
})

add('a cursor of another entity is refused', async (context) => {
  const { cursor } = await first(context)
  const { free } = openPapers(context, () => ({}))
  await refused(() => free.find({ where: { tenantId: context.unique }, cursor }), 'INVALID', {
    entity: 'paper',
    field: 'cursor',
  })
})

add('a cursor of another entity of the same shape is refused', async (context) => {
  const { db } = openStore(context)
  const query = { where: { place: context.unique }, limit: 1 }
  await db.counters.createMany(['a', 'b'].map((id) => ({ place: context.unique, id })))
  const { cursor = '' } = await db.counters.find(query)
  same((await db.counters.find({ ...query, cursor })).items.length, 1)
  await refused(() => db.everything.find({ ...query, cursor }), 'INVALID', { field: 'cursor' })
})

add('a cursor reveals no key, no value and no equality of positions', async (context) => {
  const { db, query, cursor, place } = await first(context)
  const again = (await db.find(query)).cursor ?? ''
  holds(again !== cursor, 'two cursors of one position must differ')
  for (const encoding of ['base64url', 'latin1', 'hex'] as const) {
    const text = Buffer.from(cursor, encoding).toString('latin1')
    for (const secret of ['record', 'label', place, 'ranked', 'kind'])
      holds(!text.includes(secret), `a cursor must not show ${secret}`)
  }
  holds(/^[A-Za-z0-9_-]+$/.test(cursor), 'a cursor is safe in a URL')
})

add('a cursor is made from the last record returned, never from a hidden one', async (context) => {
  const { as, free } = openPapers(context, ({ allow, me }) => ({
    read: [allow('reader', { ownerId: me.id, tenantId: me.tenantId })],
  }))
  const tenantId = context.unique
  await free.createMany(
    Array.from({ length: 20 }, (_, at) => ({
      tenantId,
      paperId: `p${String(at).padStart(2, '0')}`,
      ownerId: at % 5 === 0 ? 'u' : 'v',
    })),
  )
  const { papers } = as('u', ['reader'])
  const one = await papers.find({ where: { tenantId }, limit: 1 })
  await free.create({ tenantId, paperId: 'p00a', ownerId: 'u' })
  const two = await papers.find({ where: { tenantId }, limit: 1, cursor: one.cursor ?? '' })
  same(
    two.items.map(({ paperId }) => paperId),
    ['p00a'],
    'the cursor stands on p00, not on what was skipped',
  )
})
