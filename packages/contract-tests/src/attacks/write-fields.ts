import {
  append,
  createStore,
  defineActor,
  defineEntity,
  definePolicy,
  increment,
  remove,
  type StandardSchema,
} from '@holdfast/core'
import { z } from 'zod'
import { collect, type Context } from '../case.ts'
import { refused, same } from '../expect.ts'
import { fillPapers } from '../paper-fixtures.ts'
import { openPapers, paper } from '../query-fixtures.ts'
import { fillFees } from './fee-fixtures.ts'
import { ATTACK_MODELS } from './fixtures.ts'
import { loose } from './input-fixtures.ts'

/** A schema of no vendor that lets everything through, and adds what it is told to. */
const openSchema = (
  extra: object,
): StandardSchema<Record<string, unknown>, { id: string; label?: string }> => ({
  '~standard': {
    version: 1,
    vendor: 'none',
    validate: (value: unknown) => ({
      value: { ...(value as { id: string; label?: string }), ...extra },
    }),
  },
})

const openEntity = (extra: object) =>
  defineEntity('leaky', {
    schema: openSchema(extra),
    fields: { id: 'string', label: 'string' },
    key: { partition: ['id'] },
  })

const Leaky = openEntity({})

const { add, suite } = collect('attacks on writes', [...ATTACK_MODELS, Leaky.model])

/** Attempts to write fields that one may not, or that do not exist. */
export const fieldAttacks = suite

/** Status by one rule, title by another; both only on one's own records. */
const fillLists = async (context: Context) => {
  const opened = openPapers(context, ({ allow, me }) => ({
    read: [allow('*')],
    create: [allow('*', undefined, { fields: ['ownerId', 'status'], id: 'make' })],
    update: [
      allow('writer', { ownerId: me.id }, { fields: ['status'], id: 'status' }),
      allow('*', { ownerId: me.id }, { fields: ['title', 'pages', 'readers'], id: 'title' }),
    ],
  }))
  const row = { ownerId: 'u', title: 'old', pages: 1, readers: ['r'] }
  await opened.free.create(paper(context, 'a', row))
  const db = opened.as('u', ['writer'])
  const stored = () => opened.free.get(paper(context, 'a'))
  return { ...opened, db, papers: db.papers, row: paper(context, 'a', row), stored }
}

add('attack 35: the update branch of put obeys the fields of the rule', async (context) => {
  const { papers, db, row, stored, free } = await fillLists(context)
  const before = await stored()
  for (const [field, bad] of [
    ['ownerId', { ...row, ownerId: 'v' }],
    ['readers', { ...row, readers: undefined, ownerId: null }],
    ['fee', { ...row, fee: 1 }],
    ['status', { ...row, status: 'open', title: 'new' }],
  ] as const) {
    const input = JSON.parse(JSON.stringify(bad)) as typeof row
    await refused(() => papers.put(input), 'FORBIDDEN', { entity: 'paper' })
    await refused(() => db.transaction((tx) => tx.papers.put(input)), 'FORBIDDEN')
    const [many] = await papers.putMany([input])
    same(many?.ok === false ? many.error.code : `${field} was written`, 'FORBIDDEN')
  }
  same(await stored(), before)
  await papers.put({ ...row, status: 'open' })
  await papers.put({ ...row, status: 'open', title: 'new', pages: 2 })
  same((await stored())?.title, 'new')
  // What is left out of a put is removed: that is a change too.
  await refused(() => papers.put(paper(context, 'a', { title: 'x' })), 'FORBIDDEN')
  await refused(() => papers.put(paper(context, 'b', { ownerId: 'u', title: 'x' })), 'FORBIDDEN', {
    field: 'title',
  })
  same(await free.get(paper(context, 'b')), undefined)
})

add('attack 35: a sensitive field is written only under a rule that lists it', async (context) => {
  const { as, free, where } = await fillFees(context)
  const detail = { field: 'fee', entity: 'paper' }
  const db = as('u', ['reader', 'writer'])
  const { papers } = db
  for (const way of [
    () => papers.create(paper(context, 'x', { fee: 1 })),
    () => papers.put(paper(context, 'x', { fee: 1 })),
    () => papers.put(paper(context, 'a', { fee: 1 })),
    () => papers.put(paper(context, 'a', { fee: 10, ownerId: 'u', pages: 1 })),
    () => papers.update(paper(context, 'a'), { fee: 1 }),
    () => papers.update(paper(context, 'a'), { fee: 10 }),
    () => papers.update(paper(context, 'a'), { fee: remove() }),
    () => papers.update(paper(context, 'a'), { title: 'x', fee: null }),
    () => db.transaction((tx) => tx.papers.update(paper(context, 'a'), { fee: 1 })),
    () => db.transaction((tx) => tx.papers.create(paper(context, 'x', { fee: 1 }))),
  ])
    await refused(way, 'FORBIDDEN', detail)
  await refused(() => papers.updateWhere({ where }, { fee: 1 }), 'FORBIDDEN', detail)
  const outcomes = [
    ...(await papers.createMany([paper(context, 'x', { fee: 1 })])),
    ...(await papers.putMany([paper(context, 'x', { fee: 1 }), paper(context, 'a', { fee: 1 })])),
  ]
  same(
    outcomes.map((one) => (one.ok ? 'ok' : one.error.field)),
    ['fee', 'fee', 'fee'],
  )
  same((await free.get(paper(context, 'a')))?.fee, 10)
  same(await free.get(paper(context, 'x')), undefined)
  same((await as('u', ['finance']).papers.update(paper(context, 'a'), { fee: 11 })).fee, 11)
})

for (const [name, patch, field] of [
  ['a part of the key', { paperId: 'b' }, 'paperId'],
  ['the tenant', { tenantId: 'other' }, 'tenantId'],
  ['the tenant as it is', { tenantId: 'same' }, 'tenantId'],
  ['the version', { revision: 'x' }, 'revision'],
  ['a field of the store itself', { _v: 'x' }, '_v'],
  ['an id', { id: 'x' }, 'id'],
  ['a time of creation', { createdAt: new Date() }, 'createdAt'],
] as const)
  add(`attack 38: a patch that names ${name} is INVALID`, async (context) => {
    const { papers, db, stored, where } = await fillPapers(context)
    const before = await stored('mine')
    const key = paper(context, 'mine')
    const bad = loose({
      title: 'x',
      ...(name === 'the tenant as it is' ? { tenantId: context.unique } : patch),
    })
    await refused(() => papers.update(key, bad), 'INVALID', { field, entity: 'paper' })
    await refused(() => papers.updateWhere({ where }, bad), 'INVALID', { field })
    await refused(() => db.transaction((tx) => tx.papers.update(key, bad)), 'INVALID', { field })
    await refused(() => papers.explainUpdate(bad), 'INVALID', { field })
    same(await stored('mine'), before)
  })

add('attack 38: keys and versions are given in one place only', async (context) => {
  const { papers, db, stored } = await fillPapers(context)
  const key = paper(context, 'mine')
  for (const extra of [{ ownerId: 'u' }, { revision: 'x' }, { id: 'theirs' }]) {
    const detail = { field: Object.keys(extra)[0] ?? '' }
    const bad = { ...key, ...extra }
    await refused(() => papers.get(bad), 'INVALID', detail)
    await refused(() => papers.update(bad, { title: 'x' }), 'INVALID', detail)
    await refused(() => papers.delete(bad), 'INVALID', detail)
    await refused(() => db.transaction((tx) => tx.papers.delete(bad)), 'INVALID', detail)
  }
  const made = loose(paper(context, 'new', { ownerId: 'u', revision: 'z'.repeat(22) }))
  await refused(() => papers.create(made), 'INVALID', { field: 'revision' })
  await refused(() => papers.put(made), 'INVALID', { field: 'revision' })
  same(await stored('new'), undefined)
})

add('attack 39: unknown fields are INVALID on every write', async (context) => {
  const { papers, db, stored } = await fillPapers(context)
  for (const field of ['isAdmin', 'Title', 'title ', 'owner', 'tenant.id']) {
    const made = loose(paper(context, 'new', { ownerId: 'u', [field]: true }))
    const detail = { field, entity: 'paper' }
    await refused(() => papers.create(made), 'INVALID', detail)
    await refused(() => papers.put(made), 'INVALID', detail)
    await refused(() => db.transaction((tx) => tx.papers.create(made)), 'INVALID', detail)
    for (const [many] of [await papers.createMany([made]), await papers.putMany([made])])
      same(many?.ok === false ? [many.error.code, many.error.field] : [], ['INVALID', field])
    for (const value of [true, undefined, increment(1), append('x'), remove()])
      await refused(
        () => papers.update(paper(context, 'mine'), loose({ title: 'x', [field]: value })),
        'INVALID',
        detail,
      )
  }
  same([await stored('new'), (await stored('mine'))?.title], [undefined, undefined])
})

add(
  'attack 39: a schema that lets unknown fields through, or adds them, changes nothing',
  async (context) => {
    const actor = defineActor(z.object({ id: z.string(), roles: z.array(z.string()) }))
    const open = (entity: typeof Leaky) =>
      createStore({
        adapter: context.driver,
        entities: { leaky: entity },
        policies: [
          definePolicy(entity, actor, ({ allow }) => ({
            read: [allow('*')],
            create: [allow('*')],
            update: [allow('*')],
          })),
        ],
        actor,
      }).as({ id: 'u', roles: [] }).leaky
    const leaky = open(Leaky)
    const key = { id: context.unique }
    const detail = { field: 'isAdmin', entity: 'leaky' }
    await refused(() => leaky.create({ ...key, isAdmin: true }), 'INVALID', detail)
    await refused(() => leaky.put({ ...key, isAdmin: true }), 'INVALID', detail)
    await leaky.create({ ...key, label: 'x' })
    await refused(() => leaky.update(key, loose({ isAdmin: true })), 'INVALID', detail)
    await refused(() => leaky.update(key, loose({ label: 'y', isAdmin: true })), 'INVALID', detail)
    const adding = open(openEntity({ isAdmin: true }))
    await refused(() => adding.put({ ...key, label: 'y' }), 'INVALID', detail)
    await refused(() => adding.update(key, { label: 'y' }), 'INVALID', detail)
    same(await leaky.get(key), { ...key, label: 'x' })
  },
)

add('attack 40: one allowed change cannot carry another', async (context) => {
  const { as, free } = await fillFees(context)
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

add('attack 40: two rules do not add up to a third', async (context) => {
  const { papers, db, stored, as } = await fillLists(context)
  const key = paper(context, 'a')
  const before = await stored()
  for (const patch of [
    { status: 'open', title: 'x' },
    { status: 'open', pages: increment(1) },
    { status: 'open', readers: append('x') },
    { title: remove(), ownerId: 'u' },
  ]) {
    await refused(() => papers.update(key, patch), 'FORBIDDEN')
    await refused(() => db.transaction((tx) => tx.papers.update(key, patch)), 'FORBIDDEN')
    const where = { tenantId: context.unique }
    await refused(() => papers.updateWhere({ where }, patch), 'FORBIDDEN')
  }
  same(await stored(), before)
  await refused(() => as('u', []).papers.update(key, { status: 'open' }), 'FORBIDDEN', {
    field: 'status',
  })
  await papers.update(key, { status: 'open' })
  await papers.update(key, { title: 'x', pages: increment(1), readers: append('x') })
})

add('attack 40: the check of one rule does not serve another', async (context) => {
  const { as, stored } = await fillPapers(context)
  const { papers } = as('f', ['finance'])
  const key = paper(context, 'shared')
  same((await refused(() => papers.update(key, { status: 'lost' }), 'FORBIDDEN')).rule, 'pay')
  same((await papers.update(key, { status: 'paid' })).status, 'paid')
  same((await refused(() => papers.update(key, { title: 'x' }), 'FORBIDDEN')).field, 'title')
  same((await stored('shared'))?.status, 'paid')
})
