// Started by core-start.ts: defines 100 entities in a fresh process and reports what each step took.
import { createStore, defineActor, defineEntity, definePolicy } from '@holdfast/core'
import { memory } from '@holdfast/core/memory'
import { z } from 'zod'
import type { StartCost } from './core-start.ts'

const COUNT = 100

const each = <T>(make: (at: number) => T): { made: T[]; milliseconds: number } => {
  const start = performance.now()
  const made = Array.from({ length: COUNT }, (_, at) => make(at))
  return { made, milliseconds: (performance.now() - start) / COUNT }
}

const schemas = each(() =>
  z.object({
    tenantId: z.string(),
    id: z.string(),
    customerId: z.string(),
    status: z.enum(['open', 'paid', 'shipped', 'cancelled']),
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
  }),
)

const actor = defineActor(
  z.object({ id: z.string(), tenantId: z.string(), roles: z.array(z.enum(['clerk', 'customer'])) }),
)
const entities = each((at) =>
  defineEntity(`entity${at}`, {
    schema: schemas.made[at] ?? (schemas.made[0] as (typeof schemas.made)[number]),
    key: { partition: ['tenantId'], sort: ['id'] },
    indexes: { byStatus: { partition: ['tenantId', 'status'], sort: ['placedAt'] } },
    version: 'revision',
  }),
)
const policies = each((at) =>
  definePolicy(
    entities.made[at] ?? (entities.made[0] as (typeof entities.made)[number]),
    actor,
    ({ me, allow, deny }) => ({
      read: [
        allow('customer', { tenantId: me.tenantId, customerId: me.id }),
        allow('clerk', { tenantId: me.tenantId }),
      ],
      update: [
        allow('clerk', { tenantId: me.tenantId }),
        deny('*', { status: 'cancelled' }, { on: 'old' }),
      ],
    }),
  ),
)
const start = performance.now()
createStore({
  adapter: memory(),
  entities: Object.fromEntries(entities.made.map((entity, at) => [`entity${at}`, entity])),
  policies: policies.made,
  actor,
})
const store = (performance.now() - start) / COUNT
const cost: StartCost = {
  schema: schemas.milliseconds,
  entity: entities.milliseconds,
  policy: policies.milliseconds,
  store,
}
console.log(JSON.stringify(cost))
