import { oneOf } from '@holdfast/core'
import { collect } from '../case.ts'
import { holds, refused, same } from '../expect.ts'
import { openPapers, paper } from '../query-fixtures.ts'
import { ATTACK_MODELS, dossier, lackMembers, openDossiers } from './fixtures.ts'
import { loose } from './input-fixtures.ts'

const { add, suite } = collect('attacks on actors', ATTACK_MODELS)

/** Attempts to act as nobody, as somebody else, or as somebody who is no longer. */
export const actorAttacks = suite

const idsOf = (items: readonly { readonly paperId: string }[]): string =>
  items.map(({ paperId }) => paperId).join(' ')

add('attack 48: without an actor there is no repository', async (context) => {
  const { store } = openPapers(context, ({ allow }) => ({ read: [allow('*')] }))
  // @ts-expect-error a store has no repositories
  same(store.papers, undefined)
  // @ts-expect-error a store runs no transactions
  same(store.transaction, undefined)
  lackMembers([store], ['papers', 'vaults', 'transaction', 'get', 'find', 'query', 'repositories'])
  // @ts-expect-error an actor must be named
  await refused(() => store.as(), 'INVALID')
  // @ts-expect-error a reason must be given
  await refused(() => store.unrestricted(), 'INVALID', { field: 'reason' })
  for (const actor of [undefined, null, '', 0, false, {}, [], { id: 'u' }, { roles: ['admin'] }])
    await refused(() => store.as(loose(actor)), 'INVALID')
})

add(
  'attack 48: an actor with nothing but roles gets what the roles give, and no more',
  async (context) => {
    const { store, free } = openDossiers(context, ({ allow, me }) => ({
      read: [allow('admin'), allow('*', { ownerId: me.id })],
    }))
    await free.createMany([dossier(context, 'a'), dossier(context, 'b', { ownerId: '' })])
    const where = { tenantId: context.unique }
    const read = async (actor: object) =>
      (await store.as(loose(actor)).dossiers.find({ where })).items.length
    same(await read({ roles: [] }), 0)
    same(await read({ roles: ['admin'] }), 2)
  },
)

add('attack 49: an actor is copied when bound: later changes do nothing', async (context) => {
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

add('attack 49: an actor that its schema passes through is copied too', async (context) => {
  const { store, free, events } = openDossiers(context, ({ allow, me }) => ({
    read: [allow('member', { ownerId: oneOf(me.teams) }), allow('admin')],
    update: [allow('admin', { ownerId: me.id })],
  }))
  await free.createMany(
    ['red', 'blue'].map((ownerId) => dossier(context, ownerId, { ownerId, title: 'x' })),
  )
  const actor = { id: 'u', roles: ['member'], teams: ['red'], tenantId: context.unique }
  const db = store.as(actor)
  const lazy = store.as(actor)
  const seen = async (one: typeof db) => {
    const { items } = await one.dossiers.find({ where: { tenantId: context.unique } })
    return items.map(({ dossierId }) => dossierId).join(' ')
  }
  same(await seen(db), 'red')
  actor.id = 'blue'
  actor.roles.push('admin')
  actor.teams.splice(0, 1, 'blue')
  same([await seen(db), await seen(lazy)], ['red', 'red'], 'also where nothing was asked before')
  events.length = 0
  const key = dossier(context, 'red')
  await refused(() => lazy.dossiers.update(key, { title: 'y' }), 'FORBIDDEN')
  same(events[0]?.actor, 'u')
  await db.transaction(async (tx) => {
    actor.roles.push('admin')
    same(await tx.dossiers.get(dossier(context, 'blue')), undefined)
  })
})

add(
  'attack 49: an actor whose attributes change while they are read is one actor',
  async (context) => {
    const { store, free } = openDossiers(context, ({ allow, me }) => ({
      read: [allow('*', { ownerId: me.id })],
    }))
    await free.createMany(['u', 'v'].map((ownerId) => dossier(context, ownerId, { ownerId })))
    let reads = 0
    const actor = Object.defineProperty({ roles: [] }, 'id', {
      enumerable: true,
      get: () => (reads++ === 0 ? 'u' : 'v'),
    })
    const { dossiers } = store.as(loose(actor))
    const first = (await dossiers.find({ where: { tenantId: context.unique } })).items
    const again = (await dossiers.find({ where: { tenantId: context.unique } })).items
    same(first.length, 1)
    same(again, first)
  },
)

add(
  'attack 50: two actors on one store, interleaved, each see and change their own',
  async (context) => {
    const { as, free, events } = openPapers(context, ({ allow, me }) => ({
      read: [allow('*', { ownerId: me.id })],
      update: [allow('*', { ownerId: me.id })],
    }))
    await free.createMany(
      ['u', 'v'].flatMap((ownerId) =>
        [1, 2, 3].map((at) => paper(context, `${ownerId}${at}`, { ownerId, pages: at })),
      ),
    )
    events.length = 0
    const names = ['u', 'v'] as const
    const actors = names.map((id) => as(id, ['reader']))
    const where = { tenantId: context.unique }
    const other = (name: string) => (name === 'u' ? 'v1' : 'u1')
    const answers = await Promise.all(
      Array.from({ length: 100 }, async (_, at) => {
        const [name, db] = [names[at % 2] ?? 'u', actors[at % 2]]
        holds(db !== undefined, 'two actors')
        switch (Math.floor(at / 2) % 5) {
          case 0:
            return idsOf((await db.papers.find({ where })).items)
          case 1:
            return `${await db.papers.count({ where })}`
          case 2:
            return idsOf(
              [...(await db.papers.getMany([paper(context, other(name))]))].flatMap(
                (row) => row ?? [],
              ),
            )
          case 3:
            return (await db.papers.update(paper(context, `${name}1`), { title: name })).title
          default:
            return db.papers.update(paper(context, other(name)), { title: name }).then(
              () => 'written',
              ({ code }: { code: string }) => code,
            )
        }
      }),
    )
    answers.forEach((answer, at) => {
      const name = names[at % 2] ?? 'u'
      const wanted = [`${name}1 ${name}2 ${name}3`, '3', '', name, 'NOT_FOUND']
      same(answer, wanted[Math.floor(at / 2) % 5])
    })
    for (const { actor, key } of events) same(String(key?.['paperId']).startsWith(actor), true)
    for (const name of names) same((await free.get(paper(context, `${name}1`)))?.title, name)
  },
)

add('attack 50: transactions of two actors, interleaved, each see their own', async (context) => {
  const { as, free } = openPapers(context, ({ allow, me }) => ({
    read: [allow('*', { ownerId: me.id })],
    update: [allow('*', { ownerId: me.id })],
  }))
  await free.createMany(['u', 'v'].map((ownerId) => paper(context, ownerId, { ownerId })))
  let arrived = 0
  let release = (): void => {}
  const both = new Promise<void>((resolve) => {
    release = resolve
  })
  const seen = await Promise.all(
    ['u', 'v'].map((name) =>
      as(name, []).transaction(async (tx) => {
        const before = (await tx.papers.get(paper(context, name)))?.paperId
        arrived += 1
        if (arrived === 2) release()
        await both
        const other = await tx.papers.get(paper(context, name === 'u' ? 'v' : 'u'))
        await tx.papers.update(paper(context, name), { title: name })
        return [before, other]
      }),
    ),
  )
  same(seen, [
    ['u', undefined],
    ['v', undefined],
  ])
  for (const name of ['u', 'v']) same((await free.get(paper(context, name)))?.title, name)
})
