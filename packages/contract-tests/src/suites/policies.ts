import { createStore, defineActor, defineEntity, definePolicy, gt } from '@holdfast/core'
import { z } from 'zod'
import { collect } from '../case.ts'
import { refused, same } from '../expect.ts'
import { openPapers, Paper, paper, QUERY_MODELS } from '../query-fixtures.ts'

const { add, suite } = collect('policies', QUERY_MODELS)

/** How rules are declared, and what they mean for roles and queries. */
export const policiesSuite = suite

const idsOf = (items: readonly { readonly paperId: string }[]): string =>
  items.map(({ paperId }) => paperId).join(' ')

add("'*' stands for every role, and for none held", async (context) => {
  const { as, free } = openPapers(context, ({ allow }) => ({ read: [allow('*')] }))
  await free.create(paper(context, 'a'))
  for (const roles of [[], ['admin']] as const)
    same((await as('u', [...roles]).papers.get(paper(context, 'a')))?.paperId, 'a')
})

add(
  "a tenant's actor need not repeat the tenant, and cannot leave it by a scan",
  async (context) => {
    const { as, free } = openPapers(context, ({ allow, me }) => ({
      read: [
        allow('reader', { tenantId: me.tenantId }),
        allow('writer', { tenantId: me.tenantId, status: 'open' }),
      ],
    }))
    await free.createMany([
      paper(context, 'a', { status: 'open', pages: 1 }),
      { tenantId: `${context.unique}-x`, paperId: 'b', status: 'open', pages: 1 },
    ])
    for (const query of [{}, { scan: true }, { where: { status: 'open' } }] as const)
      same(idsOf((await as('u', ['reader', 'writer']).papers.find(query)).items), 'a')
    const { papers } = as('u', ['reader'])
    same(papers.explain({ where: { status: 'open' } }).access, 'key')
    same(papers.explain({ where: { status: 'open', pages: gt(0) } }).index, 'byStatus')
  },
)

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
