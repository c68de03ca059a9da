import {
  append,
  createStore,
  defineActor,
  defineEntity,
  definePolicy,
  type Driver,
  gt,
  increment,
  or,
} from '@holdfast/core'
import { z } from 'zod'
import { collect, type Context } from '../case.ts'
import { holds, refused, same } from '../expect.ts'
import {
  ATTACK_MODELS,
  CANARY,
  dossier,
  NUMBER,
  openDossiers,
  outcomeOf,
  saysNothing,
  unpushed,
  watched,
} from './fixtures.ts'

const { add, suite } = collect('attacks on masks', ATTACK_MODELS)

/** Attempts to read stored values in what errors, audit, traces and plans say. */
export const maskWordAttacks = suite

const SENSITIVE = {
  balance: NUMBER,
  notes: [CANARY],
  left: CANARY,
  right: `${CANARY} right`,
  'left,right': CANARY,
}

/** A record to change, one to read, one that is hidden; canaries wherever one may not look. */
const fill = async (context: Context, driver: Driver = context.driver) => {
  const opened = openDossiers({ ...context, driver }, ({ allow, deny, me }) => ({
    read: [allow('*', { tenantId: me.tenantId }), deny('*', { ownerId: 'nobody' })],
    create: [allow('*', { tenantId: me.tenantId, ownerId: me.id })],
    update: [
      allow('*', { ownerId: me.id }, { id: 'own', fields: ['title', 'seats', 'balance', 'notes'] }),
      deny('*', { seats: gt(100) }, { on: 'new', id: 'full' }),
    ],
    delete: [allow('*', { ownerId: me.id })],
  }))
  const hidden = { ...SENSITIVE, ownerId: 'nobody', title: CANARY, teams: [CANARY], seats: NUMBER }
  await opened.free.createMany([
    dossier(context, 'mine', { ...SENSITIVE, ownerId: 'u', title: 'x', seats: 1 }),
    dossier(context, 'read', { ...SENSITIVE, ownerId: 'v', title: 'x', seats: 2 }),
    dossier(context, 'hidden', hidden),
    dossier(context, 'hidden2', hidden),
    dossier(context, 'own2', { ...SENSITIVE, ownerId: 'u', title: 'x', seats: 3 }),
  ])
  opened.events.length = 0
  opened.traces.length = 0
  return opened
}

type Filled = Awaited<ReturnType<typeof fill>>

/** Everything an actor may try, legal or not, that the rules or the store have an answer to. */
const attempts = (context: Context, { as, where }: Filled): readonly (() => unknown)[] => {
  const db = as('u', [])
  const { dossiers } = db
  const ids = ['mine', 'read', 'hidden', 'none']
  const loose = (value: unknown): never => value as never
  return [
    ...ids.flatMap((id) => {
      const key = dossier(context, id)
      const made = dossier(context, id, { ownerId: 'u', title: 'y' })
      return [
        () => dossiers.get(key),
        () => dossiers.create(made),
        () => dossiers.put(made),
        () => dossiers.put({ ...made, balance: 5 }),
        () => dossiers.update(key, { title: 'y' }),
        () => dossiers.update(key, { ownerId: 'v' }),
        () => dossiers.update(key, { seats: increment(Number.MAX_SAFE_INTEGER) }),
        () => dossiers.update(key, { seats: increment(1000) }),
        () => dossiers.update(key, { balance: increment(1) }),
        () => dossiers.update(key, { notes: append('z') }),
        () => dossiers.update(key, { title: loose(5) }),
        () => dossiers.update(key, { title: 'y' }, { if: { seats: 77 } }),
        () => dossiers.update(key, { title: 'y' }, { if: { balance: 77 } }),
        () => dossiers.update(key, { title: 'y' }, { ifVersion: 'other' }),
        () => dossiers.update(key, { balance: 5 }),
        () => db.transaction((tx) => tx.dossiers.update(key, { title: 'y' })),
        () => db.transaction((tx) => tx.dossiers.create(made)),
        () => dossiers.delete(key, { if: { seats: 77 } }),
      ]
    }),
    () => dossiers.getMany(ids.map((id) => dossier(context, id))),
    () => dossiers.find({ where, limit: 1 }),
    () => dossiers.find({ where, limit: 2, orderBy: 'desc' }),
    () => dossiers.find({ where: or({ balance: 5 }, { left: 'x' }) }),
    () => dossiers.find({ where: { title: 'x' } }),
    () => dossiers.find({ where, maxScanned: 1 }),
    () => dossiers.find({ where: { ...where, title: 'none' }, maxScanned: 1 }),
    () => dossiers.count({ where: { ...where, title: 'none' }, maxScanned: 1 }),
    () => dossiers.count({ where }),
    () => dossiers.explain({ where: { ...where, seats: gt(1) } }),
    () => dossiers.explain({ where: { balance: 5 } }),
    () => dossiers.explainUpdate({ title: 'y' }),
    () => dossiers.updateWhere({ where }, { title: 'z' }),
    () => dossiers.updateWhere({ where }, { seats: increment(1000) }),
    () => dossiers.createMany(ids.map((id) => dossier(context, id, { ownerId: 'u' }))),
    () => dossiers.putMany(ids.map((id) => dossier(context, id, { ownerId: 'u', title: 'w' }))),
    () => dossiers.deleteMany(ids.map((id) => dossier(context, id))),
    () => dossiers.deleteWhere({ where }),
  ]
}

for (const way of ['pushed down', 'decided in core'] as const)
  add(
    `attack 14: no answer, error, trace or audit event says a hidden value, ${way}`,
    async (context) => {
      const driver = way === 'decided in core' ? unpushed(context.driver) : context.driver
      const filled = await fill(context, driver)
      const told: unknown[] = []
      for (const attempt of attempts(context, filled)) told.push(await outcomeOf(attempt))
      const errors = told.filter((one) => one instanceof Error)
      holds(errors.length > 40 && errors.length < told.length, 'some succeed and some do not')
      holds(filled.events.length > 20 && filled.traces.length > 50, 'audit and traces were told')
      saysNothing([...told, filled.events, filled.traces])
      for (const one of told) {
        const { cursor } = (one ?? {}) as { readonly cursor?: unknown }
        if (cursor !== undefined) saysNothing([cursor])
      }
      const kept = await filled.free.get(dossier(context, 'hidden'))
      same([kept?.title, kept?.balance], [CANARY, NUMBER], 'the canary is where it was')
    },
  )

add('attack 14: a stored record that no longer fits its schema is not quoted', async (context) => {
  const { free } = openDossiers(context, () => ({}))
  await free.create(dossier(context, 'a', { title: CANARY, balance: NUMBER }))
  const Strict = defineEntity('dossier', {
    schema: z.object({
      tenantId: z.string(),
      dossierId: z.string(),
      title: z.enum(['x', 'y']).optional(),
      balance: z.int().max(5).nullish(),
    }),
    key: { partition: ['tenantId'], sort: ['dossierId'] },
    sensitive: ['balance'],
  })
  const actor = defineActor(z.object({ id: z.string(), roles: z.array(z.string()) }))
  const store = createStore({
    adapter: context.driver,
    entities: { dossiers: Strict },
    policies: [
      definePolicy(Strict, actor, ({ allow }) => ({
        read: [allow('*')],
        update: [allow('*', undefined, { fields: 'all' })],
      })),
    ],
    actor,
    verify: 'always',
  })
  const { dossiers } = store.as({ id: 'u', roles: [] })
  const key = dossier(context, 'a')
  const error = await refused(() => dossiers.get(key), 'MISCONFIGURED', { entity: 'dossier' })
  const found = await refused(
    () => dossiers.find({ where: { tenantId: context.unique } }),
    'MISCONFIGURED',
  )
  const written = await outcomeOf(() => dossiers.update(key, { balance: 99 }))
  holds(written instanceof Error, 'refused')
  saysNothing([error, found, written])
})

for (const code of ['ALREADY_EXISTS', 'INVALID', 'INTERNAL', 'LIMIT_EXCEEDED'] as const)
  add(`attack 14: a vendor error that quotes a row is not passed on: ${code}`, async (context) => {
    const { free } = openDossiers(context, () => ({}))
    await free.create(dossier(context, 'a'))
    const fail = async (): Promise<never> => {
      const cause = new Error(`row (${CANARY}, ${NUMBER})`)
      const error = new Error(`Key (left)=(${CANARY}) is bad`, { cause })
      throw Object.assign(error, { detail: CANARY, parameters: [NUMBER], code: '23505' })
    }
    const { driver } = watched(context.driver, {
      get: fail,
      query: fail,
      write: fail,
      classify: () => ({ code, retryable: false, outcome: 'not_applied' }),
    })
    const { as, events } = openDossiers({ ...context, driver }, ({ allow }) => ({
      read: [allow('*')],
      create: [allow('*')],
      update: [allow('*')],
      delete: [allow('*')],
    }))
    const db = as('u', [])
    const key = dossier(context, 'a')
    const told: unknown[] = []
    for (const attempt of [
      () => db.dossiers.get(key),
      () => db.dossiers.find({ where: { tenantId: context.unique } }),
      () => db.dossiers.create(key),
      () => db.dossiers.update(key, { title: 'x' }),
      () => db.dossiers.delete(key),
      () => db.transaction((tx) => tx.dossiers.put(key)),
    ])
      told.push(await refused(attempt, code))
    told.push(...(await db.dossiers.createMany([key])))
    saysNothing([...told, events])
  })
