import { z } from 'zod'
import {
  createStore,
  defineActor,
  defineEntity,
  definePolicy,
  type Policy,
  type PolicyTools,
  type PolicyDraft,
} from '../../src/index.ts'
import { memory } from '../../src/memory.ts'

/** The order of the manual. */
export const Order = defineEntity('order', {
  schema: z.object({
    tenantId: z.string(),
    orderId: z.string(),
    customerId: z.string(),
    status: z.enum(['open', 'paid', 'shipped', 'cancelled']).default('open'),
    total: z.number(),
    margin: z.number().optional(),
    note: z.string().nullish(),
  }),
  key: { partition: ['tenantId'], sort: ['orderId'] },
  indexes: { byNote: { partition: ['note'], unique: true } },
  sensitive: ['margin'],
})

/** Who asks. */
export const person = defineActor(
  z.object({
    id: z.string(),
    tenantId: z.string().nullish(),
    roles: z.array(z.enum(['customer', 'clerk', 'finance'])),
  }),
)

type Tools = PolicyTools<
  NonNullable<(typeof Order)['~types']>['row'],
  NonNullable<(typeof person)['~type']>,
  'margin'
>

/** A store of orders under these rules. */
export const shop = (declare: (tools: Tools) => PolicyDraft) =>
  shopOf([definePolicy(Order, person, declare)])

/** A store of orders under these policies. */
export const shopOf = (policies: readonly Policy[]) =>
  createStore({ adapter: memory(), entities: { orders: Order }, policies, actor: person })

/** The policy of the manual. */
export const manual = ({ me, allow, deny }: Tools): PolicyDraft => ({
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
})
