import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { lintPolicies } from '../../src/access.ts'
import {
  createStore,
  defineActor,
  defineEntity,
  definePolicy,
  gt,
  isHoldfastError,
} from '../../src/index.ts'
import { memory } from '../../src/memory.ts'

const schema = z.object({
  tenantId: z.string(),
  orderId: z.string(),
  customerId: z.string(),
  status: z.enum(['open', 'paid', 'shipped', 'cancelled']).default('open'),
  total: z.number(),
  margin: z.number().optional(),
  rank: z.number(),
  note: z.string().optional(),
  placedAt: z.date(),
  revision: z.string(),
})
const actor = defineActor(
  z.object({
    id: z.string().min(1),
    tenantId: z.string().min(1),
    roles: z.array(z.enum(['customer', 'clerk', 'finance'])),
  }),
)
const byStatus = { partition: ['tenantId', 'status'], sort: ['placedAt'] } as const
const Order = defineEntity('order', {
  schema,
  key: { partition: ['tenantId'], sort: ['orderId'] },
  indexes: {
    byStatus,
    byCustomer: { partition: ['customerId'], sort: ['placedAt'] },
    byStatusNote: { partition: ['status'], sort: ['note'] },
    byTotal: { partition: ['total'], sort: ['rank'] },
  },
  version: 'revision',
  sensitive: ['margin', 'rank'],
})

test('the order of the manual has nothing to find', () => {
  const { rank: _, note: __, ...shape } = schema.shape
  const Manual = defineEntity('order', {
    schema: z.object(shape),
    key: { partition: ['tenantId'], sort: ['orderId'] },
    indexes: { byStatus },
    version: 'revision',
    sensitive: ['margin'],
  })
  const policy = definePolicy(Manual, actor, ({ me, allow, deny }) => ({
    read: [
      allow('customer', { tenantId: me.tenantId, customerId: me.id }),
      allow('clerk', { tenantId: me.tenantId }),
      allow('finance', { tenantId: me.tenantId }, { reveal: ['margin'] }),
    ],
    create: [
      allow('customer', { tenantId: me.tenantId, customerId: me.id }),
      allow('finance', { tenantId: me.tenantId }, { fields: 'all' }),
    ],
    update: [
      allow('clerk', { tenantId: me.tenantId }, { fields: ['status'] }),
      deny('*', { status: 'shipped' }, { on: 'old', id: 'shipped-is-final' }),
    ],
    delete: [],
  }))
  const store = createStore({
    adapter: memory(),
    entities: { orders: Manual },
    policies: [policy],
    actor,
  })
  expect(lintPolicies(store)).toEqual([])
})

type Declare = Parameters<
  typeof definePolicy<NonNullable<(typeof Order)['~types']>, NonNullable<(typeof actor)['~type']>>
>[2]
type Condition = (
  me: Parameters<Declare>[0]['me'],
) => Parameters<Parameters<Declare>[0]['allow']>[1]

describe('a read rule is reported unserved exactly where a query under it alone is refused', () => {
  test.each<[string, Condition, boolean]>([
    ['the key', (me) => ({ tenantId: me.tenantId }), true],
    ['an index', (me) => ({ customerId: me.id }), true],
    ['part of an index', () => ({ status: 'open' }), false],
    ['an index and its order', () => ({ status: 'open', note: 'n' }), true],
    ['a range of the key', (me) => ({ tenantId: gt(me.tenantId) }), false],
    ['an index ordered by what is hidden', () => ({ total: 1 }), false],
    ['no index', () => ({ note: 'n' }), false],
  ])('%s', async (_, when, isServed) => {
    const store = createStore({
      adapter: memory(),
      entities: { orders: Order },
      policies: [
        definePolicy(Order, actor, ({ me, allow }) => ({ read: [allow('clerk', when(me))] })),
      ],
      actor,
    })
    const found = lintPolicies(store).filter(({ finding }) => finding === 'unserved-rule')
    expect(found.map(({ rule }) => rule)).toEqual(isServed ? [] : ['order.read.0'])
    const query = store.as({ id: 'i', tenantId: 't', roles: ['clerk'] }).orders.find({})
    const answer = await query.then(
      () => 'served',
      (error: unknown) => (isHoldfastError(error) ? error.code : error),
    )
    expect(answer).toBe(isServed ? 'served' : 'INVALID')
  })
})

test.each([
  ['a unique index across tenants', { partition: ['note'], unique: true }, ['index']],
  ['not one within a tenant', { partition: ['tenantId', 'note'], unique: true }, []],
  [
    'not one in whose order the tenant is',
    { partition: ['note'], sort: ['tenantId'], unique: true },
    [],
  ],
  ['not an index that is not unique', { partition: ['note'] }, []],
] as const)('%s tells of other tenants', (_, index, expected) => {
  const Indexed = defineEntity('order', {
    schema,
    key: { partition: ['tenantId'], sort: ['orderId'] },
    indexes: { index: index as { partition: ['note'] } },
    version: 'revision',
  })
  const store = createStore({
    adapter: memory(),
    entities: { orders: Indexed },
    policies: [
      definePolicy(Indexed, actor, ({ me, allow }) => ({
        read: [
          allow('clerk', { tenantId: me.tenantId }),
          allow('customer', { tenantId: me.tenantId, customerId: me.id }),
        ],
      })),
    ],
    actor,
  })
  const found = lintPolicies(store).filter(({ finding }) => finding === 'unscoped-unique-index')
  expect(found.map((one) => one.index)).toEqual(expected)
})
