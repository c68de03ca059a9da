import { and, type Driver, gt, gte, has, isNull, not, oneOf, or, startsWith } from '@holdfast/core'
import { collect, type Context } from '../case.ts'
import { holds, refused, same } from '../expect.ts'
import { type DeclareRules, openPapers, paper } from '../query-fixtures.ts'
import { ATTACK_MODELS, unpushed } from './fixtures.ts'

const { add, suite } = collect('attacks on rows', ATTACK_MODELS)

/** Attempts to read or reach records that no rule shows. */
export const rowAttacks = suite

const idsOf = (items: readonly { readonly paperId: string }[]): string =>
  items.map(({ paperId }) => paperId).join(' ')

const ownOrPublic: DeclareRules = ({ allow, me }) => {
  const rules = [
    allow('*', { tenantId: me.tenantId, ownerId: me.id }),
    allow('*', { tenantId: me.tenantId, status: 'public' }),
  ]
  return { read: rules, update: rules, delete: rules }
}

const fillOthers = async (context: Context, driver: Driver = context.driver) => {
  const opened = openPapers({ ...context, driver }, ownOrPublic)
  const other = `${context.unique}-other`
  await opened.free.createMany([
    paper(context, 'own', { ownerId: 'u' }),
    paper(context, 'public', { status: 'public' }),
    paper(context, 'hidden', { ownerId: 'v' }),
    { tenantId: other, paperId: 'far', ownerId: 'u', status: 'public' },
  ])
  return { ...opened, tenantId: context.unique, other }
}

for (const way of ['pushed down', 'decided in core'] as const)
  add(`attack 15: or() and not() of a caller cannot escape the policy, ${way}`, async (context) => {
    const { as, tenantId, other } = await fillOthers(
      context,
      way === 'decided in core' ? unpushed(context.driver) : context.driver,
    )
    const { papers } = as('u', ['reader'])
    for (const where of [
      or({ ownerId: 'v' }, { tenantId: other }, { tenantId }),
      or({ paperId: gte('') }, { status: 'public' }),
      or(and({ tenantId }, { ownerId: 'v' }), not({ paperId: 'nothing' })),
      not({ paperId: 'nothing' }),
      not(not(or({ tenantId: other }, { tenantId }))),
      and({ tenantId }, or({ ownerId: 'v' }, not({ ownerId: 'v' }), { status: startsWith('') })),
      not(and({ tenantId: other }, not({ tenantId: other }))),
    ]) {
      const { items } = await papers.find({ where, scan: true })
      same(items.map(({ paperId }) => paperId).toSorted(), ['own', 'public'])
      same(await papers.count({ where, scan: true }), 2)
    }
  })

add(
  'attack 15: or() in a condition or a change by filter reaches no hidden record',
  async (context) => {
    const { as, free, tenantId, other } = await fillOthers(context)
    const { papers } = as('u', ['reader'])
    const anything = or({ tenantId }, { tenantId: other }, { paperId: gte('') })
    const far = { tenantId: other, paperId: 'far' }
    for (const key of [paper(context, 'hidden'), far]) {
      await refused(() => papers.update(key, { title: 'x' }, { if: anything }), 'NOT_FOUND')
      same(await papers.delete(key, { if: anything }), undefined)
    }
    const counts = { matched: 2, changed: 2, denied: 0 }
    same(await papers.updateWhere({ where: anything, scan: true }, { title: 'x' }), counts)
    same(await papers.deleteWhere({ where: anything, scan: true }), counts)
    const left = [await free.get(paper(context, 'hidden')), await free.get(far)]
    same(
      left.map((row) => [row?.paperId, row?.title]),
      [
        ['hidden', undefined],
        ['far', undefined],
      ],
    )
  },
)

add("attack 16: a filter on the policy's own field intersects with it", async (context) => {
  const { as, tenantId, other } = await fillOthers(context)
  const { papers } = as('u', ['reader'])
  for (const where of [
    { tenantId: other },
    { tenantId, ownerId: 'v' },
    and({ tenantId }, { tenantId: other }),
    { tenantId: oneOf([other]) },
    { tenantId: gt(tenantId) },
    { tenantId: startsWith(other) },
  ]) {
    same((await papers.find({ where, scan: true })).items, [])
    same(await papers.count({ where, scan: true }), 0)
    const none = { matched: 0, changed: 0, denied: 0 }
    same(await papers.updateWhere({ where, scan: true }, { title: 'x' }), none)
    same(await papers.deleteWhere({ where, scan: true }), none)
  }
  same(idsOf((await papers.find({ where: { tenantId } })).items), 'own public')
})

add('attack 20: an operation without rules is closed', async (context) => {
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
  await refused(() => papers.updateWhere({ where }, { title: 'x' }), 'FORBIDDEN')
  await refused(() => papers.deleteWhere({ where }), 'FORBIDDEN')
  same((await free.find({ where })).items.length, 1)
})

add('attack 20: an actor without a role that a rule names gets nothing', async (context) => {
  const { as, free } = openPapers(context, ({ allow }) => ({
    read: [allow(['reader', 'finance'])],
  }))
  await free.create(paper(context, 'a'))
  const read = (roles: Parameters<typeof as>[1]) => as('u', roles).papers.get(paper(context, 'a'))
  for (const roles of [[], ['admin'], ['writer', 'admin']] as const)
    same(await read([...roles]), undefined)
  for (const roles of [['reader'], ['finance'], ['admin', 'finance']] as const)
    same((await read([...roles]))?.paperId, 'a')
  await refused(() => openPapers(context, ({ allow }) => ({ read: [allow([])] })), 'INVALID')
})

add('attack 20: oneOf over an empty list of the actor gives nothing', async (context) => {
  const { as, free } = openPapers(context, ({ allow, me }) => ({
    read: [allow('*', { ownerId: oneOf(me.teams) })],
  }))
  await free.createMany(
    ['red', 'blue', 'green'].map((ownerId) => paper(context, ownerId, { ownerId })),
  )
  const ids = async (teams: string[]) =>
    idsOf((await as('u', [], { teams }).papers.find({ where: { tenantId: context.unique } })).items)
  same(await ids([]), '')
  same(await ids(['red', 'green']), 'green red')
  same(await ids(['RED', 'red ', '%']), '')
  same(await ids(Array.from({ length: 100 }, (_, at) => `t${at}`).concat('blue')), 'blue')
})

add('attack 20: oneOf of nothing holds for no record, wherever it stands', async (context) => {
  const { as, tenantId, free } = await fillOthers(context)
  const { papers } = as('u', ['reader'])
  const nothing = { ownerId: oneOf<string>([]) }
  for (const where of [
    { tenantId, ...nothing },
    and({ tenantId }, nothing),
    and({ tenantId }, or(nothing, { status: oneOf<string>([]) })),
  ]) {
    same(await papers.find({ where }), { items: [] })
    same(await papers.count({ where }), 0)
    same(await papers.deleteWhere({ where }), { matched: 0, changed: 0, denied: 0 })
  }
  const key = paper(context, 'own')
  await refused(() => papers.delete(key, { if: nothing }), 'CONDITION_FAILED')
  holds((await free.get(key)) !== undefined, 'nothing is deleted')
})

add('attack 21: a deny fires on unknown, an allow needs true', async (context) => {
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

for (const way of ['pushed down', 'decided in core'] as const)
  add(
    `attack 21: a negation over null or a missing field leaves the record out, ${way}`,
    async (context) => {
      const driver = way === 'decided in core' ? unpushed(context.driver) : context.driver
      const negations = [
        not({ ownerId: 'u' }),
        not({ ownerId: oneOf(['u', 'w']) }),
        not({ ownerId: startsWith('u') }),
        not({ pages: gt(5) }),
        not({ readers: has('u') }),
        not(not(not({ ownerId: 'u' }))),
        not(or({ ownerId: 'u' }, { pages: 9 })),
      ] as const
      for (const [at, negation] of negations.entries()) {
        const place = { ...context, driver, unique: `${context.unique}-${at}` }
        const { as, free } = openPapers(place, ({ allow, deny }) => ({
          read: [
            allow('reader', negation),
            allow('admin'),
            allow('finance'),
            deny('finance', negation),
          ],
        }))
        await free.createMany([
          paper(place, 'missing'),
          paper(place, 'null', { ownerId: null, pages: null, readers: null }),
          paper(place, 'other', { ownerId: 'v', pages: 1, readers: ['v'] }),
          paper(place, 'same', { ownerId: 'u', pages: 9, readers: ['u'] }),
        ])
        const where = { tenantId: place.unique }
        same(idsOf((await as('u', ['reader']).papers.find({ where })).items), 'other', `rule ${at}`)
        same(idsOf((await as('u', ['finance']).papers.find({ where })).items), 'same', `deny ${at}`)
        const asked = and(where, negation)
        same(idsOf((await as('u', ['admin']).papers.find({ where: asked })).items), 'other')
        same(await as('u', ['admin']).papers.count({ where: asked }), 1)
      }
    },
  )

/** Names that some store takes for one another, or for a pattern. */
const LIKES = [
  'anna',
  'Anna',
  'ANNA',
  'ánna',
  'a\u0301nna',
  'anna ',
  ' anna',
  'a%',
  'a_na',
  '%',
  '_',
  'a*',
  'a?na',
  '[a]nna',
  '.*',
  '^anna$',
  'anna\\',
  'a\\%',
  "anna'",
  `anna' OR '1'='1`,
  'anna"',
  'anna--',
  'ａnna',
  'anna\u200b',
  'ß',
  'ss',
  'ﬁ',
  'fi',
  'ı',
  'i',
  'İ',
  'I',
  'null',
  'undefined',
  '0',
]

for (const way of ['pushed down', 'decided in core'] as const)
  add(`attack 22: names that look alike are different actors, ${way}`, async (context) => {
    const driver = way === 'decided in core' ? unpushed(context.driver) : context.driver
    const { as, free } = openPapers({ ...context, driver }, ({ allow, me }) => ({
      read: [
        allow('reader', { tenantId: me.tenantId, ownerId: me.id }),
        allow('writer', { tenantId: me.tenantId, readers: has(me.id) }),
        allow('finance', { ownerId: oneOf(me.teams) }),
      ],
    }))
    await free.createMany(
      LIKES.map((name, at) => paper(context, `p${at}`, { ownerId: name, readers: ['-', name] })),
    )
    const where = { tenantId: context.unique }
    for (const [at, name] of LIKES.entries()) {
      for (const papers of [
        as(name, ['reader']).papers,
        as(name, ['writer']).papers,
        as('-', ['finance'], { teams: [name] }).papers,
      ])
        same(idsOf((await papers.find({ where })).items), `p${at}`, JSON.stringify(name))
      const { papers } = as(name, ['reader'])
      for (const ownerId of ['anna', '%', startsWith('%'), startsWith('a_')] as const) {
        const { items } = await papers.find({ where: { ...where, ownerId } })
        const fits = typeof ownerId === 'string' ? name === ownerId : /^%|^a_/.test(name)
        holds(items.length === 0 || (fits && items.length === 1), 'a pattern is a literal')
      }
    }
    same(await as('u', ['reader']).papers.count({ where: { ...where, ownerId: isNull() } }), 0)
  })
