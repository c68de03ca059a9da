import { randomUUID } from 'node:crypto'
import type { Pool } from 'pg'
import { orderIdOf, type Order, placedAt, STATUSES, type StoredOrder, TENANT } from './order.ts'
import { type OrderStore, PAGE } from './order-store.ts'

/** The table that raw statements, Kysely and Drizzle use. */
export const CREATE_ORDERS = `
  CREATE TABLE orders (
    "tenantId" text COLLATE "C" NOT NULL, "orderId" text COLLATE "C" NOT NULL,
    "customerId" text COLLATE "C" NOT NULL, status text COLLATE "C" NOT NULL,
    currency text COLLATE "C" NOT NULL, total float8 NOT NULL, discount float8 NOT NULL,
    quantity int8 NOT NULL, "isGift" bool NOT NULL, "placedAt" timestamptz(3) NOT NULL,
    "updatedAt" timestamptz(3) NOT NULL, address jsonb NOT NULL, lines jsonb NOT NULL,
    revision text NOT NULL,
    PRIMARY KEY ("tenantId", "orderId")
  );
  CREATE INDEX by_status ON orders ("tenantId", status, "placedAt", "orderId");`

/** All columns, in order. */
export const COLUMNS = [
  'tenantId',
  'orderId',
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

/** A row as `pg` gives it: an int8 is text. */
export type PostgresRow = Omit<StoredOrder, 'quantity'> & { quantity: string }

/** The record in a row, which `pg` made for this call: only the int8 is left to do. */
export const decodeRow = (row: PostgresRow): StoredOrder => {
  const record = row as unknown as StoredOrder
  record.quantity = Number(row.quantity)
  return record
}

const QUOTED = COLUMNS.map((name) => `"${name}"`)
const LIST = QUOTED.join(', ')
const VALUES = COLUMNS.map((_, at) => `$${at + 1}`).join(', ')

/** An order as the values of `COLUMNS`. */
const valuesOf = (order: Order, revision: string): unknown[] => [
  order.tenantId,
  order.orderId,
  order.customerId,
  order.status,
  order.currency,
  order.total,
  order.discount,
  order.quantity,
  order.isGift,
  order.placedAt,
  order.updatedAt,
  JSON.stringify(order.address),
  JSON.stringify(order.lines),
  revision,
]

/** `pg` with named statements. */
export const rawOrders = (pool: Pool): OrderStore => {
  const query = async (name: string, text: string, values: unknown[]): Promise<StoredOrder[]> =>
    (await pool.query<PostgresRow>({ name, text, values })).rows.map(decodeRow)
  const one = async (...args: Parameters<typeof query>): Promise<StoredOrder | undefined> =>
    (await query(...args))[0]
  const write = async (name: string, text: string, order: Order): Promise<StoredOrder> => {
    const revision = randomUUID()
    await query(name, text, valuesOf(order, revision))
    return { ...order, revision }
  }
  const insert = `INSERT INTO orders (${LIST}) VALUES (${VALUES})`
  const set = QUOTED.slice(2).map((column) => `${column} = excluded.${column}`)
  return {
    name: 'raw',
    get: (at) =>
      one('get', `SELECT ${LIST} FROM orders WHERE "tenantId" = $1 AND "orderId" = $2`, [
        TENANT,
        orderIdOf(at),
      ]),
    page: (at) =>
      query(
        'page',
        `SELECT ${LIST} FROM orders WHERE "tenantId" = $1 AND status = $2 AND "placedAt" >= $3 ORDER BY "placedAt", "orderId" LIMIT $4`,
        [TENANT, STATUSES[0], placedAt(at), PAGE],
      ),
    put: (order) =>
      write(
        'put',
        `${insert} ON CONFLICT ("tenantId", "orderId") DO UPDATE SET ${set.join(', ')}`,
        order,
      ),
    create: (order) => write('create', insert, order),
    update: (at, total) =>
      one(
        'update',
        `UPDATE orders SET total = $1, revision = $2 WHERE "tenantId" = $3 AND "orderId" = $4 RETURNING ${LIST}`,
        [total, randomUUID(), TENANT, orderIdOf(at)],
      ),
  }
}
