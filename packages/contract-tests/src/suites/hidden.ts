import { gt, has, increment } from '@holdfast/core'
import { collect, type Context } from '../case.ts'
import { holds, refused, same } from '../expect.ts'
import { type DeclareRules, openPapers, paper, QUERY_MODELS } from '../query-fixtures.ts'

const { add, suite } = collect('hidden records', QUERY_MODELS)

/** Writes under policies: what may not be read does not exist, what may not be written says why. */
export const hiddenSuite = suite

const rules: DeclareRules = ({ allow, deny, me }) => ({
  read: [
    allow('reader', { tenantId: me.tenantId, ownerId: me.id }),
    allow('reader', { tenantId: me.tenantId, status: 'public' }),
    allow('finance', { readers: has(me.id) }),
  ],
  create: [allow('writer', { tenantId: me.tenantId, ownerId: me.id }, { id: 'own-create' })],
  update: [
    allow('writer', { tenantId: me.tenantId, ownerId: me.id }, { id: 'own-update' }),
    allow(
      'finance',
      { readers: has(me.id) },
      { check: { status: 'paid' }, fields: ['status'], id: 'pay' },
    ),
    deny('*', { status: 'final' }, { on: 'old', id: 'final' }),
    deny('*', { pages: gt(100) }, { on: 'new', id: 'too-long' }),
  ],
  delete: [
    allow('writer', { ownerId: me.id }, { id: 'own-delete' }),
    deny('*', { status: 'final' }, { id: 'no-delete' }),
  ],
})

const fill = async (context: Context) => {
  const opened = openPapers(context, rules)
  await opened.free.createMany([
    paper(context, 'mine', { ownerId: 'u', pages: 1 }),
    paper(context, 'theirs', { ownerId: 'v', pages: 1 }),
    paper(context, 'public', { ownerId: 'v', status: 'public', pages: 1 }),
    paper(context, 'final', { ownerId: 'u', status: 'final', pages: 1 }),
    paper(context, 'shared', { ownerId: 'v', readers: ['f'], pages: 1 }),
  ])
  const db = opened.as('u', ['reader', 'writer'])
  const stored = async (id: string) => opened.free.get(paper(context, id))
  return { ...opened, db, papers: db.papers, stored, where: { tenantId: context.unique } }
}

add('hidden and missing are the same for get, getMany, find and count', async (context) => {
  const { papers, where } = await fill(context)
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
    const { papers, stored, db } = await fill(context)
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
  const { papers, stored } = await fill(context)
  await refused(() => papers.update(paper(context, 'none'), { title: 'x' }), 'NOT_FOUND')
  same(await stored('none'), undefined)
})

add('readable but not writable is FORBIDDEN', async (context) => {
  const { papers, stored } = await fill(context)
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
  const { papers, stored } = await fill(context)
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
  const { papers } = await fill(context)
  const error = await refused(
    () => papers.update(paper(context, 'mine'), { pages: null }),
    'FORBIDDEN',
  )
  same(error.rule, 'too-long')
})

add('an increment cannot slip past a rule about the new value', async (context) => {
  const { free, as } = await fill(context)
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
  const { papers, stored, db } = await fill(context)
  const key = paper(context, 'mine')
  for (const ownerId of ['v', null])
    await refused(() => papers.update(key, { ownerId }), 'FORBIDDEN', { entity: 'paper' })
  await refused(() => papers.put({ ...key, ownerId: 'v' }), 'FORBIDDEN')
  await refused(
    () =>
      papers.updateWhere({ where: { tenantId: context.unique, ownerId: 'u' } }, { ownerId: 'v' }),
    'FORBIDDEN',
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
  const { papers, stored, db } = await fill(context)
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
  const { as, stored } = await fill(context)
  const { papers } = as('f', ['finance'])
  const key = paper(context, 'shared')
  same((await refused(() => papers.update(key, { status: 'lost' }), 'FORBIDDEN')).rule, 'pay')
  same((await papers.update(key, { status: 'paid' })).status, 'paid')
  same((await refused(() => papers.update(key, { title: 'x' }), 'FORBIDDEN')).field, 'title')
  same((await stored('shared'))?.status, 'paid')
})

add('a create that meets a hidden record says what it says of a visible one', async (context) => {
  const { papers, stored, db } = await fill(context)
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
  const { papers, stored, db } = await fill(context)
  const before = await stored('theirs')
  const taken = paper(context, 'theirs', { ownerId: 'u', title: 'taken' })
  await refused(() => papers.put(taken), 'ALREADY_EXISTS', { entity: 'paper' })
  const [many] = await papers.putMany([taken])
  same(many?.ok === false ? many.error.code : 'ok', 'ALREADY_EXISTS')
  await refused(() => db.transaction((tx) => tx.papers.put(taken)), 'ALREADY_EXISTS')
  same(await stored('theirs'), before)
})

add('updateWhere and deleteWhere touch only what may be read and written', async (context) => {
  const { papers, stored, free, where } = await fill(context)
  same(
    await papers.updateWhere(
      { where: { ...where, ownerId: 'u', status: 'draft' } },
      { title: 'x' },
    ),
    { matched: 1, changed: 1 },
  )
  same(
    await papers.updateWhere(
      { where: { ...where, ownerId: 'v', status: 'draft' } },
      { title: 'x' },
    ),
    { matched: 0, changed: 0 },
  )
  await refused(
    () => papers.updateWhere({ where: { ...where, status: 'public' } }, { title: 'x' }),
    'FORBIDDEN',
  )
  same(await papers.deleteWhere({ where: { ...where, ownerId: 'v', status: 'draft' } }), {
    matched: 0,
    changed: 0,
  })
  await refused(() => papers.deleteWhere({ where }), 'FORBIDDEN')
  same((await stored('mine'))?.title ?? 'gone', (await stored('mine')) === undefined ? 'gone' : 'x')
  for (const id of ['theirs', 'public', 'shared', 'final'])
    holds((await stored(id)) !== undefined, `${id} stays`)
  same((await stored('theirs'))?.title, undefined)
  for (const empty of [{}, undefined, null, []]) {
    await refused(() => free.deleteWhere({ where: empty as never }), 'INVALID', { entity: 'paper' })
    await refused(() => free.updateWhere({ where: empty as never }, { title: 'x' }), 'INVALID')
  }
})

add('a bulk call settles each item under the rules', async (context) => {
  const { papers, stored } = await fill(context)
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
    const { db, stored } = await fill(context)
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
  const { papers, events } = await fill(context)
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
  const { papers, events, where } = await fill(context)
  events.length = 0
  await refused(() => papers.find({ where: { ...where, fee: 4711 } }), 'FORBIDDEN')
  same(
    events.map(({ operation, outcome }) => [operation, outcome]),
    [['read', 'denied']],
  )
  holds(!JSON.stringify(events).includes('4711'), 'no field values in audit')
})

add('every call without policies is audited with its reason', async (context) => {
  const { store, events, where } = await fill(context)
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
  const { as, free, stored } = await fill(context)
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
