import { append, createStore, defineActor, increment, remove } from '@holdfast/core'
import { z } from 'zod'
import { collect } from '../case.ts'
import { holds, refused, same } from '../expect.ts'
import { fillPapers } from '../paper-fixtures.ts'
import { openPapers, Paper, paper } from '../query-fixtures.ts'
import {
  ATTACK_MODELS,
  CANARY,
  dossier,
  lackMembers,
  NUMBER,
  openDossiers,
  outline,
  saysNothing,
  unpushed,
  watched,
} from './fixtures.ts'
import { loose } from './input-fixtures.ts'

const { add, suite } = collect('attacks on actors', ATTACK_MODELS)

/** Attempts to learn what exists, and to go around the scoped store. */
export const doorAttacks = suite

add(
  'attack 55: hidden and missing are the same for get, getMany, find and count',
  async (context) => {
    const { papers, where, db } = await fillPapers(context)
    const keys = ['theirs', 'none', 'mine'].map((id) => paper(context, id))
    const seen = (rows: readonly ({ paperId: string } | undefined)[]) =>
      rows.map((row) => row?.paperId)
    for (const key of keys.slice(0, 2)) same(await papers.get(key), undefined)
    same(seen(await papers.getMany(keys)), [undefined, undefined, 'mine'])
    same(seen(await db.transaction((tx) => tx.papers.getMany(keys))), [
      undefined,
      undefined,
      'mine',
    ])
    for (const paperId of ['theirs', 'none']) {
      same(await papers.find({ where: { ...where, paperId } }), { items: [] })
      same(await papers.count({ where: { ...where, paperId } }), 0)
      for await (const row of papers.each({ where: { ...where, paperId } })) same(row, undefined)
      const none = { matched: 0, changed: 0, denied: 0 }
      same(await papers.updateWhere({ where: { ...where, paperId } }, { title: 'x' }), none)
      same(await papers.deleteWhere({ where: { ...where, paperId } }), none)
    }
  },
)

add(
  'attack 55: hidden and missing are the same for update and delete, in all that is told',
  async (context) => {
    const { papers, stored, db, events } = await fillPapers(context)
    const before = await stored('theirs')
    events.length = 0
    const attempts: readonly ((id: string) => Promise<unknown>)[] = [
      (id) => papers.update(paper(context, id), { title: 'x' }),
      (id) => papers.update(paper(context, id), { title: 'x' }, { ifVersion: 'v' }),
      (id) => papers.update(paper(context, id), { title: 'x' }, { if: { pages: 1 } }),
      (id) => papers.update(paper(context, id), { pages: 1000 }),
      (id) => papers.update(paper(context, id), { pages: increment(Number.MAX_SAFE_INTEGER) }),
      (id) => papers.update(paper(context, id), { readers: append('u') }),
      (id) => papers.update(paper(context, id), { title: remove() }),
      (id) => papers.update(paper(context, id), { ownerId: 'u' }),
      (id) => papers.update(paper(context, id), { fee: 1 }),
      (id) => db.transaction((tx) => tx.papers.update(paper(context, id), { title: 'x' })),
      (id) => db.transaction((tx) => tx.papers.update(paper(context, id), { fee: 1 })),
    ]
    for (const [at, attempt] of attempts.entries()) {
      const hidden = await refused(() => attempt('theirs'), 'NOT_FOUND', { entity: 'paper' })
      const missing = await refused(() => attempt('none'), 'NOT_FOUND')
      same(outline(hidden, 'theirs'), outline(missing, 'none'), `attempt ${at}`)
    }
    for (const id of ['theirs', 'none']) {
      const key = paper(context, id)
      same(await papers.delete(key), undefined)
      same(await papers.delete(key, { if: { pages: 1 } }), undefined)
      same(await papers.delete(key, { ifVersion: 'v' }), undefined)
      same(await papers.deleteMany([key]), [{ ok: true, value: undefined }])
      same(await db.transaction((tx) => tx.papers.delete(key)), undefined)
    }
    same(events, [], 'audit is told of what could be')
    same(await stored('theirs'), before)
  },
)

for (const way of ['pushed down', 'decided in core'] as const)
  add(`attack 55: hidden and missing cost the same calls, ${way}`, async (context) => {
    const inner = way === 'decided in core' ? unpushed(context.driver) : context.driver
    const { driver, calls } = watched(inner)
    const { db, papers } = await fillPapers({ ...context, driver })
    const attempts: readonly ((id: string) => Promise<unknown>)[] = [
      (id) => papers.get(paper(context, id)),
      (id) => papers.update(paper(context, id), { title: 'x' }),
      (id) => papers.update(paper(context, id), { pages: increment(1) }, { if: { pages: 1 } }),
      (id) => papers.delete(paper(context, id)),
      (id) => db.transaction((tx) => tx.papers.update(paper(context, id), { title: 'x' })),
    ]
    for (const attempt of attempts) {
      const made: string[] = []
      for (const id of ['theirs', 'none']) {
        calls.length = 0
        await attempt(id).catch(() => undefined)
        made.push(calls.join())
      }
      same(made[0], made[1])
      holds(made[0] !== '', 'something was asked')
    }
  })

add(
  'attack 56: unrestricted needs a reason, and every call is audited with it',
  async (context) => {
    const { store, events, where } = await fillPapers(context)
    for (const reason of ['', '  ', '\n', undefined, null, 5, {}, ['x']])
      await refused(() => store.unrestricted(loose(reason)), 'INVALID', { field: 'reason' })
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
  },
)

add("attack 56: the vendor's client needs a reason, and is audited", async (context) => {
  const { store, events } = openPapers(context, () => ({}))
  for (const reason of ['', '  ', undefined, null, 5])
    await refused(() => store.native(loose(reason)), 'INVALID', { field: 'reason' })
  // @ts-expect-error a reason must be given
  await refused(() => store.native(), 'INVALID', { field: 'reason' })
  same(events, [], 'nothing was handed out')
  const client = store.native('look at the indexes')
  holds(client !== undefined && client === context.driver.native(), "the vendor's own client")
  same(events, [
    {
      actor: 'unrestricted: look at the indexes',
      entity: '*',
      operation: 'native',
      key: undefined,
      rule: undefined,
      outcome: 'allowed',
    },
  ])
})

add('attack 56: the scoped store has no way around itself', async (context) => {
  const { as } = openPapers(context, ({ allow }) => ({ read: [allow('*')] }))
  const db = as('u', ['admin'])
  // @ts-expect-error there is no native client for an actor
  same(db.native, undefined)
  // @ts-expect-error an actor cannot become unrestricted
  same(db.unrestricted, undefined)
  // @ts-expect-error an actor cannot become another
  same(db.as, undefined)
  // @ts-expect-error there is no raw query
  same(db.papers.raw, undefined)
  const names = 'native unrestricted as raw sql query execute driver adapter scope store admin sudo'
  lackMembers([db, db.papers], names.split(' '))
  await db.transaction(async (tx) => lackMembers([tx, tx.papers], names.split(' ')))
  for (const one of [db, db.papers])
    for (const name of Object.keys(one)) same(['papers', 'vaults'].includes(name), true, name)
  holds(Object.isFrozen(db), 'nothing can be put in place of a repository')
})

add(
  'attack 57: an actor has no change feed, and the one there is needs a reason',
  async (context) => {
    const { as, store } = openPapers(context, ({ allow }) => ({ read: [allow('*')] }))
    const { papers } = as('u', ['admin'])
    // @ts-expect-error an actor follows no changes
    const follow: unknown = papers.changes
    if (typeof follow === 'function')
      await refused(() => Reflect.apply(follow, papers, [{}]) as unknown, 'FORBIDDEN', {
        entity: 'paper',
      })
    lackMembers([papers], ['export', 'dump', 'stream', 'watch', 'subscribe', 'migrate', 'copy'])
    await as('u', ['admin']).transaction(async (tx) =>
      lackMembers([tx.papers], ['changes', 'each']),
    )
    await refused(() => store.unrestricted('').papers.changes(), 'INVALID', { field: 'reason' })
  },
)

add(
  'attack 58: explain and traces say no value, no count and nothing of hidden records',
  async (context) => {
    const { driver, calls } = watched(context.driver)
    const { as, free, traces } = openDossiers({ ...context, driver }, ({ allow, me }) => ({
      read: [allow('*', { tenantId: me.tenantId, ownerId: me.id }, { reveal: ['balance'] })],
      update: [allow('*', { ownerId: me.id }, { fields: 'all' })],
    }))
    await free.create(dossier(context, 'a', { ownerId: 'u', seats: 1 }))
    const { dossiers } = as('u', [])
    const where = { tenantId: context.unique }
    const told = async (): Promise<unknown> => [
      dossiers.explain({ where }),
      dossiers.explain({ where: { ...where, balance: NUMBER, title: CANARY } }),
      dossiers.explain({ where: { ...where, left: CANARY } }),
      dossiers.explain({ where: { title: CANARY } }),
      dossiers.explain({ where: { title: CANARY }, scan: true }),
      await dossiers.explainUpdate({ title: CANARY, balance: NUMBER }),
      await dossiers.explainUpdate({ balance: increment(1) }),
    ]
    calls.length = 0
    const before = await told()
    same(calls, [], 'nothing is read')
    traces.length = 0
    await dossiers.find({ where })
    await dossiers.update(dossier(context, 'a'), { title: 'x' })
    await dossiers.count({ where })
    const seen = traces.splice(0)
    await free.createMany(
      Array.from({ length: 30 }, (_, at) =>
        dossier(context, `h${at}`, { ownerId: 'v', title: CANARY, balance: NUMBER, left: CANARY }),
      ),
    )
    traces.length = 0
    same(await told(), before, 'the same with hidden records')
    await dossiers.find({ where })
    await dossiers.update(dossier(context, 'a'), { title: 'x' })
    await dossiers.count({ where })
    same(traces, seen, 'traces too')
    saysNothing([before, await told(), traces], [CANARY, String(NUMBER), context.unique])
    for (const trace of traces)
      same(Object.keys(trace).toSorted(), ['entity', 'operation', 'store'])
  },
)

add('attack 59: no check of a type stands in for the decision on a record', async (context) => {
  const { papers, db, store } = await fillPapers(context)
  // @ts-expect-error there is no can
  same(papers.can, undefined)
  // @ts-expect-error there is no list of permissions
  same(db.permissions, undefined)
  const names = 'can cannot may allows isAllowed permissions permitted ability check authorize'
  lackMembers([store, db, papers], names.split(' '))
  await db.transaction(async (tx) => lackMembers([tx, tx.papers], names.split(' ')))
  // How an update would run is told without any record, and decides nothing.
  const way = await papers.explainUpdate({ title: 'x' })
  same(await papers.explainUpdate({ title: 'x' }), way)
  await papers.update(paper(context, 'mine'), { title: 'x' })
  await refused(() => papers.update(paper(context, 'public'), { title: 'x' }), 'FORBIDDEN')
  await refused(() => papers.update(paper(context, 'theirs'), { title: 'x' }), 'NOT_FOUND')
})

add(
  'attack 60: an actor that is asynchronous, incomplete or not of its shape is refused',
  async (context) => {
    const slow = defineActor(
      z.object({ id: z.string(), roles: z.array(z.string()) }).refine(async () => true),
    )
    const store = createStore({ adapter: context.driver, entities: { papers: Paper }, actor: slow })
    await refused(() => store.as({ id: 'u', roles: [] }), 'INVALID', { message: /synchronously/ })
    const { store: other } = openPapers(context, ({ allow }) => ({ read: [allow('*')] }))
    for (const actor of [
      undefined,
      null,
      'u',
      {},
      { id: 'u' },
      { id: 'u', roles: 'reader' },
      { id: { $gt: '' }, roles: [] },
      { id: 'u', roles: ['root'] },
      { id: 'u', roles: [], tenantId: { $ne: null } },
      Promise.resolve({ id: 'u', roles: [] }),
    ])
      await refused(() => other.as(loose(actor)), 'INVALID')
  },
)
