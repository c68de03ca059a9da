import { createStore, defineActor, defineEntity, definePolicy, oneOf } from '@holdfast/core'
import { z } from 'zod'
import { collect } from '../case.ts'
import { holds, refused, same } from '../expect.ts'
import { openPapers, paper, Paper, QUERY_MODELS } from '../query-fixtures.ts'

const { add, suite } = collect('actors', QUERY_MODELS)

/** Who is asking, and what a policy may be. */
export const actorsSuite = suite

const idsOf = (items: readonly { readonly paperId: string }[]): string =>
  items.map(({ paperId }) => paperId).join(' ')

add('an actor is copied when bound: later changes do nothing', async (context) => {
  const { store, free } = openPapers(context, ({ allow, me }) => ({
    read: [
      allow('reader', { tenantId: me.tenantId }),
      allow('writer', { ownerId: oneOf(me.teams) }),
    ],
  }))
  await free.createMany([
    paper(context, 'a', { ownerId: 'red' }),
    paper(context, 'b', { ownerId: 'blue' }),
  ])
  const actor = {
    id: 'u',
    tenantId: 'elsewhere',
    roles: ['writer'] as ('writer' | 'reader')[],
    teams: ['red'],
  }
  const { papers } = store.as(actor)
  actor.roles.push('reader')
  actor.tenantId = context.unique
  actor.teams.push('blue')
  same(idsOf((await papers.find({ where: { tenantId: context.unique } })).items), 'a')
  actor.teams.length = 0
  same((await papers.get(paper(context, 'a')))?.paperId, 'a')
})

add('two actors on one store, interleaved, each see their own', async (context) => {
  const { as, free } = openPapers(context, ({ allow, me }) => ({
    read: [allow('*', { ownerId: me.id })],
  }))
  await free.createMany(
    ['u', 'v'].flatMap((ownerId) =>
      [1, 2, 3].map((at) => paper(context, `${ownerId}${at}`, { ownerId })),
    ),
  )
  const actors = ['u', 'v'].map((id) => as(id, ['reader']).papers)
  const where = { tenantId: context.unique }
  const answers = await Promise.all(
    Array.from({ length: 20 }, async (_, at) =>
      idsOf((await actors[at % 2]?.find({ where }))?.items ?? []),
    ),
  )
  answers.forEach((ids, at) => same(ids, at % 2 === 0 ? 'u1 u2 u3' : 'v1 v2 v3'))
})

add('coalesced gets answer each caller, and each actor its own', async (context) => {
  const { store, free } = openPapers(context, ({ allow, me }) => ({
    read: [allow('*', { ownerId: me.id })],
  }))
  await free.createMany(['u', 'v'].map((ownerId) => paper(context, ownerId, { ownerId })))
  const [u, v] = ['u', 'v'].map((id) => store.as({ id, roles: [] }, { coalesce: true }).papers)
  holds(u !== undefined && v !== undefined, 'two actors')
  const key = (id: string) => ({ tenantId: context.unique, paperId: id })
  const got = await Promise.all([
    u.get(key('u')),
    v.get(key('u')),
    u.get(key('v')),
    v.get(key('v')),
    u.get(key('none')),
    u.get(key('u')),
  ])
  same(
    got.map((row) => row?.paperId),
    ['u', undefined, undefined, 'v', undefined, 'u'],
  )
  const mixed = await Promise.allSettled([
    u.get(key('u')),
    u.get({ tenantId: context.unique } as never),
    u.get(key('u')),
  ])
  same(
    mixed.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  )
})

const asyncActor = defineActor(
  z.object({ id: z.string(), roles: z.array(z.string()) }).refine(async () => true),
)

add('an actor that is asynchronous, incomplete or not of its shape is refused', async (context) => {
  const store = createStore({
    adapter: context.driver,
    entities: { papers: Paper },
    actor: asyncActor,
  })
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
  ])
    await refused(() => other.as(actor as never), 'INVALID')
})

add('unrestricted needs a reason', async (context) => {
  const { store } = openPapers(context, () => ({}))
  for (const reason of ['', '  ', undefined, null, 5])
    await refused(() => store.unrestricted(reason as never), 'INVALID', { field: 'reason' })
})

add('a policy with a mistake is refused when declared, naming the rule', async (context) => {
  await refused(
    () =>
      openPapers(context, ({ allow }) => ({
        read: [allow('*', { nope: 1 } as never, { id: 'mine' })],
      })),
    'INVALID',
    { entity: 'paper', field: 'nope' },
  )
  await refused(
    () =>
      openPapers(context, ({ deny }) => ({
        update: [deny('*', { status: 'x' }, { id: 'mine' }) as never],
      })),
    'INVALID',
    { message: /mine/ },
  )
  await refused(
    () =>
      openPapers(context, ({ allow }) => ({
        read: [allow('*', undefined, { reveal: ['title' as never] })],
      })),
    'INVALID',
    { field: 'title' },
  )
  await refused(
    () =>
      openPapers(context, ({ allow }) => ({
        create: [allow('*', undefined, { fields: ['nope' as never] })],
      })),
    'INVALID',
    { field: 'nope' },
  )
  await refused(
    () =>
      openPapers(context, ({ allow }) => ({ read: [allow('*', { title: undefined } as never)] })),
    'INVALID',
    { field: 'title' },
  )
})

add('a policy of an entity that the store lacks, or a second one, is refused', async (context) => {
  const Other = defineEntity('other', {
    schema: z.object({ id: z.string() }),
    key: { partition: ['id'] },
  })
  const actor = defineActor(z.object({ id: z.string(), roles: z.array(z.string()) }))
  const own = () => definePolicy(Paper, actor, () => ({}))
  const make = (policies: ReturnType<typeof own>[]) => () =>
    createStore({ adapter: context.driver, entities: { papers: Paper }, policies, actor })
  await refused(make([definePolicy(Other, actor, () => ({}))]), 'INVALID', { entity: 'other' })
  await refused(make([own(), own()]), 'INVALID', { entity: 'paper' })
})
