import { deepStrictEqual } from 'node:assert/strict'
import { createStore, type Driver, gte, type ScopedStore, type Store } from '@holdfast/core'
import {
  type actorDefinition as ActorDefinition,
  actorDefinition,
  checkOrder,
  clerk,
  deepEntity,
  makeOrder,
  type Order,
  orderEntity,
  orderIdOf,
  orderPolicies,
  placedAt,
  STATUSES,
  TENANT,
} from './order.ts'

/** Records of a page. */
export const PAGE = 50

/** One way to keep orders. Everything is asynchronous, as in the interface it is compared with. */
export interface OrderStore {
  readonly name: string
  /** Order number `at`. */
  get(at: number): Promise<unknown>
  /** Open orders in the order of placing, from number `at` on. */
  page(at: number): Promise<readonly unknown[]>
  /** Creates or overwrites; returns the record. */
  put(order: Order): Promise<unknown>
  /** Creates; returns the record. */
  create(order: Order): Promise<unknown>
  /** Sets total and version of order `at`; returns the new record. */
  update(at: number, total: number): Promise<unknown>
}

const entities = { orders: orderEntity, deep: deepEntity }

type ActorOf<D> = D extends { readonly '~type'?: infer A extends { roles: readonly string[] } }
  ? A
  : never

/** The store of the benchmarks with its policies. */
export type BenchmarkStore = Store<typeof entities, ActorOf<typeof ActorDefinition>>

/** Opens a Holdfast store with policies and validation on. */
export const openHoldfast = (adapter: Driver): BenchmarkStore =>
  createStore({ adapter, entities, policies: orderPolicies, actor: actorDefinition })

/** Holdfast as an order store, for one actor. */
export const holdfastOrders = (db: ScopedStore<typeof entities>, limit = PAGE): OrderStore => ({
  name: 'holdfast',
  get: (at) => db.orders.get({ tenantId: TENANT, orderId: orderIdOf(at) }),
  page: async (at) => {
    const where = { tenantId: TENANT, status: STATUSES[0], placedAt: gte(placedAt(at)) }
    return (await db.orders.find({ where, limit })).items
  },
  put: (order) => db.orders.put(order),
  create: (order) => db.orders.create(order),
  update: (at, total) => db.orders.update({ tenantId: TENANT, orderId: orderIdOf(at) }, { total }),
})

/** Loads the orders through the interface itself. */
export const loadHoldfast = async (store: BenchmarkStore, rows: number): Promise<void> => {
  const db = store.as(clerk)
  for (let at = 0; at < rows; at += 1000) {
    const count = Math.min(1000, rows - at)
    const orders = Array.from({ length: count }, (_, offset) => makeOrder(at + offset))
    for (const result of await db.orders.createMany(orders)) if (!result.ok) throw result.error
  }
}

/** Throws unless a page holds the open orders from number `at` on. */
export const checkPage = (value: unknown, at: number, length = PAGE): void => {
  const items = value as readonly Order[]
  const expected = Array.from({ length }, (_, step) => makeOrder(at + step * STATUSES.length))
  deepStrictEqual(
    items.map(({ orderId }) => orderId),
    expected.map(({ orderId }) => orderId),
  )
  items.forEach((item, position) => checkOrder(item, expected[position] ?? makeOrder(0)))
}
