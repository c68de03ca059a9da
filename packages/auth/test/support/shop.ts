import { createStore, defineActor, defineEntity, definePolicy } from '@holdfast/core'
import { memory } from '@holdfast/core/memory'
import { z } from 'zod'

const Order = defineEntity('order', {
  schema: z.object({ tenantId: z.string(), orderId: z.string(), text: z.string() }),
  key: { partition: ['tenantId'], sort: ['orderId'] },
})

const Actor = z.object({
  id: z.string(),
  tenantId: z.string(),
  roles: z.array(z.enum(['clerk', 'guest'])),
})
const actor = defineActor(Actor)

const policy = definePolicy(Order, actor, ({ me, allow }) => ({
  read: [allow('*', { tenantId: me.tenantId })],
  create: [allow('clerk', { tenantId: me.tenantId })],
  update: [allow('clerk', { tenantId: me.tenantId })],
}))

/** A store of orders in memory, where an actor sees the orders of its tenant. */
export const openShop = () =>
  createStore({ adapter: memory(), entities: { orders: Order }, policies: [policy], actor })

/** Somebody of a tenant. */
export const clerkOf = (tenantId: string): z.infer<typeof Actor> => ({
  id: `clerk of ${tenantId}`,
  tenantId,
  roles: ['clerk'],
})
