import { deepStrictEqual } from 'node:assert/strict'
import { defineActor, defineEntity, definePolicy } from '@holdfast/core'
import { z } from 'zod'

/** States of an order, in turn. */
export const STATUSES = ['open', 'paid', 'shipped', 'cancelled'] as const

/** The tenant that owns every order of the benchmarks. */
export const TENANT = 'acme'

/** What a user declares: thirteen stored fields and the version. */
export const orderSchema = z.object({
  tenantId: z.string(),
  orderId: z.string(),
  customerId: z.string(),
  status: z.enum(STATUSES),
  currency: z.string(),
  total: z.number(),
  discount: z.number(),
  quantity: z.int(),
  isGift: z.boolean(),
  placedAt: z.date(),
  updatedAt: z.date(),
  address: z.object({ street: z.string(), city: z.string(), postcode: z.string() }),
  lines: z.array(z.object({ sku: z.string(), count: z.int(), price: z.number() })),
  revision: z.string(),
})

/** One order without its version. */
export type Order = Omit<z.output<typeof orderSchema>, 'revision'>

/** One order as stored. */
export type StoredOrder = z.output<typeof orderSchema>

/** The entity of all store benchmarks. */
export const orderEntity = defineEntity('order', {
  schema: orderSchema,
  key: { partition: ['tenantId'], sort: ['orderId'] },
  indexes: { byStatus: { partition: ['tenantId', 'status'], sort: ['placedAt'] } },
  version: 'revision',
})

/** The same without an index, for pages along the key at great depth. */
export const deepEntity = defineEntity('deep', {
  schema: orderSchema,
  key: { partition: ['tenantId'], sort: ['orderId'] },
  version: 'revision',
})

/** Who asks. */
export const actorDefinition = defineActor(
  z.object({
    id: z.string().min(1),
    tenantId: z.string().min(1),
    roles: z.array(z.enum(['customer', 'clerk'])),
  }),
)

/** Rules for both roles, and a state that is final. */
export const orderPolicies = [orderEntity, deepEntity].map((entity) =>
  definePolicy(entity, actorDefinition, ({ me, allow, deny }) => ({
    read: [
      allow('customer', { tenantId: me.tenantId, customerId: me.id }),
      allow('clerk', { tenantId: me.tenantId }),
    ],
    create: [
      allow('customer', { tenantId: me.tenantId, customerId: me.id }),
      allow('clerk', { tenantId: me.tenantId }),
    ],
    update: [
      allow('clerk', { tenantId: me.tenantId }),
      deny('*', { status: 'cancelled' }, { on: 'old', id: 'cancelled-is-final' }),
    ],
    delete: [],
  })),
)

/** The actor of the benchmarks. */
export const clerk = {
  id: 'k1',
  tenantId: TENANT,
  roles: ['clerk'] as ('customer' | 'clerk')[],
}

const START = Date.UTC(2026, 0, 1)

/** The instant at which order `at` was placed. */
export const placedAt = (at: number): Date => new Date(START + at * 1000)

/** The id of order `at`, in order. */
export const orderIdOf = (at: number): string => `o${String(at).padStart(9, '0')}`

/** Order number `at`. Only every fourth has a given status. */
export const makeOrder = (at: number): Order => ({
  tenantId: TENANT,
  orderId: orderIdOf(at),
  customerId: `c${at % 100}`,
  status: STATUSES[at % STATUSES.length] ?? 'open',
  currency: 'EUR',
  total: 100.25 + (at % 1000),
  discount: (at % 7) / 4,
  quantity: at % 50,
  isGift: at % 3 === 0,
  placedAt: placedAt(at),
  updatedAt: placedAt(at + 60),
  address: { street: `${at} Harbour Road`, city: 'Bergen', postcode: '5003' },
  lines: [
    { sku: `sku-${at % 500}`, count: 2, price: 19.5 },
    { sku: `sku-${at % 300}`, count: 1, price: 61.25 },
  ],
})

/** Throws unless a record is this order, with a version. */
export const checkOrder = (value: unknown, expected: Order): void => {
  const { revision, ...rest } = value as StoredOrder
  deepStrictEqual(rest, expected)
  if (typeof revision !== 'string' || revision === '')
    throw new Error('A record lacks its version.')
}
