import { collect } from '../case.ts'
import { holds, refused, same } from '../expect.ts'
import { fillPapers } from '../paper-fixtures.ts'
import { paper, QUERY_MODELS } from '../query-fixtures.ts'

const { add, suite } = collect('governed writes', QUERY_MODELS)

/** Policies in bulk calls, changes by filter and transactions, and what audit is told. */
export const governedSuite = suite

add('updateWhere and deleteWhere touch only what may be read and written', async (context) => {
  const { papers, stored, free, where } = await fillPapers(context)
  same(
    await papers.updateWhere(
      { where: { ...where, ownerId: 'u', status: 'draft' } },
      { title: 'x' },
    ),
    { matched: 1, changed: 1, denied: 0 },
  )
  same(
    await papers.updateWhere(
      { where: { ...where, ownerId: 'v', status: 'draft' } },
      { title: 'x' },
    ),
    { matched: 0, changed: 0, denied: 0 },
  )
  same(await papers.updateWhere({ where: { ...where, status: 'public' } }, { title: 'x' }), {
    matched: 1,
    changed: 0,
    denied: 1,
  })
  same(await papers.deleteWhere({ where: { ...where, ownerId: 'v', status: 'draft' } }), {
    matched: 0,
    changed: 0,
    denied: 0,
  })
  same((await stored('mine'))?.title, 'x')
  same(await papers.deleteWhere({ where }), { matched: 3, changed: 1, denied: 2 })
  same(await stored('mine'), undefined)
  for (const id of ['theirs', 'public', 'shared', 'final'])
    holds((await stored(id)) !== undefined, `${id} stays`)
  same((await stored('theirs'))?.title, undefined)
  for (const empty of [{}, undefined, null, []]) {
    await refused(() => free.deleteWhere({ where: empty as never }), 'INVALID', { entity: 'paper' })
    await refused(() => free.updateWhere({ where: empty as never }, { title: 'x' }), 'INVALID')
  }
})

add('a bulk call settles each item under the rules', async (context) => {
  const { papers, stored } = await fillPapers(context)
  const outcomes = await papers.deleteMany(
    ['mine', 'theirs', 'public', 'final', 'none'].map((id) => paper(context, id)),
  )
  same(
    outcomes.map((one) => (one.ok ? (one.value?.paperId ?? '-') : one.error.code)),
    ['mine', '-', 'FORBIDDEN', 'FORBIDDEN', '-'],
  )
  holds((await stored('theirs')) !== undefined, 'hidden stays')
})

add(
  'a denial inside a transaction writes nothing, and reads see no hidden record',
  async (context) => {
    const { db, stored } = await fillPapers(context)
    const seen = await db.transaction(async (tx) => [
      await tx.papers.get(paper(context, 'theirs')),
      (await tx.papers.get(paper(context, 'mine')))?.paperId,
    ])
    same(seen, [undefined, 'mine'])
    const error = await refused(
      () =>
        db.transaction(async (tx) => {
          await tx.papers.create(paper(context, 'new', { ownerId: 'u' }))
          await tx.papers.update(paper(context, 'mine'), { title: 'x' })
          await tx.papers.update(paper(context, 'public'), { title: 'x' })
        }),
      'FORBIDDEN',
    )
    same(error.write, 2)
    same([await stored('new'), (await stored('mine'))?.title], [undefined, undefined])
  },
)

add('each write and denial is audited without field values', async (context) => {
  const { papers, events } = await fillPapers(context)
  events.length = 0
  await papers.create(paper(context, 'new', { ownerId: 'u', title: 'value-4711' }))
  await papers.update(paper(context, 'mine'), { title: 'value-4711' })
  await refused(() => papers.update(paper(context, 'public'), { title: 'value-4711' }), 'FORBIDDEN')
  await refused(() => papers.update(paper(context, 'final'), { title: 'value-4711' }), 'FORBIDDEN')
  await papers.delete(paper(context, 'new'))
  same(
    events.map(({ operation, outcome, rule, key }) => [operation, outcome, rule, key?.['paperId']]),
    [
      ['create', 'allowed', 'own-create', 'new'],
      ['update', 'allowed', events[1]?.rule, 'mine'],
      ['update', 'denied', undefined, 'public'],
      ['update', 'denied', 'final', 'final'],
      ['delete', 'allowed', 'own-delete', 'new'],
    ],
  )
  for (const { actor, entity } of events) same([actor, entity], ['u', 'paper'])
  holds(!JSON.stringify(events).includes('4711'), 'no field values in audit')
})

add('a query refused for a hidden field is audited', async (context) => {
  const { papers, events, where } = await fillPapers(context)
  events.length = 0
  await refused(() => papers.find({ where: { ...where, fee: 4711 } }), 'FORBIDDEN')
  same(
    events.map(({ operation, outcome }) => [operation, outcome]),
    [['read', 'denied']],
  )
  holds(!JSON.stringify(events).includes('4711'), 'no field values in audit')
})

add('every call without policies is audited with its reason', async (context) => {
  const { store, events, where } = await fillPapers(context)
  events.length = 0
  const { papers } = store.unrestricted('monthly report')
  await papers.get(paper(context, 'mine'))
  await papers.find({ where })
  await papers.count({ where })
  await papers.getMany([paper(context, 'mine')])
  for await (const _ of papers.each({ where })) break
  await papers.update(paper(context, 'mine'), { title: 'x' })
  await papers.delete(paper(context, 'mine'))
  same(events.length, 7)
  for (const { actor } of events) same(actor, 'unrestricted: monthly report')
})

add('the record changed between reading and writing is decided anew', async (context) => {
  const { as, free, stored } = await fillPapers(context)
  const { papers } = as('f', ['finance'])
  const key = paper(context, 'shared')
  const attempts = await Promise.allSettled([
    free.update(key, { readers: [] }),
    ...Array.from({ length: 5 }, () => papers.update(key, { status: 'paid' })),
  ])
  for (const attempt of attempts)
    if (attempt.status === 'rejected')
      await refused(() => Promise.reject(attempt.reason as Error), 'NOT_FOUND')
  same((await stored('shared'))?.readers, [])
  await refused(() => papers.update(key, { status: 'paid' }), 'NOT_FOUND')
})
