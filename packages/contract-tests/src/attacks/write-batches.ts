import { createStore, defineActor, defineEntity, definePolicy } from '@holdfast/core'
import { z } from 'zod'
import { collect, type Context } from '../case.ts'
import { holds, refused, same } from '../expect.ts'
import { entities } from '../fixtures.ts'
import { fillPapers } from '../paper-fixtures.ts'
import { openPapers, paper } from '../query-fixtures.ts'
import { ATTACK_MODELS, CANARY, lackMembers, outline, saysNothing, watched } from './fixtures.ts'
import { loose } from './input-fixtures.ts'

const { add, suite } = collect('attacks on writes', ATTACK_MODELS)

/** Collisions, references, and what a denied write answers, alone and among others. */
export const batchAttacks = suite

const SEEN = 'seen-3b7'

/** Two accounts of one's own and a hidden one, under a unique index. */
const fillAccounts = async (context: Context) => {
  const actor = defineActor(z.object({ id: z.string(), roles: z.array(z.string()) }))
  const store = createStore({
    adapter: context.driver,
    entities: { accounts: entities.accounts },
    policies: [
      definePolicy(entities.accounts, actor, ({ allow, me }) => ({
        read: [allow('*', { name: me.id })],
        create: [allow('*', { name: me.id })],
        update: [allow('*', { name: me.id })],
      })),
    ],
    actor,
  })
  const account = (accountId: string, address: string, name = 'u') => ({
    tenantId: context.unique,
    accountId,
    address,
    name,
  })
  const { accounts } = store.unrestricted('contract kit')
  await accounts.createMany([
    account('hidden', CANARY, 'v'),
    account('seen', SEEN),
    account('mine', 'mine'),
  ])
  return { db: store.as({ id: 'u', roles: [] }), free: accounts, account }
}

add(
  'attack 41: a unique collision says the same of hidden and visible records, and no value',
  async (context) => {
    const { db, free, account } = await fillAccounts(context)
    const { accounts } = db
    const key = { tenantId: context.unique, accountId: 'mine' }
    const many = async (run: Promise<readonly { ok: boolean; error?: unknown }[]>) => {
      const [outcome] = await run
      if (outcome?.ok === false) throw outcome.error
    }
    const ways: readonly ((address: string) => Promise<unknown>)[] = [
      (address) => accounts.create(account('new', address)),
      (address) => accounts.put(account('new', address)),
      (address) => accounts.put(account('mine', address)),
      (address) => accounts.update(key, { address }),
      (address) => accounts.update(key, { address }, { if: { name: 'u' } }),
      (address) => many(accounts.createMany([account('new', address)])),
      (address) => many(accounts.putMany([account('mine', address)])),
      (address) => db.transaction((tx) => tx.accounts.create(account('new', address))),
      (address) => db.transaction((tx) => tx.accounts.update(key, { address })),
    ]
    for (const way of ways) {
      const hidden = await refused(() => way(CANARY), 'ALREADY_EXISTS', { entity: 'account' })
      const visible = await refused(() => way(SEEN), 'ALREADY_EXISTS', { entity: 'account' })
      same(outline(hidden), outline(visible))
      saysNothing([hidden, visible], [CANARY, SEEN, 'byAddress', 'address', 'hidden', 'new'])
    }
    same(await free.count({ where: { tenantId: context.unique } }), 3)
    same((await free.get(key))?.address, 'mine')
  },
  ({ driver }) => driver.capabilities.uniqueIndexes !== 'none',
)

add('attack 42: naming a hidden record answers what naming a missing one does', async (context) => {
  const { papers, stored, db } = await fillPapers(context)
  const ways: readonly ((id: string, parent: string) => Promise<unknown>)[] = [
    (id, title) => papers.create(paper(context, id, { ownerId: 'u', title })),
    (id, title) => papers.put(paper(context, id, { ownerId: 'u', title })),
    (id, title) => papers.update(paper(context, id), { title }),
    (id, title) => db.transaction((tx) => tx.papers.update(paper(context, id), { title })),
  ]
  for (const [at, way] of ways.entries()) {
    const id = at < 2 ? `child${at}` : 'mine'
    const shapes = []
    for (const parent of ['theirs', 'none']) {
      const name = at < 2 ? `${id}-${parent}` : id
      const row = (await way(name, parent)) as Readonly<Record<string, unknown>>
      const { revision: _, ...rest } = row
      shapes.push(JSON.stringify(rest).replaceAll(parent, '<parent>'))
    }
    same(shapes[0], shapes[1])
  }
  holds((await stored('theirs')) !== undefined, 'the hidden one is there')
})

add('attack 42: an entity declares no reference that a store could check', async () => {
  const schema = z.object({ id: z.string(), parentId: z.string() })
  const key = { partition: ['id'] } as const
  const foreign = { parentId: 'paper' }
  // @ts-expect-error there are no foreign keys
  const { model } = defineEntity('child', { schema, key, foreign })
  holds(!JSON.stringify(model).includes('paper'), 'no reference is kept')
})

add('attack 45: a delete takes nothing with it', async (context) => {
  const { papers, free, where } = await fillPapers(context)
  await free.create(paper(context, 'child', { title: 'mine', ownerId: 'v' }))
  const key = paper(context, 'mine')
  const options = { cascade: true }
  // @ts-expect-error there is no cascade
  await refused(() => papers.delete(key, options), 'INVALID', { field: 'cascade' })
  // @ts-expect-error there is no cascade
  await refused(() => papers.deleteWhere({ where, cascade: true }), 'INVALID', { field: 'cascade' })
  await papers.delete(key)
  same((await free.get(paper(context, 'child')))?.title, 'mine')
  same(await free.count({ where }), 5)
  lackMembers([papers], ['cascade', 'deleteAll', 'truncate', 'drop'])
})

add(
  'attack 46: a write that would change nothing is refused like one that would',
  async (context) => {
    const { papers, db, free, stored } = await fillPapers(context)
    const row = await papers.get(paper(context, 'public'))
    holds(row !== undefined, 'readable')
    const { revision, ...unchanged } = row
    const key = paper(context, 'public')
    for (const way of [
      () => papers.update(key, { status: 'public' }),
      () => papers.update(key, { pages: 1 }, { ifVersion: revision }),
      () => papers.put(unchanged),
      () => papers.delete(key),
      () => db.transaction((tx) => tx.papers.put(unchanged)),
      () => db.transaction((tx) => tx.papers.update(key, { status: 'public' })),
    ])
      await refused(way, 'FORBIDDEN', { entity: 'paper' })
    await refused(() => papers.update(key, {}), 'INVALID')
    same(await stored('public'), await free.get(key))
    same((await stored('public'))?.revision, revision)
  },
)

add('attack 46: a change by filter counts and audits what it was refused', async (context) => {
  const { papers, events, where } = await fillPapers(context)
  events.length = 0
  const counts = { matched: 3, changed: 1, denied: 2 }
  same(await papers.updateWhere({ where }, { title: 'x' }), counts)
  same(
    events.map(({ operation, outcome, key, rule }) => [
      operation,
      outcome,
      key?.['paperId'],
      outcome === 'denied' ? rule : '',
    ]),
    [
      ['update', 'denied', 'final', 'final'],
      ['update', 'allowed', 'mine', ''],
      ['update', 'denied', 'public', undefined],
    ],
  )
  events.length = 0
  same(await papers.deleteWhere({ where }), counts)
  same(
    events.map(({ outcome }) => outcome),
    ['denied', 'allowed', 'denied'],
  )
})

add('attack 46: who may never do it is told so, whatever matches', async (context) => {
  const { driver, calls } = watched(context.driver)
  const { as, free, events } = openPapers({ ...context, driver }, ({ allow, deny }) => ({
    read: [allow('*')],
    update: [
      allow('writer', undefined, { fields: ['title'] }),
      deny('*', { pages: 1 }, { on: 'old' }),
    ],
    delete: [deny('*', { pages: 1 })],
  }))
  await free.create(paper(context, 'a'))
  calls.length = 0
  events.length = 0
  const { papers } = as('u', ['reader'])
  for (const where of [{ tenantId: context.unique }, { tenantId: 'none' }]) {
    await refused(() => papers.updateWhere({ where }, { title: 'x' }), 'FORBIDDEN')
    await refused(() => papers.deleteWhere({ where }), 'FORBIDDEN')
    const writer = as('u', ['writer']).papers
    await refused(() => writer.updateWhere({ where }, { status: 'x' }), 'FORBIDDEN')
  }
  same(calls, [], 'refused before anything is read')
  same(events.length, 6)
  for (const { outcome } of events) same(outcome, 'denied')
  await refused(() => papers.update(paper(context, 'a'), { title: 'x' }), 'FORBIDDEN')
  await refused(() => papers.delete(paper(context, 'a')), 'FORBIDDEN')
  same((await free.get(paper(context, 'a')))?.title, undefined)
})

add(
  'attack 47: a denial inside a transaction writes nothing, and reads see no hidden record',
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

add('attack 47: a transaction that fails does not say which item is hidden', async (context) => {
  const { db, stored, free, where } = await fillPapers(context)
  const before = (await free.find({ where })).items
  const write = (ids: readonly string[]) => () =>
    db.transaction(async (tx) => {
      await tx.papers.update(paper(context, 'mine'), { title: 'x' })
      for (const id of ids) await tx.papers.update(paper(context, id), { title: 'x' })
    })
  const hidden = await refused(write(['theirs', 'none']), 'NOT_FOUND')
  const missing = await refused(write(['none', 'gone']), 'NOT_FOUND')
  same(outline(hidden), outline(missing))
  saysNothing([hidden, missing], ['theirs', context.unique])
  const inside = async (id: string): Promise<unknown> =>
    refused(
      () =>
        db.transaction(async (tx) => {
          await tx.papers.update(paper(context, 'mine'), { title: 'x' })
          await tx.papers.create(paper(context, id, { ownerId: 'u' }))
        }),
      'ALREADY_EXISTS',
    )
  same(outline(await inside('theirs')), outline(await inside('final')))
  same((await free.find({ where })).items, before)
  holds((await stored('theirs')) !== undefined, 'the hidden one is there')
})

add(
  'attack 47: swallowing the error of one write does not let the denied one through',
  async (context) => {
    const { db, stored } = await fillPapers(context)
    await db.transaction(async (tx) => {
      await refused(() => tx.papers.update(paper(context, 'public'), { title: 'x' }), 'FORBIDDEN')
      await refused(() => tx.papers.update(paper(context, 'theirs'), { title: 'x' }), 'NOT_FOUND')
      await refused(() => tx.papers.put(paper(context, 'mine', { ownerId: 'v' })), 'FORBIDDEN')
      await tx.papers.update(paper(context, 'mine'), { title: 'y' })
    })
    const titles = []
    for (const id of ['public', 'theirs', 'mine']) titles.push((await stored(id))?.title)
    same(titles, [undefined, undefined, 'y'])
    same((await stored('mine'))?.ownerId, 'u')
  },
)

add('attack 47: the items of a bulk call answer alike for hidden and missing', async (context) => {
  const { papers } = await fillPapers(context)
  const [hidden, missing] = await papers.deleteMany(
    ['theirs', 'none'].map((id) => paper(context, id)),
  )
  same(hidden, missing)
  const [taken, visible] = await papers.createMany(
    ['theirs', 'final'].map((id) => paper(context, id, { ownerId: 'u' })),
  )
  holds(taken?.ok === false && visible?.ok === false, 'both exist')
  same(outline(taken.error), outline(visible.error))
  const odd = await papers.createMany([loose(null), paper(context, 'new', { ownerId: 'u' })])
  same(
    odd.map((one) => one.ok),
    [false, true],
  )
})
