import { between, has, not, oneOf } from '@holdfast/core'
import { collect, type Context } from '../case.ts'
import { refused, same } from '../expect.ts'
import { ATTACK_MODELS, dossier, type DossierRules, openDossiers, watched } from './fixtures.ts'
import { loose } from './input-fixtures.ts'

const rows = collect('attacks on rows', ATTACK_MODELS)
const actors = collect('attacks on actors', ATTACK_MODELS)

/** Operators brought by an actor, past a schema that lets everything through. */
export const principalAttacks = rows.suite

/** Attributes that are not what a rule compares, past the same schema. */
export const attributeAttacks = actors.suite

const rules: DossierRules = ({ allow, me }) => ({
  read: [
    allow('member', { tenantId: me.tenantId }),
    allow('team', { ownerId: oneOf(me.teams) }),
    allow('limit', { seats: between(me.limit, me.limit) }),
    allow('not', not({ ownerId: me.id })),
  ],
  update: [allow('member', undefined, { check: { teams: has(me.id) } })],
})

const fill = async (context: Context) => {
  const { driver, calls } = watched(context.driver)
  const opened = openDossiers({ ...context, driver }, rules)
  await opened.free.createMany([
    dossier(context, 'a', { ownerId: 'red', seats: 1 }),
    dossier(context, 'b', { ownerId: '[object Object]' }),
    dossier(context, 'c', { ownerId: 'red,blue' }),
  ])
  calls.length = 0
  return { ...opened, calls }
}

const VALUES = {
  'an operator as data': { $ne: null },
  'an empty object': {},
  'an object that turns into text': { toString: () => 't', valueOf: () => 't' },
  'a Map': new Map([['$ne', null]]),
  'a function': () => 't',
  'a symbol': Symbol('t'),
  'a list where one value is expected': ['t'],
  'an empty list where one value is expected': [],
  'a regular expression': /.*/,
  'a boxed text': Object('t') as unknown,
  NaN: Number.NaN,
  infinity: Number.POSITIVE_INFINITY,
  'a text that no store holds': 'a\u0000b',
  'half a character': '\uD800',
} as const

for (const [name, value] of Object.entries(VALUES)) {
  rows.add(`attack 23: an actor cannot bring an operator: ${name}`, async (context) => {
    const { store, calls } = await fill(context)
    for (const [field, roles] of [
      ['tenantId', ['member']],
      ['limit', ['limit']],
      ['tenantId', []],
    ] as const)
      await refused(
        () => store.as(loose({ id: 'u', tenantId: 't', roles, [field]: value })),
        'INVALID',
        { field },
      )
    same(calls, [])
  })

  actors.add(`attack 60: an actor's list holds values only: ${name}`, async (context) => {
    const { store, calls } = await fill(context)
    for (const teams of [[value], ['red', value]])
      await refused(() => store.as(loose({ id: 'u', roles: ['team'], teams })), 'INVALID', {
        field: 'teams',
      })
    same(calls, [])
  })
}

for (const [name, teams] of [
  ['one value', 'red'],
  ['text with commas', 'red,blue'],
  ['an object like a list', { 0: 'red', length: 1 }],
  ['a Set', new Set(['red'])],
  ['a number', 1],
  ['true', true],
] as const)
  actors.add(`attack 60: where a list is expected, ${name} is refused`, async (context) => {
    const { store, calls } = await fill(context)
    await refused(() => store.as(loose({ id: 'u', roles: ['team'], teams })), 'INVALID', {
      field: 'teams',
    })
    same(calls, [])
  })

actors.add('attack 60: roles are a list of texts and nothing else', async (context) => {
  const { store } = await fill(context)
  for (const roles of [
    undefined,
    null,
    'member',
    { 0: 'member', length: 1 },
    new Set(['member']),
    [['member']],
    [{ toString: () => 'member' }],
    [null],
    [undefined],
    [1],
  ])
    await refused(() => store.as(loose({ id: 'u', roles, tenantId: 't' })), 'INVALID', {
      field: 'roles',
    })
})

actors.add(
  'attack 60: an actor that arrives later is refused, not taken for nobody',
  async (context) => {
    const { store } = await fill(context)
    const late = Promise.resolve({ id: 'u', roles: ['member'], tenantId: context.unique })
    await refused(() => store.as(loose(late)), 'INVALID')
    const tenantId = Promise.resolve(context.unique)
    await refused(() => store.as(loose({ id: 'u', roles: ['member'], tenantId })), 'INVALID', {
      field: 'tenantId',
    })
  },
)

actors.add(
  'attack 60: what no rule compares may be of any shape, and gives nothing',
  async (context) => {
    const { store, free } = await fill(context)
    await free.create(dossier(context, 'd', { ownerId: 'u' }))
    const actor = {
      id: 'u',
      roles: [],
      tenantId: null,
      profile: { name: { $ne: null } },
      flag: () => 1,
    }
    const { dossiers } = store.as(loose(actor))
    same((await dossiers.find({ where: { tenantId: context.unique } })).items, [])
  },
)
