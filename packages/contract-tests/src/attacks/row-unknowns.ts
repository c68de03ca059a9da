import { between, gt, gte, has, lt, lte, not, oneOf, or } from '@holdfast/core'
import { collect, type Context } from '../case.ts'
import { refused, same } from '../expect.ts'
import { type DeclareRules, openPapers, paper } from '../query-fixtures.ts'
import { ATTACK_MODELS, unpushed } from './fixtures.ts'

const { add, suite } = collect('attacks on rows', ATTACK_MODELS)

/** Attempts of an actor who lacks an attribute that the rules compare. */
export const unknownAttacks = suite

type Me = Parameters<DeclareRules>[0]['me']

/** Every way in which a rule can compare a record with an attribute. */
const FORMS = {
  equality: (me: Me) => ({ ownerId: me.tenantId }),
  'a number': (me: Me) => ({ pages: me.limit }),
  'not()': (me: Me) => not({ ownerId: me.tenantId }),
  'not() of a number': (me: Me) => not({ pages: me.limit }),
  'oneOf a list': (me: Me) => ({ ownerId: oneOf(me.teams) }),
  'oneOf with the attribute inside': (me: Me) => ({ ownerId: oneOf(['-', me.tenantId]) }),
  'not() of oneOf': (me: Me) => not({ ownerId: oneOf(me.teams) }),
  'not() of oneOf with the attribute inside': (me: Me) =>
    not({ ownerId: oneOf(['-', me.tenantId]) }),
  gt: (me: Me) => ({ pages: gt(me.limit) }),
  gte: (me: Me) => ({ pages: gte(me.limit) }),
  lt: (me: Me) => ({ pages: lt(me.limit) }),
  lte: (me: Me) => ({ pages: lte(me.limit) }),
  between: (me: Me) => ({ pages: between(me.limit, me.limit) }),
  has: (me: Me) => ({ readers: has(me.tenantId) }),
  'not() of has': (me: Me) => not({ readers: has(me.tenantId) }),
  'or()': (me: Me) => or({ ownerId: me.tenantId }, { pages: me.limit }),
} as const

const LACKS = {
  missing: {},
  null: { tenantId: null, limit: null, teams: null },
  undefined: { tenantId: undefined, limit: undefined, teams: undefined },
} as const

/** Records whose fields are nothing, or what nothing is written as. */
const fill = (context: Context) => [
  paper(context, 'missing'),
  paper(context, 'null', { ownerId: null, pages: null, readers: null }),
  paper(context, 'empty', { ownerId: '', pages: 0, readers: [] }),
  paper(context, 'text', { ownerId: 'null', pages: -1, readers: ['null'] }),
  paper(context, 'word', { ownerId: 'undefined', pages: 1, readers: ['undefined', ''] }),
]

/** The actor lacks `tenantId`, `limit` and `teams`, in one of three ways. */
const actorOf = ({ store }: ReturnType<typeof openPapers>, lack: keyof typeof LACKS) =>
  store.as({ id: 'u', roles: ['admin'], ...(LACKS[lack] as object) })

for (const [name, form] of Object.entries(FORMS)) {
  for (const way of ['pushed down', 'decided in core'] as const)
    add(
      `attack 17: an attribute that is not there reads nothing: ${name}, ${way}`,
      async (context) => {
        const driver = way === 'decided in core' ? unpushed(context.driver) : context.driver
        const allowed = openPapers({ ...context, driver }, ({ allow, me }) => ({
          read: [allow('*', form(me))],
        }))
        const denied = openPapers({ ...context, driver }, ({ allow, deny, me }) => ({
          read: [allow('*'), deny('*', form(me))],
        }))
        const rows = fill(context)
        await allowed.free.createMany(rows)
        const where = { tenantId: context.unique }
        for (const opened of [allowed, denied])
          for (const lack of ['missing', 'null', 'undefined'] as const) {
            const { papers } = actorOf(opened, lack)
            same((await papers.find({ where })).items, [], lack)
            same(await papers.count({ where }), 0)
            for (const { paperId } of rows)
              same(await papers.get(paper(context, paperId)), undefined)
          }
      },
    )

  add(`attack 17: an attribute that is not there writes nothing: ${name}`, async (context) => {
    const whens = openPapers(context, ({ allow, me }) => ({
      read: [allow('*')],
      create: [allow('*', form(me))],
      update: [allow('*', form(me))],
      delete: [allow('*', form(me))],
    }))
    const checks = openPapers(context, ({ allow, me }) => ({
      read: [allow('*')],
      create: [allow('*', undefined, { check: form(me) })],
      update: [allow('*', undefined, { check: form(me) })],
    }))
    const denies = openPapers(context, ({ allow, deny, me }) => ({
      read: [allow('*')],
      create: [allow('*'), deny('*', form(me))],
      update: [allow('*'), deny('*', form(me), { on: 'new' })],
      delete: [allow('*'), deny('*', form(me))],
    }))
    const rows = fill(context)
    await whens.free.createMany(rows)
    const before = (await whens.free.find({ where: { tenantId: context.unique } })).items
    for (const opened of [whens, checks, denies])
      for (const lack of ['missing', 'null', 'undefined'] as const) {
        const db = actorOf(opened, lack)
        for (const { paperId, ...fields } of rows) {
          const key = paper(context, paperId)
          const made = { ...fields, paperId: `${paperId}-new` }
          await refused(() => db.papers.update(key, { title: 'x' }), 'FORBIDDEN')
          await refused(() => db.papers.delete(key), 'FORBIDDEN')
          await refused(() => db.papers.create(made), 'FORBIDDEN')
          await refused(() => db.papers.put(made), 'FORBIDDEN')
        }
      }
    same((await whens.free.find({ where: { tenantId: context.unique } })).items, before)
  })
}

for (const [name, attributes] of [
  ['missing', {}],
  ['null', { limit: null, teams: null }],
  ['undefined', { limit: undefined }],
] as const)
  add(
    `attack 17: an attribute that is ${name} takes nothing from another rule`,
    async (context) => {
      const { as, free } = openPapers(context, ({ allow, me }) => ({
        read: [allow('*', { pages: me.limit }), allow('*', { ownerId: me.id })],
      }))
      await free.createMany([
        paper(context, 'a', { ownerId: 'u', pages: null }),
        paper(context, 'b', { pages: null }),
        paper(context, 'c', { ownerId: 'v', pages: 0 }),
      ])
      const { papers } = as('u', ['reader'], attributes)
      const { items } = await papers.find({ where: { tenantId: context.unique } })
      same(
        items.map(({ paperId }) => paperId),
        ['a'],
      )
    },
  )
