import { randomUUID } from 'node:crypto'
import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import { and, asc, eq, gte, sql } from 'drizzle-orm'
import { integer, primaryKey, real, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { drizzle } from 'drizzle-orm/sqlite-proxy'
import { type Order, orderIdOf, placedAt, STATUSES, TENANT } from './order.ts'
import { type OrderStore, PAGE } from './order-store.ts'
import { statementCache } from './sqlite-kysely.ts'

const orders = sqliteTable(
  'orders',
  {
    tenantId: text().notNull(),
    orderId: text().notNull(),
    customerId: text().notNull(),
    status: text({ enum: STATUSES }).notNull(),
    currency: text().notNull(),
    total: real().notNull(),
    discount: real().notNull(),
    quantity: integer().notNull(),
    isGift: integer({ mode: 'boolean' }).notNull(),
    placedAt: integer({ mode: 'timestamp_ms' }).notNull(),
    updatedAt: integer({ mode: 'timestamp_ms' }).notNull(),
    address: text({ mode: 'json' }).$type<Order['address']>().notNull(),
    lines: text({ mode: 'json' }).$type<Order['lines']>().notNull(),
    revision: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.orderId] })],
)

const FIELDS = [
  'customerId',
  'status',
  'currency',
  'total',
  'discount',
  'quantity',
  'isGift',
  'placedAt',
  'updatedAt',
  'address',
  'lines',
  'revision',
] as const

const open = (database: DatabaseSync) => {
  const prepare = statementCache(database)
  return drizzle(async (text, given: SQLInputValue[], method) => {
    const statement = prepare(text)
    if (method === 'run') {
      statement.run(...given)
      return { rows: [] }
    }
    statement.setReturnArrays(true)
    if (method === 'get') return { rows: statement.get(...given) as unknown as unknown[] }
    return { rows: statement.all(...given) as unknown as unknown[] }
  })
}

type Database = ReturnType<typeof open>

const byKey = (orderId: string) => and(eq(orders.tenantId, TENANT), eq(orders.orderId, orderId))
const ofPage = (from: Date) =>
  and(eq(orders.tenantId, TENANT), eq(orders.status, STATUSES[0]), gte(orders.placedAt, from))
const target = [orders.tenantId, orders.orderId]

/** Drizzle as its guide shows it: a query is built for every call. */
export const drizzleOrders = (database: DatabaseSync): OrderStore => {
  const db = open(database)
  return {
    name: 'drizzle',
    get: async (at) =>
      db
        .select()
        .from(orders)
        .where(byKey(orderIdOf(at)))
        .get(),
    page: async (at) =>
      db
        .select()
        .from(orders)
        .where(ofPage(placedAt(at)))
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
      db
        .update(orders)
        .set({ total, revision: randomUUID() })
        .where(byKey(orderIdOf(at)))
        .returning()
        .get(),
  }
}

const placeholders = () =>
  Object.fromEntries(
    ['tenantId', 'orderId', ...FIELDS].map((name) => [name, sql.placeholder(name)]),
  ) as unknown as Order & { revision: string }

const prepared = (db: Database) => ({
  get: db
    .select()
    .from(orders)
    .where(and(eq(orders.tenantId, TENANT), eq(orders.orderId, sql.placeholder('orderId'))))
    .prepare(),
  page: db
    .select()
    .from(orders)
    .where(
      and(
        eq(orders.tenantId, TENANT),
        eq(orders.status, STATUSES[0]),
        gte(orders.placedAt, sql.placeholder('from')),
      ),
    )
    .orderBy(asc(orders.placedAt), asc(orders.orderId))
    .limit(PAGE)
    .prepare(),
  put: db
    .insert(orders)
    .values(placeholders())
    .onConflictDoUpdate({
      target,
      set: Object.fromEntries(FIELDS.map((name) => [name, sql.raw(`excluded."${name}"`)])),
    })
    .prepare(),
})

/** Drizzle with `.prepare()`. Updates and creations fall back to the plain form. */
export const preparedDrizzleOrders = (database: DatabaseSync): OrderStore => {
  const statements = prepared(open(database))
  return {
    ...drizzleOrders(database),
    name: 'drizzle, prepared',
    get: async (at) => statements.get.get({ orderId: orderIdOf(at) }),
    // A placeholder in a condition is bound as it is given.
    page: async (at) => statements.page.all({ from: placedAt(at).getTime() }),
    put: async (order) => {
      const row = { ...order, revision: randomUUID() }
      await statements.put.run(row)
      return row
    },
  }
}
