import { and, gt, gte, has, not, oneOf, or, startsWith } from '@holdfast/core'
import { collect } from '../case.ts'
import { holds, refused, same } from '../expect.ts'
import { openPapers, paper, QUERY_MODELS } from '../query-fixtures.ts'

const { add, suite } = collect('policies', QUERY_MODELS)

/** Who sees and changes which records. */
export const policiesSuite = suite

const idsOf = (items: readonly { readonly paperId: string }[]): string =>
  items.map(({ paperId }) => paperId).join(' ')

add('an operation without rules is closed', async (context) => {
  const { as, free } = openPapers(context, () => ({}))
  await free.create(paper(context, 'a'))
  const { papers } = as('u', ['admin'])
  const where = { tenantId: context.unique }
  same(await papers.get(paper(context, 'a')), undefined)
  same(await papers.getMany([paper(context, 'a')]), [undefined])
  same(await papers.find({ where }), { items: [] })
  same(await papers.count({ where }), 0)
  await refused(() => papers.create(paper(context, 'b')), 'FORBIDDEN', { entity: 'paper' })
  await refused(() => papers.put(paper(context, 'b')), 'FORBIDDEN')
  await refused(() => papers.update(paper(context, 'a'), { title: 'x' }), 'NOT_FOUND')
  same(await papers.delete(paper(context, 'a')), undefined)
  same((await free.find({ where })).items.length, 1)
})

add('an entity without a policy is closed', async (context) => {
  const { as, store } = openPapers(context, ({ allow }) => ({ read: [allow('*')] }))
  const { vaults } = store.unrestricted('contract kit')
  const key = { tenantId: context.unique, vaultId: 'a' }
  await vaults.create(key)
  const db = as('u', ['admin'])
  same(await db.vaults.get(key), undefined)
  same((await db.vaults.find({ where: { tenantId: context.unique } })).items, [])
  same(await db.vaults.count({ where: { tenantId: context.unique } }), 0)
  await refused(() => db.vaults.create({ ...key, vaultId: 'b' }), 'FORBIDDEN', { entity: 'vault' })
  await refused(() => db.vaults.put({ ...key, vaultId: 'b' }), 'FORBIDDEN', { entity: 'vault' })
  same(await vaults.count({ where: { tenantId: context.unique } }), 1)
})

add('an actor without a role that a rule names gets nothing', async (context) => {
  const { as, free } = openPapers(context, ({ allow }) => ({
    read: [allow(['reader', 'finance'])],
  }))
  await free.create(paper(context, 'a'))
  const read = (roles: Parameters<typeof as>[1]) => as('u', roles).papers.get(paper(context, 'a'))
  for (const roles of [[], ['admin'], ['writer', 'admin']] as const)
    same(await read([...roles]), undefined)
  for (const roles of [['reader'], ['finance'], ['admin', 'finance']] as const)
    same((await read([...roles]))?.paperId, 'a')
})

add("'*' stands for every role, and for none held", async (context) => {
  const { as, free } = openPapers(context, ({ allow }) => ({ read: [allow('*')] }))
  await free.create(paper(context, 'a'))
  for (const roles of [[], ['admin']] as const)
    same((await as('u', [...roles]).papers.get(paper(context, 'a')))?.paperId, 'a')
})

for (const order of ['deny first', 'deny last', 'deny between'] as const)
  add(`deny wins over every allow, ${order}`, async (context) => {
    const { as, free } = openPapers(context, ({ allow, deny }) => {
      const allows = [allow('reader'), allow('*', { status: 'open' })]
      const refusal = deny('*', { title: 'closed' })
      return {
        read:
          order === 'deny first'
            ? [refusal, ...allows]
            : order === 'deny last'
              ? [...allows, refusal]
              : [...allows.slice(0, 1), refusal, ...allows.slice(1)],
      }
    })
    await free.createMany([
      paper(context, 'a', { title: 'x' }),
      paper(context, 'b', { title: 'closed' }),
      paper(context, 'c', { title: 'closed', status: 'open' }),
    ])
    const { papers } = as('u', ['reader'])
    same(idsOf((await papers.find({ where: { tenantId: context.unique } })).items), 'a')
    same(await papers.get(paper(context, 'b')), undefined)
    same(await papers.count({ where: { tenantId: context.unique } }), 1)
  })

add('a deny fires on unknown, an allow needs true', async (context) => {
  const { as, free } = openPapers(context, ({ allow, deny }) => ({
    read: [
      allow('reader'),
      allow('writer', { pages: gt(0) }),
      allow('finance', not({ status: 'x' })),
      deny('reader', { pages: gt(10) }),
    ],
  }))
  await free.createMany([
    paper(context, 'few', { pages: 5 }),
    paper(context, 'many', { pages: 50 }),
    paper(context, 'none'),
    paper(context, 'null', { pages: null }),
  ])
  const ids = async (role: 'reader' | 'writer' | 'finance') =>
    idsOf((await as('u', [role]).papers.find({ where: { tenantId: context.unique } })).items)
  same(await ids('reader'), 'few')
  same(await ids('writer'), 'few many')
  same(await ids('finance'), 'few many none null')
  same(await as('u', ['reader']).papers.get(paper(context, 'none')), undefined)
})

for (const [name, attributes] of [
  ['missing', {}],
  ['null', { limit: null, teams: null }],
  ['undefined', { limit: undefined }],
] as const)
  add(`an actor attribute that is ${name} equals nothing, and escapes no deny`, async (context) => {
    const { as, free } = openPapers(context, ({ allow, deny, me }) => ({
      read: [
        allow('reader', { pages: me.limit }),
        allow('writer', { status: oneOf(me.teams) }),
        allow('finance', not({ pages: me.limit })),
        allow('admin'),
        deny('admin', { pages: me.limit }),
      ],
    }))
    await free.createMany([
      paper(context, 'a'),
      paper(context, 'b', { pages: null }),
      paper(context, 'c', { pages: 0 }),
    ])
    for (const role of ['reader', 'writer', 'finance', 'admin'] as const) {
      const { papers } = as('u', [role], attributes)
      same((await papers.find({ where: { tenantId: context.unique } })).items, [], role)
      same(await papers.count({ where: { tenantId: context.unique } }), 0)
      for (const id of ['a', 'b', 'c']) same(await papers.get(paper(context, id)), undefined)
    }
  })

add('a null tenant of an actor reads no record with a null owner', async (context) => {
  const { as, free } = openPapers(context, ({ allow, me }) => ({
    read: [allow('*', { ownerId: me.tenantId })],
  }))
  await free.createMany([
    paper(context, 'a', { ownerId: null }),
    paper(context, 'b'),
    paper(context, 'c', { ownerId: 'null' }),
  ])
  for (const tenantId of [null, undefined])
    same(
      (await as('u', [], { tenantId }).papers.find({ where: { tenantId: context.unique } })).items,
      [],
    )
})

add(
  'oneOf over a list of the actor: empty gives nothing, null elements match nothing',
  async (context) => {
    const { as, free } = openPapers(context, ({ allow, me }) => ({
      read: [allow('*', { ownerId: oneOf(me.teams) })],
    }))
    await free.createMany(
      ['red', 'blue', 'green'].map((ownerId) => paper(context, ownerId, { ownerId })),
    )
    const ids = async (teams: string[]) =>
      idsOf(
        (await as('u', [], { teams }).papers.find({ where: { tenantId: context.unique } })).items,
      )
    same(await ids([]), '')
    same(await ids(['red', 'green']), 'green red')
    same(await ids(['RED', 'red ', '%']), '')
    same(await ids(Array.from({ length: 100 }, (_, at) => `t${at}`).concat('blue')), 'blue')
  },
)

add('a policy that core must evaluate is exact in pages and counts', async (context) => {
  const { as, free } = openPapers(context, ({ allow, me }) => ({
    read: [allow('reader', { tenantId: me.tenantId, readers: has(me.id) })],
  }))
  await free.createMany(
    Array.from({ length: 250 }, (_, at) =>
      paper(context, String(at).padStart(3, '0'), {
        pages: at,
        readers: at % 10 === 3 ? ['u', 'v'] : ['v', 'uu'],
      }),
    ),
  )
  const { papers } = as('u', ['reader'])
  const wanted = Array.from({ length: 25 }, (_, at) => String(at * 10 + 3).padStart(3, '0'))
  const seen: string[] = []
  let cursor: string | undefined
  do {
    const page = await papers.find({
      where: { tenantId: context.unique },
      limit: 10,
      ...(cursor === undefined ? {} : { cursor }),
    })
    seen.push(...page.items.map(({ paperId }) => paperId))
    holds(page.cursor === undefined || page.items.length === 10, 'pages are full')
    holds(seen.length <= 25, 'paging must come to an end')
    cursor = page.cursor
  } while (cursor !== undefined)
  same(seen, wanted)
  same(await papers.count({ where: { tenantId: context.unique } }), 25)
  same(await papers.count({ where: { tenantId: context.unique, pages: gte(200) } }), 5)
})

add("a filter on the policy's own field intersects with it", async (context) => {
  const { as, free } = openPapers(context, ({ allow, me }) => ({
    read: [allow('*', { tenantId: me.tenantId, ownerId: me.id })],
  }))
  const other = `${context.unique}-other`
  await free.createMany([
    paper(context, 'a', { ownerId: 'u' }),
    paper(context, 'b', { ownerId: 'v' }),
    { tenantId: other, paperId: 'c', ownerId: 'u' },
  ])
  const { papers } = as('u', ['reader'])
  const tenantId = context.unique
  for (const where of [
    { tenantId: other },
    { tenantId, ownerId: 'v' },
    and({ tenantId }, { tenantId: other }),
  ]) {
    same((await papers.find({ where })).items, [])
    same(await papers.count({ where }), 0)
  }
  same(idsOf((await papers.find({ where: { tenantId } })).items), 'a')
})

add('or() and not() of a caller cannot escape the policy', async (context) => {
  const { as, free } = openPapers(context, ({ allow, me }) => ({
    read: [
      allow('*', { tenantId: me.tenantId, ownerId: me.id }),
      allow('*', { tenantId: me.tenantId, status: 'public' }),
    ],
  }))
  const other = `${context.unique}-other`
  await free.createMany([
    paper(context, 'own', { ownerId: 'u' }),
    paper(context, 'public', { status: 'public' }),
    paper(context, 'hidden', { ownerId: 'v' }),
    { tenantId: other, paperId: 'far', ownerId: 'u', status: 'public' },
  ])
  const { papers } = as('u', ['reader'])
  const tenantId = context.unique
  for (const where of [
    or({ ownerId: 'v' }, { tenantId: other }, { tenantId }),
    or({ paperId: gte('') }, { status: 'public' }),
    not({ paperId: 'nothing' }),
    and({ tenantId }, or({ ownerId: 'v' }, not({ ownerId: 'v' }), { status: startsWith('') })),
    not(and({ tenantId: other }, not({ tenantId: other }))),
  ]) {
    same(
      (await papers.find({ where, scan: true })).items.map(({ paperId }) => paperId).toSorted(),
      ['own', 'public'],
    )
    same(await papers.count({ where, scan: true }), 2)
  }
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
