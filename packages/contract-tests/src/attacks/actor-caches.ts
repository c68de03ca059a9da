import { createStore, defineActor, definePolicy, oneOf } from '@holdfast/core'
import { z } from 'zod'
import { collect } from '../case.ts'
import { holds, same } from '../expect.ts'
import { openPapers, Paper, paper } from '../query-fixtures.ts'
import { shape } from './fee-fixtures.ts'
import { ATTACK_MODELS, dossier, openDossiers, type Person } from './fixtures.ts'

const { add, suite } = collect('attacks on actors', ATTACK_MODELS)

/** Attempts to be served what was kept for somebody else. */
export const cacheAttacks = suite

add('attack 51: coalesced gets answer each caller, and each actor its own', async (context) => {
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

/** Actors of one id, and what each of them sees of the fees and rows below. */
const TWINS: readonly (readonly [Omit<Person, 'id'>, string])[] = [
  [{ roles: [], teams: ['red'] }, 'a'],
  [{ roles: [], teams: ['blue'] }, 'b'],
  [{ roles: [], teams: ['red', 'blue'] }, 'a b'],
  [{ roles: [], teams: ['red,blue'] }, ''],
  [{ roles: [], teams: [] }, ''],
  [{ roles: [] }, ''],
  [{ roles: ['all'] }, 'a b c'],
  [{ roles: ['all', 'none'] }, ''],
  [{ roles: ['all,none'] }, ''],
  [{ roles: ['all","none'] }, ''],
  [{ roles: ['cells'] }, 'a! b! c!'],
  [{ roles: ['cells', 'all'] }, 'a! b! c!'],
  [{ roles: ['limit'], limit: 1 }, 'a'],
  [{ roles: ['limit'], limit: 2 }, 'b'],
  [{ roles: ['limit'], limit: null }, ''],
]

for (const coalesce of [false, true])
  add(
    `attack 51: actors of one id with other rights get their own answers, ${coalesce ? 'coalesced' : 'one by one'}`,
    async (context) => {
      const { store, free, where } = openDossiers(context, ({ allow, deny, me }) => ({
        read: [
          allow('*', { ownerId: oneOf(me.teams) }),
          allow('all'),
          allow('cells', undefined, { reveal: ['balance'] }),
          allow('limit', { seats: me.limit }),
          deny('none'),
        ],
      }))
      await free.createMany([
        dossier(context, 'a', { ownerId: 'red', seats: 1, balance: 5 }),
        dossier(context, 'b', { ownerId: 'blue', seats: 2, balance: 5 }),
        dossier(context, 'c', { ownerId: 'green', seats: 3, balance: 5 }),
      ])
      const keys = ['a', 'b', 'c'].map((id) => dossier(context, id))
      const show = (rows: readonly ({ dossierId: string; balance?: unknown } | undefined)[]) =>
        rows
          .flatMap((row) =>
            row === undefined ? [] : `${row.dossierId}${'balance' in row ? '!' : ''}`,
          )
          .join(' ')
      const bind = (actor: Omit<Person, 'id'>) =>
        store.as({ id: 'u', ...actor }, { coalesce }).dossiers
      const bound = TWINS.map(([actor]) => bind(actor))
      for (let round = 0; round < 2; round += 1) {
        const answers = await Promise.all(
          [...bound, ...TWINS.map(([actor]) => bind(actor))].map(async (dossiers) => [
            show((await dossiers.find({ where })).items),
            show(await Promise.all(keys.map((key) => dossiers.get(key)))),
            show(await dossiers.getMany(keys)),
            String(await dossiers.count({ where })),
          ]),
        )
        answers.forEach((answer, at) => {
          const [actor, wanted = ''] = TWINS[at % TWINS.length] ?? []
          const count = String(wanted === '' ? 0 : wanted.split(' ').length)
          same(answer, [wanted, wanted, wanted, count], JSON.stringify(actor))
        })
      }
    },
  )

add('attack 51: what is kept for some sensitive fields is not used for others', async (context) => {
  const { as, free, where } = openDossiers(context, ({ allow, me }) => ({
    read: [
      allow('*', { tenantId: me.tenantId }, { reveal: ['left', 'right'] }),
      allow('*', { ownerId: me.id }, { reveal: ['left,right'] }),
    ],
  }))
  const cells = { left: 'x', right: 'x', 'left,right': 'x' }
  await free.createMany([
    dossier(context, 'mine', { ...cells, ownerId: 'u' }),
    dossier(context, 'theirs', { ...cells, ownerId: 'v' }),
  ])
  const { dossiers } = as('u', [])
  same(await dossiers.count({ where: { ...where, left: 'x', right: 'x' } }), 2)
  same(await dossiers.count({ where: { ...where, 'left,right': 'x' } }), 1)
  same(await dossiers.count({ where: { ...where, left: 'x', right: 'x' } }), 2)
})

add('attack 51: two stores with other policies share nothing', async (context) => {
  const actor = defineActor(z.object({ id: z.string(), roles: z.array(z.string()) }))
  const open = (reveal: readonly 'fee'[], ownerId: string) =>
    createStore({
      adapter: context.driver,
      entities: { papers: Paper },
      policies: [
        definePolicy(Paper, actor, ({ allow }) => ({
          read: [allow('*', { ownerId }, { reveal, id: 'same' })],
        })),
      ],
      actor,
    }).as({ id: 'u', roles: [] }).papers
  const { free } = openPapers(context, () => ({}))
  await free.createMany([
    paper(context, 'a', { ownerId: 'x', fee: 1 }),
    paper(context, 'b', { ownerId: 'y', fee: 2 }),
  ])
  const stores = [open(['fee'], 'x'), open([], 'x'), open([], 'y')]
  const where = { tenantId: context.unique }
  const seen = await Promise.all(
    [...stores, ...stores].map(async (papers) => shape((await papers.find({ where })).items)),
  )
  same(seen, ['a:1', 'a', 'b', 'a:1', 'a', 'b'])
})
