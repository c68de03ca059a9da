import { increment } from '@holdfast/core'
import { collect } from '../case.ts'
import { refused, same } from '../expect.ts'
import { fillPapers } from '../paper-fixtures.ts'
import { paper, QUERY_MODELS } from '../query-fixtures.ts'

const { add, suite } = collect('hidden records', QUERY_MODELS)

/** Writes under policies: what may not be read does not exist, what may not be written says why. */
export const hiddenSuite = suite

add('hidden and missing are the same for get, getMany, find and count', async (context) => {
  const { papers, where } = await fillPapers(context)
  same(
    [await papers.get(paper(context, 'theirs')), await papers.get(paper(context, 'none'))],
    [undefined, undefined],
  )
  same(
    (await papers.getMany(['theirs', 'none', 'mine'].map((id) => paper(context, id)))).map(
      (row) => row?.paperId,
    ),
    [undefined, undefined, 'mine'],
  )
  for (const paperId of ['theirs', 'none']) {
    same(await papers.find({ where: { ...where, paperId } }), { items: [] })
    same(await papers.count({ where: { ...where, paperId } }), 0)
  }
})

add(
  'hidden and missing are the same for update and delete, in code and message',
  async (context) => {
    const { papers, stored, db } = await fillPapers(context)
    const before = await stored('theirs')
    const attempts: ((id: string) => Promise<unknown>)[] = [
      (id) => papers.update(paper(context, id), { title: 'x' }),
      (id) => papers.update(paper(context, id), { title: 'x' }, { ifVersion: 'v' }),
      (id) => papers.update(paper(context, id), { title: 'x' }, { if: { pages: 1 } }),
      (id) => papers.update(paper(context, id), { pages: 1000 }),
      (id) => db.transaction((tx) => tx.papers.update(paper(context, id), { title: 'x' })),
    ]
    for (const attempt of attempts) {
      const hidden = await refused(() => attempt('theirs'), 'NOT_FOUND', { entity: 'paper' })
      const missing = await refused(() => attempt('none'), 'NOT_FOUND')
      same(
        [hidden.message, hidden.rule, hidden.field],
        [missing.message, missing.rule, missing.field],
      )
    }
    for (const id of ['theirs', 'none']) {
      same(await papers.delete(paper(context, id)), undefined)
      same(await papers.delete(paper(context, id), { if: { pages: 1 } }), undefined)
      same(await papers.delete(paper(context, id), { ifVersion: 'v' }), undefined)
      const [outcome] = await papers.deleteMany([paper(context, id)])
      same(outcome, { ok: true, value: undefined })
    }
    same(await stored('theirs'), before)
  },
)

add('an update of a missing record makes none', async (context) => {
  const { papers, stored } = await fillPapers(context)
  await refused(() => papers.update(paper(context, 'none'), { title: 'x' }), 'NOT_FOUND')
  same(await stored('none'), undefined)
})

add('readable but not writable is FORBIDDEN', async (context) => {
  const { papers, stored } = await fillPapers(context)
  await refused(() => papers.update(paper(context, 'public'), { title: 'x' }), 'FORBIDDEN', {
    entity: 'paper',
  })
  await refused(() => papers.delete(paper(context, 'public')), 'FORBIDDEN', { entity: 'paper' })
  await refused(
    () => papers.put(paper(context, 'public', { ownerId: 'v', title: 'x' })),
    'FORBIDDEN',
    { entity: 'paper' },
  )
  same((await stored('public'))?.title, undefined)
})

add('a deny names its rule, and looks at the old or the new record as told', async (context) => {
  const { papers, stored } = await fillPapers(context)
  const old = await refused(
    () => papers.update(paper(context, 'final'), { status: 'draft' }),
    'FORBIDDEN',
  )
  same(old.rule, 'final')
  const made = await refused(
    () => papers.update(paper(context, 'mine'), { pages: 101 }),
    'FORBIDDEN',
  )
  same(made.rule, 'too-long')
  same((await refused(() => papers.delete(paper(context, 'final')), 'FORBIDDEN')).rule, 'no-delete')
  same(
    (await papers.update(paper(context, 'mine'), { status: 'final', pages: 100 })).status,
    'final',
  )
  same((await stored('final'))?.status, 'final')
})

add('a deny on the new record fires on unknown too', async (context) => {
  const { papers } = await fillPapers(context)
  const error = await refused(
    () => papers.update(paper(context, 'mine'), { pages: null }),
    'FORBIDDEN',
  )
  same(error.rule, 'too-long')
})

add('an increment cannot slip past a rule about the new value', async (context) => {
  const { free, as } = await fillPapers(context)
  await free.update(paper(context, 'mine'), { pages: 100 })
  const { papers } = as('u', ['reader', 'writer'])
  same(
    (
      await refused(
        () => papers.update(paper(context, 'mine'), { pages: increment(1) }),
        'FORBIDDEN',
      )
    ).rule,
    'too-long',
  )
  same((await papers.update(paper(context, 'mine'), { pages: increment(-1) })).pages, 99)
})

add('a record cannot be moved out of the rule that allowed the change', async (context) => {
  const { papers, stored, db } = await fillPapers(context)
  const key = paper(context, 'mine')
  for (const ownerId of ['v', null])
    await refused(() => papers.update(key, { ownerId }), 'FORBIDDEN', { entity: 'paper' })
  await refused(() => papers.put({ ...key, ownerId: 'v' }), 'FORBIDDEN')
  same(
    await papers.updateWhere(
      { where: { tenantId: context.unique, ownerId: 'u' } },
      { ownerId: 'v' },
    ),
    { matched: 2, changed: 0, denied: 2 },
  )
  await refused(() => db.transaction((tx) => tx.papers.update(key, { ownerId: 'v' })), 'FORBIDDEN')
  const [many] = await papers.putMany([{ ...key, ownerId: 'v' }])
  same(many?.ok, false)
  await refused(() => papers.update(key, { tenantId: 'other' } as never), 'INVALID', {
    field: 'tenantId',
  })
  same((await stored('mine'))?.ownerId, 'u')
})

add('a record cannot be created outside the rule', async (context) => {
  const { papers, stored, db } = await fillPapers(context)
  const bad = paper(context, 'new', { ownerId: 'v' })
  for (const one of [
    bad,
    paper(context, 'new'),
    paper(context, 'new', { ownerId: null }),
    { ...bad, tenantId: `${context.unique}-x`, ownerId: 'u' },
  ]) {
    await refused(() => papers.create(one), 'FORBIDDEN', { entity: 'paper' })
    await refused(() => papers.put(one), 'FORBIDDEN', { entity: 'paper' })
    const [many] = await papers.createMany([one])
    same(many?.ok === false ? many.error.code : 'ok', 'FORBIDDEN')
    await refused(() => db.transaction((tx) => tx.papers.create(one)), 'FORBIDDEN')
  }
  same(await stored('new'), undefined)
})

add('check decides on the new record apart from when', async (context) => {
  const { as, stored } = await fillPapers(context)
  const { papers } = as('f', ['finance'])
  const key = paper(context, 'shared')
  same((await refused(() => papers.update(key, { status: 'lost' }), 'FORBIDDEN')).rule, 'pay')
  same((await papers.update(key, { status: 'paid' })).status, 'paid')
  same((await refused(() => papers.update(key, { title: 'x' }), 'FORBIDDEN')).field, 'title')
  same((await stored('shared'))?.status, 'paid')
})

add('a create that meets a hidden record says what it says of a visible one', async (context) => {
  const { papers, stored, db } = await fillPapers(context)
  const before = await stored('theirs')
  const create = (id: string) => () => papers.create(paper(context, id, { ownerId: 'u' }))
  const hidden = await refused(create('theirs'), 'ALREADY_EXISTS', { entity: 'paper' })
  const visible = await refused(create('mine'), 'ALREADY_EXISTS')
  same([hidden.message, hidden.rule, hidden.field], [visible.message, visible.rule, visible.field])
  const many = await papers.createMany(
    ['theirs', 'mine'].map((id) => paper(context, id, { ownerId: 'u' })),
  )
  same(
    many.map((one) => (one.ok ? 'ok' : one.error.message)),
    [hidden.message, hidden.message],
  )
  const inside = (id: string) => () =>
    db.transaction((tx) => tx.papers.create(paper(context, id, { ownerId: 'u' })))
  same(
    (await refused(inside('theirs'), 'ALREADY_EXISTS')).message,
    (await refused(inside('mine'), 'ALREADY_EXISTS')).message,
  )
  same(await stored('theirs'), before)
})

add('put on a hidden record neither overwrites nor reveals it', async (context) => {
  const { papers, stored, db } = await fillPapers(context)
  const before = await stored('theirs')
  const taken = paper(context, 'theirs', { ownerId: 'u', title: 'taken' })
  await refused(() => papers.put(taken), 'ALREADY_EXISTS', { entity: 'paper' })
  const [many] = await papers.putMany([taken])
  same(many?.ok === false ? many.error.code : 'ok', 'ALREADY_EXISTS')
  await refused(() => db.transaction((tx) => tx.papers.put(taken)), 'ALREADY_EXISTS')
  same(await stored('theirs'), before)
})
