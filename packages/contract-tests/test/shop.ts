/** A shop of three entities with policies, and who attacks it. */
import {
  createStore,
  defineActor,
  defineEntity,
  definePolicy,
  type Driver,
  gt,
  oneOf,
  or,
  type Policy,
} from '@holdfast/core'
import { memory } from '@holdfast/core/memory'
import { z } from 'zod'
import type { AttackFixtures } from '../src/index.ts'

const Order = defineEntity('order', {
  schema: z.object({
    tenantId: z.string(),
    orderId: z.string(),
    customerId: z.string(),
    status: z.enum(['open', 'paid', 'shipped', 'cancelled']).default('open'),
    total: z.number(),
    margin: z.int().optional(),
    tags: z.array(z.string()).nullish(),
    placedAt: z.date(),
    revision: z.string(),
  }),
  key: { partition: ['tenantId'], sort: ['orderId'] },
  indexes: {
    byStatus: { partition: ['tenantId', 'status'], sort: ['placedAt'] },
    byMargin: { partition: ['tenantId'], sort: ['margin'] },
  },
  version: 'revision',
  sensitive: ['margin'],
})

const Vault = defineEntity('vault', {
  schema: z.object({ vaultId: z.string(), text: z.string().optional() }),
  key: { partition: ['vaultId'] },
})

const Session = defineEntity('session', {
  schema: z
    .object({
      tenantId: z.string(),
      sessionId: z.int(),
      holder: z.string().nullish(),
      address: z.string().nullish(),
      token: z.string().nullish(),
      endsAt: z.date().nullish(),
    })
    .refine(({ holder, address }) => holder !== 'nobody' || address === undefined, {
      error: ({ input }) => `Nobody has no address, whatever ${JSON.stringify(input)} says.`,
    }),
  key: { partition: ['tenantId'], sort: ['sessionId'] },
  indexes: { byAddress: { partition: ['tenantId'], sort: ['address'], unique: true } },
  expiresAt: 'endsAt',
  sensitive: ['token'],
})

const schema = z.object({
  id: z.string().min(1),
  tenantId: z.string().nullish(),
  teams: z.array(z.string()).nullish(),
  roles: z.array(z.enum(['customer', 'clerk', 'finance'])),
})

const actor = defineActor(schema)

/** Who may ask. */
export type Actor = z.infer<typeof schema>

/** Customers see their own orders, clerks all, finance margins. */
export const orderPolicy = definePolicy(Order, actor, ({ me, allow, deny }) => ({
  read: [
    allow('customer', { tenantId: me.tenantId, customerId: me.id }),
    allow('clerk', { tenantId: me.tenantId }),
    allow('finance', { tenantId: me.tenantId, total: gt(10) }, { reveal: ['margin'] }),
  ],
  create: [
    allow('customer', { tenantId: me.tenantId, customerId: me.id }),
    allow('finance', { tenantId: me.tenantId }, { fields: 'all' }),
  ],
  update: [
    allow('clerk', { tenantId: me.tenantId }, { fields: ['status', 'tags'] }),
    allow('finance', { tenantId: me.tenantId }, { fields: ['margin'] }),
    allow('customer', { tenantId: me.tenantId, customerId: me.id, status: 'open' }),
    deny('*', { status: 'shipped' }, { on: 'old', id: 'shipped-is-final' }),
  ],
  delete: [allow('finance', { tenantId: me.tenantId, status: oneOf(['open', 'cancelled']) })],
}))

/** Sessions belong to their holders; clerks see those of their tenant and teams. */
export const sessionPolicy = definePolicy(Session, actor, ({ me, allow, deny }) => ({
  read: [
    allow('customer', { holder: me.id }, { reveal: ['token'] }),
    allow('clerk', or({ tenantId: me.tenantId }, { holder: oneOf(me.teams) })),
    deny('clerk', { holder: 'nobody' }),
  ],
  create: [allow(['customer', 'clerk'], { holder: me.id }, { fields: 'all' })],
  update: [
    allow('customer', { holder: me.id }, { check: or({ holder: me.id }, { holder: 'w' }) }),
    allow('clerk', { tenantId: me.tenantId }, { fields: 'all' }),
  ],
  delete: [allow('*', { holder: me.id }), allow('clerk', { tenantId: me.tenantId })],
}))

const at = (day: number): Date => new Date(Date.UTC(2026, 0, day))
const later = new Date('2126-01-01T00:00:00.000Z')

const entities = { orders: Order, vaults: Vault, sessions: Session }

/** The shop on a driver, under these policies. */
export const open = (options: { driver?: Driver; policies?: readonly Policy[] } = {}) =>
  createStore({
    adapter: options.driver ?? memory(),
    entities,
    policies: options.policies ?? [orderPolicy, sessionPolicy],
    actor,
    cursorSecret: 'the cursor secret of the attack suite',
  })

/** What `open` returns. */
export type Shop = ReturnType<typeof open>

/** Who attacks what. */
export const fixtures = {
  actors: {
    customer: { id: 'c1', tenantId: 'acme', teams: ['t'], roles: ['customer'] },
    clerk: { id: 'k1', tenantId: 'acme', teams: ['w', 'c1'], roles: ['clerk'] },
    finance: { id: 'f1', tenantId: 'acme', roles: ['finance'] },
    manager: { id: 'm1', tenantId: 'acme', roles: ['clerk', 'finance'] },
    stranger: { id: 'c1', tenantId: 'other', teams: [], roles: ['customer', 'clerk'] },
    nobody: { id: 'x', tenantId: null, roles: ['customer'] },
  },
  records: {
    orders: [
      {
        tenantId: 'acme',
        orderId: 'o1',
        customerId: 'c1',
        total: 5,
        margin: 918_273,
        placedAt: at(1),
      },
      {
        tenantId: 'acme',
        orderId: 'o2',
        customerId: 'c2',
        status: 'paid',
        total: 50,
        margin: 271_828,
        tags: ['a'],
        placedAt: at(2),
      },
      {
        tenantId: 'acme',
        orderId: 'o3',
        customerId: 'c1',
        status: 'shipped',
        total: 20,
        placedAt: at(3),
      },
      {
        tenantId: 'acme',
        orderId: 'o4',
        customerId: 'c1',
        status: 'paid',
        total: 30,
        placedAt: at(4),
      },
      {
        tenantId: 'other',
        orderId: 'o1',
        customerId: 'c1',
        total: 60,
        margin: 314_159,
        placedAt: at(1),
      },
    ],
    vaults: [{ vaultId: 'v1', text: 'one' }, { vaultId: 'v2' }],
    sessions: [
      {
        tenantId: 'acme',
        sessionId: 1,
        holder: 'c1',
        address: 'a',
        token: 'sesame-1',
        endsAt: later,
      },
      { tenantId: 'acme', sessionId: 2, holder: 'w', address: 'b', token: 'sesame-2' },
      { tenantId: 'other', sessionId: 1, holder: 'nobody', token: null, endsAt: null },
      { tenantId: 'acme', sessionId: 4, holder: 'c1', token: 'sesame-4' },
      { tenantId: 'other', sessionId: 2, holder: 'w', address: 'c' },
      { tenantId: 'acme', sessionId: 3, holder: 'c1', token: 'sesame-3', endsAt: at(-400) },
    ],
  },
} satisfies AttackFixtures<typeof entities, Actor>
