import { and, gt, gte, isNull, not, or } from '@holdfast/core'
import { collect, type Context } from '../case.ts'
import { holds, refused, same } from '../expect.ts'
import { type DeclareRules, openPapers, paper, QUERY_MODELS } from '../query-fixtures.ts'

const { add, suite } = collect('masking', QUERY_MODELS)

/** Sensitive fields: hidden per record, and no way around it. */
export const maskingSuite = suite

/** Readers see all records, finance the fees of its own, admins everything. */
const rules: DeclareRules = ({ allow, deny, me }) => ({
  read: [
    allow('reader', { tenantId: me.tenantId }),
    allow('finance', { tenantId: me.tenantId, ownerId: me.id }, { reveal: ['fee'] }),
    allow('admin', { tenantId: me.tenantId }, { reveal: ['fee', 'secret'] }),
  ],
  create: [
    allow('writer', { tenantId: me.tenantId }),
    allow('admin', { tenantId: me.tenantId }, { fields: 'all' }),
  ],
  update: [
    allow('writer', { tenantId: me.tenantId }),
    allow('finance', { tenantId: me.tenantId }, { fields: ['fee'] }),
    allow('admin', undefined, { fields: 'all' }),
    deny('*', { status: 'final' }, { on: 'old', id: 'final-is-final' }),
  ],
  delete: [allow('writer', { tenantId: me.tenantId })],
})

const fill = async (context: Context) => {
  const opened = openPapers(context, rules)
  await opened.free.createMany([
    paper(context, 'a', { ownerId: 'u', fee: 10, secret: 'zulu', pages: 1 }),
    paper(context, 'b', { ownerId: 'v', fee: 20, secret: 'yankee', pages: 2 }),
    paper(context, 'c', { ownerId: 'v', fee: null, pages: 3 }),
    paper(context, 'd', { ownerId: 'u', pages: 4 }),
  ])
  return { ...opened, tenantId: context.unique, where: { tenantId: context.unique } }
}

const shape = (rows: readonly { paperId: string; fee?: unknown; secret?: unknown }[]): string =>
  rows
    .map(
      (row) =>
        `${row.paperId}${'fee' in row ? `:${String(row.fee)}` : ''}${'secret' in row ? '!' : ''}`,
    )
    .join(' ')

add('a sensitive field that no rule reveals is not there at all', async (context) => {
  const { as, where } = await fill(context)
  const { papers } = as('u', ['reader'])
  same(shape((await papers.find({ where })).items), 'a b c d')
  const each: { paperId: string }[] = []
  for await (const row of papers.each({ where })) each.push(row)
  same(shape(each), 'a b c d')
  const row = await papers.get(paper(context, 'a'))
  holds(row !== undefined && !('fee' in row) && !('secret' in row), 'masked')
  same(
    shape(
      (await papers.getMany([paper(context, 'a'), paper(context, 'b')])).filter(
        (one) => one !== undefined,
      ),
    ),
    'a b',
  )
})

add('select cannot name a masked field into view', async (context) => {
  const { as, where } = await fill(context)
  const { items } = await as('u', ['reader']).papers.find({
    where,
    select: ['paperId', 'fee', 'secret'],
  })
  same(shape(items), 'a b c d')
})

add('a role that widens rows does not widen cells', async (context) => {
  const { as, where } = await fill(context)
  same(shape((await as('u', ['finance']).papers.find({ where })).items), 'a:10 d')
  same(shape((await as('u', ['finance', 'reader']).papers.find({ where })).items), 'a:10 b c d')
  same(
    shape((await as('u', ['reader', 'admin']).papers.find({ where })).items),
    'a:10! b:20! c:null d',
  )
})

const hiddenFilters = (fee: unknown) =>
  [
    ['equality', { fee }],
    ['a range', { fee: gt(0) }],
    ['isNull', { fee: isNull() }],
    ['or', or<never>({ paperId: 'a' } as never, { fee } as never)],
    ['not', not({ fee } as never)],
    ['a nested filter', and<never>(not(or({ fee } as never, { pages: 1 } as never)))],
  ] as const

for (const [name, filter] of hiddenFilters(10)) {
  add(`a hidden field in where is FORBIDDEN: ${name}`, async (context) => {
    const { as, where } = await fill(context)
    const { papers } = as('u', ['reader'])
    const query = { where: and<never>(where as never, filter as never) as never }
    const detail = { entity: 'paper', field: 'fee' }
    await refused(() => papers.find(query), 'FORBIDDEN', detail)
    await refused(() => papers.count(query), 'FORBIDDEN', detail)
    await refused(() => papers.each(query)[Symbol.asyncIterator]().next(), 'FORBIDDEN', detail)
    await refused(() => papers.updateWhere(query, { title: 'x' }), 'FORBIDDEN', detail)
    await refused(() => papers.deleteWhere(query), 'FORBIDDEN', detail)
    same(papers.explain(query).access, 'refused')
  })

  add(`a hidden field in if is FORBIDDEN, hit or miss: ${name}`, async (context) => {
    const { as, free, where } = await fill(context)
    const { papers } = as('u', ['reader', 'writer'])
    const options = { if: filter as never }
    for (const id of ['a', 'b', 'c', 'none']) {
      await refused(() => papers.update(paper(context, id), { title: 'x' }, options), 'FORBIDDEN', {
        field: 'fee',
      })
      await refused(() => papers.delete(paper(context, id), options), 'FORBIDDEN', { field: 'fee' })
    }
    same(await free.count({ where }), 4)
  })
}

add('a partly revealed field narrows a query to the records that reveal it', async (context) => {
  const { as, where } = await fill(context)
  const { papers } = as('u', ['finance', 'reader'])
  same(shape((await papers.find({ where: { ...where, fee: gte(10) } })).items), 'a:10')
  same(shape((await papers.find({ where: and(where, not({ fee: 5 })) })).items), 'a:10')
  same(await papers.count({ where: { ...where, fee: 20 } }), 0)
  same(
    await papers.count({
      where: and<never>(
        where as never,
        or({ pages: gt(0) } as never, { fee: 1 } as never),
      ) as never,
    }),
    2,
  )
})

add('a partly revealed field in if cannot be asked of the others', async (context) => {
  const { as } = await fill(context)
  const { papers } = as('u', ['finance', 'reader', 'writer'])
  for (const fee of [20, 21])
    await refused(
      () => papers.update(paper(context, 'b'), { title: 'x' }, { if: { fee } }),
      'FORBIDDEN',
    )
  await refused(
    () => papers.update(paper(context, 'a'), { title: 'x' }, { if: { fee: 11 } }),
    'CONDITION_FAILED',
  )
  same((await papers.update(paper(context, 'a'), { title: 'x' }, { if: { fee: 10 } })).title, 'x')
})

add(
  'ordering by a hidden field is FORBIDDEN, by a partly revealed one narrowed',
  async (context) => {
    const { as, where } = await fill(context)
    await refused(() => as('u', ['reader']).papers.find({ where, index: 'byFee' }), 'FORBIDDEN', {
      field: 'fee',
    })
    same(
      shape((await as('u', ['finance', 'reader']).papers.find({ where, index: 'byFee' })).items),
      'a:10',
    )
    same(
      shape((await as('u', ['admin']).papers.find({ where, index: 'byFee' })).items),
      'c:null a:10! b:20!',
    )
  },
)

add('values returned by writes are masked like reads', async (context) => {
  const { as, free } = await fill(context)
  const { papers } = as('u', ['reader', 'writer'])
  const key = paper(context, 'a')
  same(shape([await papers.update(key, { title: 'x' })]), 'a')
  same(shape([await papers.put(paper(context, 'a', { title: 'y' }))]), 'a')
  same(shape([await papers.create(paper(context, 'e'))]), 'e')
  const put = await papers.putMany([paper(context, 'b', { title: 'z' })])
  same(shape(put.flatMap((one) => (one.ok ? [one.value] : []))), 'b')
  const gone = await papers.delete(key)
  holds(gone !== undefined, 'deleted')
  same(shape([gone]), 'a')
  const many = await papers.deleteMany([paper(context, 'b')])
  same(shape(many.flatMap((one) => (one.ok && one.value !== undefined ? [one.value] : []))), 'b')
  same(await free.get(key), undefined)
})

add('writing back a masked record keeps what was hidden', async (context) => {
  const { as, free } = await fill(context)
  const { papers } = as('u', ['reader', 'writer'])
  const row = await papers.get(paper(context, 'a'))
  holds(row !== undefined, 'readable')
  const { revision: _, ...input } = row
  await papers.put({ ...input, title: 'new' })
  const [many] = await papers.putMany([{ ...input, title: 'newer' }])
  same(many?.ok, true)
  await as('u', ['reader', 'writer']).transaction(async (tx) => {
    await tx.papers.put({ ...input, title: 'newest' })
  })
  const stored = await free.get(paper(context, 'a'))
  same([stored?.title, stored?.fee, stored?.secret], ['newest', 10, 'zulu'])
})

add('what is revealed and left out by put is removed; what is hidden stays', async (context) => {
  const { as, free } = await fill(context)
  await as('u', ['admin']).papers.put(paper(context, 'a', { ownerId: 'u' }))
  const stored = await free.get(paper(context, 'a'))
  same([stored?.fee, stored?.secret], [undefined, undefined])
})

add('a sensitive field is written only under a rule that lists it', async (context) => {
  const { as, free } = await fill(context)
  const detail = { field: 'fee', entity: 'paper' }
  const db = as('u', ['reader', 'writer'])
  const { papers } = db
  await refused(() => papers.create(paper(context, 'x', { fee: 1 })), 'FORBIDDEN', detail)
  await refused(() => papers.put(paper(context, 'x', { fee: 1 })), 'FORBIDDEN', detail)
  await refused(() => papers.put(paper(context, 'a', { fee: 1 })), 'FORBIDDEN', detail)
  await refused(() => papers.update(paper(context, 'a'), { fee: 1 }), 'FORBIDDEN', detail)
  await refused(() => papers.update(paper(context, 'a'), { fee: 10 }), 'FORBIDDEN', detail)
  await refused(
    () => papers.update(paper(context, 'a'), { title: 'x', fee: null }),
    'FORBIDDEN',
    detail,
  )
  await refused(
    () => papers.updateWhere({ where: { tenantId: context.unique } }, { fee: 1 }),
    'FORBIDDEN',
    detail,
  )
  await refused(
    () => db.transaction((tx) => tx.papers.update(paper(context, 'a'), { fee: 1 })),
    'FORBIDDEN',
    detail,
  )
  const [created] = await papers.createMany([paper(context, 'x', { fee: 1 })])
  same(created?.ok === false ? created.error.code : 'ok', 'FORBIDDEN')
  same(
    [(await free.get(paper(context, 'a')))?.fee, await free.get(paper(context, 'x'))],
    [10, undefined],
  )
  same((await as('u', ['finance']).papers.update(paper(context, 'a'), { fee: 11 })).fee, 11)
})

add('one allowed change cannot carry another', async (context) => {
  const { as, free } = await fill(context)
  const { papers } = as('u', ['finance'])
  await refused(() => papers.update(paper(context, 'a'), { fee: 1, title: 'x' }), 'FORBIDDEN', {
    field: 'title',
  })
  await refused(
    () => papers.put(paper(context, 'a', { ownerId: 'u', fee: 1, title: 'x', pages: 1 })),
    'FORBIDDEN',
  )
  same((await free.get(paper(context, 'a')))?.fee, 10)
})

add('no message of a refusal carries a hidden or stored value', async (context) => {
  const { as } = await fill(context)
  const { papers } = as('u', ['reader', 'writer'])
  const key = paper(context, 'a')
  for (const [run, code] of [
    [() => papers.update(key, { fee: 4711 }), 'FORBIDDEN'],
    [() => papers.create(paper(context, 'a', { title: 'zulu-4711' })), 'ALREADY_EXISTS'],
    [() => papers.update(key, { title: 'y' }, { if: { pages: 4711 } }), 'CONDITION_FAILED'],
    [() => papers.update(key, { title: 'y' }, { ifVersion: 'zulu-4711' }), 'VERSION_CONFLICT'],
  ] as const) {
    const error = await refused(run, code)
    holds(!/4711|zulu|\b10\b/.test(error.message + JSON.stringify(error)), 'no data in messages')
  }
})
