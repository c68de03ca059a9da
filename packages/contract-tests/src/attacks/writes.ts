import { append, gte, increment } from '@holdfast/core'
import { collect } from '../case.ts'
import { holds, refused, same } from '../expect.ts'
import { fillPapers } from '../paper-fixtures.ts'
import { openPapers, paper } from '../query-fixtures.ts'
import { ATTACK_MODELS, outline } from './fixtures.ts'

const { add, suite } = collect('attacks on writes', ATTACK_MODELS)

/** Attempts to write what no rule lets be written, and to learn of records by writing. */
export const writeAttacks = suite

type Filled = Awaited<ReturnType<typeof fillPapers>>

/** Every way to change the record `theirs`, which `u` cannot read, by key. */
const changesOf = ({ db, papers }: Filled, key: { tenantId: string; paperId: string }) => {
  const taken = { ...key, ownerId: 'u', title: 'taken', pages: 1 }
  return {
    update: () => papers.update(key, { title: 'taken' }),
    'update of the owner': () => papers.update(key, { ownerId: 'u' }),
    'update with if': () => papers.update(key, { title: 'taken' }, { if: { pages: 1 } }),
    increment: () => papers.update(key, { pages: increment(1) }),
    append: () => papers.update(key, { readers: append('u') }),
    'update in a transaction': () =>
      db.transaction((tx) => tx.papers.update(key, { title: 'taken' })),
    put: () => papers.put(taken),
    'put in a transaction': () => db.transaction((tx) => tx.papers.put(taken)),
    create: () => papers.create(taken),
    'create in a transaction': () => db.transaction((tx) => tx.papers.create(taken)),
  }
}

add(
  'attack 33: a record cannot be moved out of the rule that allowed the change',
  async (context) => {
    const { papers, stored, db } = await fillPapers(context)
    const key = paper(context, 'mine')
    for (const ownerId of ['v', null])
      await refused(() => papers.update(key, { ownerId }), 'FORBIDDEN', { entity: 'paper' })
    await refused(() => papers.put({ ...key, ownerId: 'v' }), 'FORBIDDEN')
    await refused(() => papers.put(key), 'FORBIDDEN')
    const where = { tenantId: context.unique, ownerId: 'u', status: 'draft' }
    same(await papers.updateWhere({ where }, { ownerId: 'v' }), {
      matched: 1,
      changed: 0,
      denied: 1,
    })
    await refused(
      () => db.transaction((tx) => tx.papers.update(key, { ownerId: 'v' })),
      'FORBIDDEN',
    )
    await refused(
      () => db.transaction((tx) => tx.papers.put({ ...key, ownerId: 'v' })),
      'FORBIDDEN',
    )
    const [many] = await papers.putMany([{ ...key, ownerId: 'v' }])
    same(many?.ok === false ? many.error.code : 'ok', 'FORBIDDEN')
    same((await stored('mine'))?.ownerId, 'u')
  },
)

add('attack 33: a record cannot be created outside the rule', async (context) => {
  const { papers, stored, db, free } = await fillPapers(context)
  const bad = paper(context, 'new', { ownerId: 'v' })
  for (const one of [
    bad,
    paper(context, 'new'),
    paper(context, 'new', { ownerId: null }),
    { ...bad, tenantId: `${context.unique}-x`, ownerId: 'u' },
  ]) {
    await refused(() => papers.create(one), 'FORBIDDEN', { entity: 'paper' })
    await refused(() => papers.put(one), 'FORBIDDEN', { entity: 'paper' })
    for (const [many] of [await papers.createMany([one]), await papers.putMany([one])])
      same(many?.ok === false ? many.error.code : 'ok', 'FORBIDDEN')
    await refused(() => db.transaction((tx) => tx.papers.create(one)), 'FORBIDDEN')
    await refused(() => db.transaction((tx) => tx.papers.put(one)), 'FORBIDDEN')
  }
  same(await stored('new'), undefined)
  same(await free.count({ where: { tenantId: `${context.unique}-x` } }), 0)
})

add(
  'attack 33: an increment or append cannot slip past a rule about the new value',
  async (context) => {
    const { free, as, db, where } = await fillPapers(context)
    const key = paper(context, 'mine')
    await free.update(key, { pages: 100 })
    const { papers } = as('u', ['reader', 'writer'])
    for (const way of [
      () => papers.update(key, { pages: increment(1) }),
      () => papers.update(key, { pages: increment(1), title: 'x' }),
      () => papers.update(key, { readers: append('x'), pages: 101 }),
      () => db.transaction((tx) => tx.papers.update(key, { pages: increment(1) })),
    ])
      same((await refused(way, 'FORBIDDEN')).rule, 'too-long')
    same(await papers.updateWhere({ where: { ...where, pages: 100 } }, { pages: increment(1) }), {
      matched: 1,
      changed: 0,
      denied: 1,
    })
    same((await papers.update(key, { pages: increment(-1) })).pages, 99)
  },
)

for (const way of [
  'update',
  'update of the owner',
  'update with if',
  'increment',
  'append',
  'update in a transaction',
  'put',
  'put in a transaction',
  'create',
  'create in a transaction',
] as const)
  add(`attack 34: the row rule holds for ${way}`, async (context) => {
    const filled = await fillPapers(context)
    const before = await filled.stored('theirs')
    const code = /put|create/.test(way) ? 'ALREADY_EXISTS' : 'NOT_FOUND'
    await refused(changesOf(filled, paper(context, 'theirs'))[way], code, { entity: 'paper' })
    same(await filled.stored('theirs'), before)
  })

add('attack 34: the row rule holds for bulk calls and deletes', async (context) => {
  const { papers, db, stored } = await fillPapers(context)
  const before = await stored('theirs')
  const key = paper(context, 'theirs')
  const taken = { ...key, ownerId: 'u', title: 'taken' }
  for (const [outcome] of [await papers.putMany([taken]), await papers.createMany([taken])])
    same(outcome?.ok === false ? outcome.error.code : 'ok', 'ALREADY_EXISTS')
  same(await papers.delete(key), undefined)
  same(await papers.deleteMany([key]), [{ ok: true, value: undefined }])
  same(await db.transaction((tx) => tx.papers.delete(key)), undefined)
  same(await stored('theirs'), before)
})

add('attack 34: changes by filter touch only what may be read and written', async (context) => {
  const { papers, stored, where } = await fillPapers(context)
  const others = ['theirs', 'public', 'shared', 'final']
  const before = await Promise.all(others.map(stored))
  const own = { ...where, ownerId: 'u', status: 'draft' }
  const hidden = { ...where, ownerId: 'v', status: 'draft' }
  const none = { matched: 0, changed: 0, denied: 0 }
  for (const patch of [{ title: 'x' }, { pages: increment(1) }, { readers: append('u') }]) {
    same(await papers.updateWhere({ where: own }, patch), { matched: 1, changed: 1, denied: 0 })
    same(await papers.updateWhere({ where: hidden }, patch), none)
    same(await papers.updateWhere({ where }, patch), { matched: 3, changed: 1, denied: 2 })
  }
  same(await papers.deleteWhere({ where: hidden }), none)
  same(await papers.deleteWhere({ where }), { matched: 3, changed: 1, denied: 2 })
  same(await stored('mine'), undefined)
  same(await Promise.all(others.map(stored)), before)
})

add("attack 34: a bulk call settles each item under its own record's rules", async (context) => {
  const { papers, stored } = await fillPapers(context)
  const outcomes = await papers.deleteMany(
    ['mine', 'theirs', 'public', 'final', 'none'].map((id) => paper(context, id)),
  )
  same(
    outcomes.map((one) => (one.ok ? (one.value?.paperId ?? '-') : one.error.code)),
    ['mine', '-', 'FORBIDDEN', 'FORBIDDEN', '-'],
  )
  for (const id of ['theirs', 'public', 'final'])
    holds((await stored(id)) !== undefined, `${id} stays`)
})

add(
  'attack 36: a create that meets a hidden record says what it says of a visible one',
  async (context) => {
    const filled = await fillPapers(context)
    const { papers, stored, db } = filled
    const before = await stored('theirs')
    const made = (id: string) => paper(context, id, { ownerId: 'u' })
    for (const way of [
      (id: string) => papers.create(made(id)),
      (id: string) => db.transaction((tx) => tx.papers.create(made(id))),
      async (id: string) => {
        const [outcome] = await papers.createMany([made(id)])
        if (outcome?.ok === false) throw outcome.error
      },
    ]) {
      const hidden = await refused(() => way('theirs'), 'ALREADY_EXISTS', { entity: 'paper' })
      const visible = await refused(() => way('mine'), 'ALREADY_EXISTS')
      same(outline(hidden, 'theirs'), outline(visible, 'mine'))
    }
    same(await stored('theirs'), before)
  },
)

add('attack 36: put on a hidden record neither overwrites nor describes it', async (context) => {
  const { papers, stored, db } = await fillPapers(context)
  const before = await stored('theirs')
  const taken = (id: string) => paper(context, id, { ownerId: 'u', title: 'taken' })
  const error = await refused(() => papers.put(taken('theirs')), 'ALREADY_EXISTS', {
    entity: 'paper',
  })
  const created = await refused(() => papers.create(taken('mine')), 'ALREADY_EXISTS')
  same(outline(error, 'theirs'), outline(created, 'mine'))
  const [many] = await papers.putMany([taken('theirs')])
  same(many?.ok === false ? many.error.code : 'ok', 'ALREADY_EXISTS')
  await refused(() => db.transaction((tx) => tx.papers.put(taken('theirs'))), 'ALREADY_EXISTS')
  same(await stored('theirs'), before)
})

add(
  'attack 36: who may create nothing cannot ask by put or create what exists',
  async (context) => {
    const { as, free } = openPapers(context, ({ allow, me }) => {
      const own = [allow('*', { ownerId: me.id })]
      return { read: own, update: own, create: [allow('admin')] }
    })
    await free.create(paper(context, 'theirs', { ownerId: 'v' }))
    const db = as('u', ['writer'])
    const { papers } = db
    const stored = (id: string) => free.get(paper(context, id))
    const before = await stored('theirs')
    const made = (id: string) => paper(context, id, { ownerId: 'u' })
    const ways: readonly ((id: string) => Promise<unknown>)[] = [
      (id) => papers.create(made(id)),
      (id) => papers.put(made(id)),
      (id) => db.transaction((tx) => tx.papers.create(made(id))),
      (id) => db.transaction((tx) => tx.papers.put(made(id))),
    ]
    for (const way of ways) {
      const hidden = await refused(() => way('theirs'), 'FORBIDDEN')
      const missing = await refused(() => way('none'), 'FORBIDDEN')
      same(outline(hidden, 'theirs'), outline(missing, 'none'))
    }
    const outcomes = await papers.putMany(['theirs', 'none'].map(made))
    same(
      outcomes.map((one) => (one.ok ? 'ok' : one.error.message)),
      outcomes.map(() => (outcomes[1]?.ok === false ? outcomes[1].error.message : '')),
    )
    same(await stored('theirs'), before)
    same(await free.count({ where: { tenantId: context.unique } }), 1)
  },
)

add('attack 37: a change of a missing record makes none', async (context) => {
  const { papers, stored, db, as, where } = await fillPapers(context)
  const key = paper(context, 'none')
  for (const way of [
    () => papers.update(key, { title: 'x' }),
    () => papers.update(key, { pages: increment(1) }),
    () => papers.update(key, { readers: append('x') }),
    () => papers.update(key, { ownerId: 'u', title: 'x' }),
    () => db.transaction((tx) => tx.papers.update(key, { title: 'x' })),
  ])
    await refused(way, 'NOT_FOUND', { entity: 'paper' })
  await refused(() => as('f', ['finance']).papers.put({ ...key, status: 'paid' }), 'FORBIDDEN')
  same(await papers.delete(key), undefined)
  const counts = { matched: 0, changed: 0, denied: 0 }
  const missing = { ...where, paperId: gte('none'), title: 'nothing' }
  same(await papers.updateWhere({ where: missing }, { title: 'x' }), counts)
  same(await stored('none'), undefined)
})
