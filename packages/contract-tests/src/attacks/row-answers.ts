import { type Driver, gt, gte, has, not, or } from '@holdfast/core'
import { collect, type Context } from '../case.ts'
import { holds, refused, same } from '../expect.ts'
import { type DeclareRules, openPapers, paper } from '../query-fixtures.ts'
import { ATTACK_MODELS, unpushed, watched } from './fixtures.ts'

const { add, suite } = collect('attacks on rows', ATTACK_MODELS)

/** Attempts to learn of hidden records by counting, paging and asking what no store can answer. */
export const answerAttacks = suite

type Papers = ReturnType<ReturnType<typeof openPapers>['as']>['papers']

const idsOf = (items: readonly { readonly paperId: string }[]): string =>
  items.map(({ paperId }) => paperId).join(' ')

const named = (at: number): string => `p${String(at).padStart(3, '0')}`

/** Rules that a store may answer itself, and rules that it may leave to core. */
const RULES: Readonly<Record<string, DeclareRules>> = {
  'one owner': ({ allow, me }) => ({ read: [allow('*', { ownerId: me.id })] }),
  'a list of readers': ({ allow, me }) => ({ read: [allow('*', { readers: has(me.id) })] }),
  'two rules': ({ allow, me }) => ({
    read: [allow('*', { ownerId: me.id }), allow('*', { readers: has(me.id) })],
  }),
  'a deny': ({ allow, deny, me }) => ({ read: [allow('*'), deny('*', not({ ownerId: me.id }))] }),
}

const drivers = (inner: Driver): readonly Driver[] => [inner, unpushed(inner)]

/** `sight` says of each record whether the actor, who is named like the place, sees it. */
const fill = async (
  context: Pick<Context, 'driver' | 'unique'>,
  declare: DeclareRules,
  sight: readonly boolean[],
): Promise<Papers> => {
  const { as, free } = openPapers(context, declare)
  await free.createMany(
    sight.map((isSeen, at) =>
      paper(context, named(at), {
        pages: at,
        status: 'open',
        ownerId: isSeen ? context.unique : 'v',
        readers: isSeen ? ['w', context.unique] : ['w', `${context.unique}u`],
      }),
    ),
  )
  return as(context.unique, []).papers
}

for (const [name, declare] of Object.entries(RULES)) {
  add(`attack 25: count agrees with find under ${name}`, async (context) => {
    for (const [at, driver] of drivers(context.driver).entries()) {
      const place = { driver, unique: `${context.unique}-${at}` }
      const sight = Array.from({ length: 40 }, (_, row) => row % 3 === 1)
      const papers = await fill(place, declare, sight)
      const tenantId = place.unique
      for (const query of [
        { where: { tenantId } },
        { where: { tenantId, pages: gt(20) } },
        { where: { tenantId, status: 'open' }, index: 'byStatus' },
        { where: { tenantId, status: 'open', pages: gte(10) } },
        { where: or({ tenantId, pages: 1 }, { tenantId, pages: 2 }), scan: true },
        { where: not({ pages: 5 }), scan: true },
      ] as const) {
        const { items } = await papers.find({ ...query, limit: 1000 })
        holds(
          items.every((row) => row.tenantId === tenantId),
          'only what the actor may read',
        )
        same(await papers.count(query), items.length)
      }
      same(await papers.count({ where: { tenantId } }), sight.filter(Boolean).length)
    }
  })

  add(
    `attack 26: pages are the same with and without hidden records, under ${name}`,
    async (context) => {
      const layouts = [
        'vvvv',
        'hvvvv',
        'vvhhvvhh',
        'hvhvhvhvh',
        `vvvv${'h'.repeat(130)}`,
        `${'h'.repeat(130)}vvvv`,
      ]
      for (const [at, driver] of drivers(context.driver).entries())
        for (const [layout, text] of layouts.entries()) {
          const place = { driver, unique: `${context.unique}-${at}-${layout}` }
          const papers = await fill(
            place,
            declare,
            [...text].map((one) => one === 'v'),
          )
          for (const limit of [1, 2, 3, 4, 5]) {
            const pages: string[] = []
            let cursor: string | undefined
            do {
              const query = { where: { tenantId: place.unique }, limit }
              const page = await papers.find(cursor === undefined ? query : { ...query, cursor })
              ;({ cursor } = page)
              pages.push(`${page.items.length}${cursor === undefined ? '' : '+'}`)
            } while (cursor !== undefined && pages.length < 20)
            const full = Array.from({ length: Math.ceil(4 / limit) - 1 }, () => `${limit}+`)
            same(pages, [...full, `${4 - full.length * limit}`], `${text.slice(0, 10)} by ${limit}`)
          }
        }
    },
  )
}

add('attack 26: a policy that core must evaluate is exact in pages and counts', async (context) => {
  const declare = RULES['a list of readers'] as DeclareRules
  const sight = Array.from({ length: 250 }, (_, at) => at % 10 === 3)
  const papers = await fill(context, declare, sight)
  const seen: string[] = []
  let cursor: string | undefined
  do {
    const query = { where: { tenantId: context.unique }, limit: 10 }
    const page = await papers.find(cursor === undefined ? query : { ...query, cursor })
    seen.push(...page.items.map(({ paperId }) => paperId))
    holds(page.cursor === undefined || page.items.length === 10, 'pages are full')
    holds(seen.length <= 25, 'paging must come to an end')
    ;({ cursor } = page)
  } while (cursor !== undefined)
  same(
    seen,
    Array.from({ length: 25 }, (_, at) => named(at * 10 + 3)),
  )
  same(await papers.count({ where: { tenantId: context.unique } }), 25)
  same(await papers.count({ where: { tenantId: context.unique, pages: gte(200) } }), 5)
})

add(
  'attack 27: what a store cannot express is decided in core, never left out',
  async (context) => {
    const requests: unknown[] = []
    const { driver } = watched(context.driver, {
      pushes: () => false,
      query: (request, options) => {
        requests.push(request.filter)
        return context.driver.query(request, options)
      },
    })
    const { as, free } = openPapers({ ...context, driver }, ({ allow, deny, me }) => ({
      read: [
        allow('*', { tenantId: me.tenantId, readers: has(me.id) }),
        deny('*', { pages: gt(5) }),
      ],
      delete: [allow('*', { readers: has(me.id) })],
    }))
    await free.createMany([
      paper(context, 'a', { readers: ['u'], pages: 1 }),
      paper(context, 'b', { readers: ['v'], pages: 1 }),
      paper(context, 'c', { readers: ['u'], pages: 9 }),
    ])
    const { papers } = as('u', [])
    same(idsOf((await papers.find()).items), 'a')
    same(await papers.count(), 1)
    same(
      requests.every((one) => one === undefined),
      true,
      'nothing was pushed down',
    )
    same(await papers.deleteWhere({ where: { tenantId: context.unique } }), {
      matched: 1,
      changed: 1,
      denied: 0,
    })
    same(await free.count({ where: { tenantId: context.unique } }), 2)
  },
)

add(
  'attack 27: a rule that no index serves is refused, not answered by reading all',
  async (context) => {
    const { driver, calls } = watched(context.driver)
    const { as } = openPapers({ ...context, driver }, ({ allow, me }) => ({
      read: [allow('*', { ownerId: me.id })],
      delete: [allow('*')],
    }))
    const { papers } = as('u', [])
    for (const query of [{}, { where: { status: 'open' } }] as const) {
      await refused(() => papers.find(query), 'INVALID', { entity: 'paper' })
      await refused(() => papers.count(query), 'INVALID', { entity: 'paper' })
      same(papers.explain(query).access, 'refused')
    }
    await refused(() => papers.deleteWhere({ where: { status: 'open' } }), 'INVALID')
    same(calls, [])
  },
)
