import { createMongoAbility, type MongoAbility, subject } from '@casl/ability'
import {
  type Condition,
  createStore,
  defineActor,
  defineEntity,
  definePolicy,
} from '@holdfast/core'
import { z } from 'zod'
import { stubDriver } from './stub-driver.ts'

/** Records of the pages. */
export const RECORDS = 1000

/** Numbers of rules that are compared. */
export const COUNTS = [1, 100, 1000] as const

/** What tells the rules apart: their role, the value of one field, or also which of four fields they compare. */
export type Layout = 'spread' | 'all on one key' | 'spread over fields'

const FIELDS = ['customerId', 'sellerId', 'region', 'channel'] as const

/** A small entity, so that its validation does not hide what rules cost. */
const orderEntity = defineEntity('order', {
  schema: z.object({
    tenantId: z.string(),
    orderId: z.string(),
    customerId: z.string(),
    sellerId: z.string(),
    region: z.string(),
    channel: z.string(),
    note: z.string(),
  }),
  key: { partition: ['tenantId'], sort: ['orderId'] },
})

/** One order. */
export interface PolicyOrder {
  readonly tenantId: string
  readonly orderId: string
  readonly customerId: string
  readonly sellerId: string
  readonly region: string
  readonly channel: string
  /** No rule looks at it. */
  readonly note: string
}

/** What an actor is. */
export const actorSchema = z.object({
  id: z.string(),
  tenantId: z.string(),
  roles: z.array(z.string()),
})

const actorDefinition = defineActor(actorSchema)

/** The tenant of the actor. */
export const TENANT = 'acme'

/** Order number `at`, which no rule allows unless `changes` make it so. */
export const orderOf = (at: number, changes: Partial<PolicyOrder> = {}): PolicyOrder => ({
  tenantId: TENANT,
  orderId: `o${String(at).padStart(6, '0')}`,
  customerId: `c${at % 100}`,
  sellerId: `s${at % 10}`,
  region: `r${at % 5}`,
  channel: `n${at % 3}`,
  note: '',
  ...changes,
})

/** What the rule at this position asks of an order, beside its tenant. */
export const asked = (layout: Layout, at: number): Partial<PolicyOrder> => {
  const field = layout === 'spread over fields' ? FIELDS[at % FIELDS.length] : undefined
  return { [field ?? 'customerId']: `nobody${at}` }
}

const roleOf = (layout: Layout, at: number): string => (layout === 'spread' ? `r${at}` : 'r0')

/** An actor to whom the last of `count` rules applies, and of rules spread over roles no other. */
export const actorOf = (layout: Layout, count: number) => ({
  id: 'k1',
  tenantId: TENANT,
  roles: [roleOf(layout, count - 1)],
})

/** An actor that holds every role. */
export const actorOfAll = (count: number) => ({
  id: 'k1',
  tenantId: TENANT,
  roles: Array.from({ length: count }, (_, at) => `r${at}`),
})

/** What a stub store answers. */
export interface Answers {
  /** The stored record for an update. */
  readonly stored?: () => PolicyOrder
  readonly page?: (limit: number) => readonly PolicyOrder[]
  /** Whether the store evaluates conditions itself. Default `true`. */
  readonly pushes?: boolean
}

const recordOf = (order: PolicyOrder) => ({ value: { ...order }, version: 'v' })

/**
 * A store on a stub with `count` rules: for reading, or for writing what everybody of the tenant may
 * read, so that writes measure their own rules.
 */
export const storeWith = (
  operation: 'read' | 'write',
  layout: Layout,
  count: number,
  { stored = () => orderOf(0), page = () => [], pushes = true }: Answers = {},
) =>
  createStore({
    adapter: {
      ...stubDriver({
        get: () => recordOf(stored()),
        query: (limit) => ({ records: page(limit).map(recordOf) }),
      }),
      pushes: () => pushes,
    },
    entities: { orders: orderEntity },
    policies: [
      definePolicy(orderEntity, actorDefinition, ({ me, allow }) => {
        const rules = Array.from({ length: count }, (_, at) =>
          allow(roleOf(layout, at), {
            tenantId: me.tenantId,
            ...(asked(layout, at) as Record<string, Condition<string>>),
          }),
        )
        return operation === 'read'
          ? { read: rules }
          : { read: [allow('*', { tenantId: me.tenantId })], create: rules, update: rules }
      }),
    ],
    actor: actorDefinition,
  })

/**
 * The same rules for CASL, of the roles that the actor holds. Last first: CASL begins with the last rule,
 * and both must come last to the one that allows.
 */
export const abilityWith = (
  layout: Layout,
  count: number,
  actor: ReturnType<typeof actorOf>,
): MongoAbility => {
  const held = new Set(actor.roles)
  const positions = Array.from({ length: count }, (_, at) => count - 1 - at)
  return createMongoAbility(
    positions
      .filter((at) => held.has(roleOf(layout, at)))
      .map((at) => ({
        action: ['read', 'create', 'update'],
        subject: 'order',
        conditions: { tenantId: actor.tenantId, ...asked(layout, at) },
      })),
  )
}

/** What CASL says of an order. */
export const can = (ability: MongoAbility, action: string, order: PolicyOrder): boolean =>
  ability.can(action, subject('order', order as never))
