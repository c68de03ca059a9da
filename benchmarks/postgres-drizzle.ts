import { randomUUID } from 'node:crypto'
import { and, asc, eq, gte, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import {
  bigint,
  boolean,
  doublePrecision,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
} from 'drizzle-orm/pg-core'
import type { Pool } from 'pg'
import { type Order, orderIdOf, placedAt, STATUSES, type StoredOrder, TENANT } from './order.ts'
import { type OrderStore, PAGE } from './order-store.ts'
import { COLUMNS } from './postgres-raw.ts'

const orders = pgTable(
  'orders',
  {
    tenantId: text().notNull(),
    orderId: text().notNull(),
    customerId: text().notNull(),
    status: text({ enum: STATUSES }).notNull(),
    currency: text().notNull(),
    total: doublePrecision().notNull(),
    discount: doublePrecision().notNull(),
    quantity: bigint({ mode: 'number' }).notNull(),
    isGift: boolean().notNull(),
    placedAt: timestamp({ withTimezone: true, precision: 3 }).notNull(),
    updatedAt: timestamp({ withTimezone: true, precision: 3 }).notNull(),
    address: jsonb().$type<Order['address']>().notNull(),
    lines: jsonb().$type<Order['lines']>().notNull(),
    revision: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.orderId] })],
)

const target = [orders.tenantId, orders.orderId]
const placeholder = sql.placeholder

/** Drizzle as its guide shows it: a query is built for every call. */
export const drizzleOrders = (pool: Pool): OrderStore => {
  const db = drizzle({ client: pool })
  const byKey = (at: number) => and(eq(orders.tenantId, TENANT), eq(orders.orderId, orderIdOf(at)))
  return {
    name: 'drizzle',
    get: async (at) => (await db.select().from(orders).where(byKey(at)))[0],
    page: async (at) =>
      db
        .select()
        .from(orders)
        .where(
          and(
            eq(orders.tenantId, TENANT),
            eq(orders.status, STATUSES[0]),
            gte(orders.placedAt, placedAt(at)),
          ),
        )
        .orderBy(asc(orders.placedAt), asc(orders.orderId))
        .limit(PAGE),
    put: async (order) => {
      const row = { ...order, revision: randomUUID() }
      const { tenantId: _, orderId: __, ...set } = row
      await db.insert(orders).values(row).onConflictDoUpdate({ target, set })
      return row
    },
    create: async (order) => {
      const row = { ...order, revision: randomUUID() }
      await db.insert(orders).values(row)
      return row
    },
    update: async (at, total) =>
      (
        await db.update(orders).set({ total, revision: randomUUID() }).where(byKey(at)).returning()
      )[0],
  }
}

const prepared = (pool: Pool) => {
  const db = drizzle({ client: pool })
  const byKey = and(eq(orders.tenantId, TENANT), eq(orders.orderId, placeholder('orderId')))
  const row = Object.fromEntries(
    COLUMNS.map((name) => [name, placeholder(name)]),
  ) as unknown as StoredOrder
  return {
    get: db.select().from(orders).where(byKey).prepare('drizzle_get'),
    page: db
      .select()
      .from(orders)
      .where(
        and(
          eq(orders.tenantId, TENANT),
          eq(orders.status, STATUSES[0]),
          gte(orders.placedAt, placeholder('from')),
        ),
      )
      .orderBy(asc(orders.placedAt), asc(orders.orderId))
      .limit(PAGE)
      .prepare('drizzle_page'),
    create: db.insert(orders).values(row).prepare('drizzle_create'),
    update: db
      .update(orders)
      .set({
        total: sql`${placeholder('total')}`,
        revision: sql`${placeholder('revision')}`,
      })
      .where(byKey)
      .returning()
      .prepare('drizzle_update'),
  }
}

/** Drizzle with `.prepare()`. Overwrites, which are not measured here, stay in the plain form. */
export const preparedDrizzleOrders = (pool: Pool): OrderStore => {
  const statements = prepared(pool)
  return {
    ...drizzleOrders(pool),
    name: 'drizzle, prepared',
    get: async (at) => (await statements.get.execute({ orderId: orderIdOf(at) }))[0],
    page: (at) => statements.page.execute({ from: placedAt(at) }),
    create: async (order) => {
      const row = { ...order, revision: randomUUID() }
      await statements.create.execute(row)
      return row
    },
    update: async (at, total) =>
      (
        await statements.update.execute({
          orderId: orderIdOf(at),
          total,
          revision: randomUUID(),
        })
      )[0],
  }
}
