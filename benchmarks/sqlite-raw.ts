import { randomUUID } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import { orderIdOf, type Order, placedAt, STATUSES, type StoredOrder, TENANT } from './order.ts'
import { type OrderStore, PAGE } from './order-store.ts'

/** A row as SQLite gives it. */
export interface SqliteRow {
  readonly tenantId: string
  readonly orderId: string
  readonly customerId: string
  readonly status: (typeof STATUSES)[number]
  readonly currency: string
  readonly total: number
  readonly discount: number
  readonly quantity: number
  readonly isGift: number
  readonly placedAt: number
  readonly updatedAt: number
  readonly address: string
  readonly lines: string
  readonly revision: string
}

/** The table that raw statements, Kysely and Drizzle use. */
export const CREATE_ORDERS = `
  CREATE TABLE orders (
    tenantId TEXT NOT NULL, orderId TEXT NOT NULL, customerId TEXT NOT NULL, status TEXT NOT NULL,
    currency TEXT NOT NULL, total REAL NOT NULL, discount REAL NOT NULL, quantity INTEGER NOT NULL,
    isGift INTEGER NOT NULL, placedAt INTEGER NOT NULL, updatedAt INTEGER NOT NULL,
    address TEXT NOT NULL, lines TEXT NOT NULL, revision TEXT NOT NULL,
    PRIMARY KEY (tenantId, orderId)
  ) STRICT;
  CREATE INDEX byStatus ON orders (tenantId, status, placedAt, orderId);`

const COLUMNS =
  'tenantId, orderId, customerId, status, currency, total, discount, quantity, isGift, placedAt, updatedAt, address, lines, revision'
const UPDATES = COLUMNS.split(', ')
  .slice(2)
  .map((column) => `${column} = excluded.${column}`)
  .join(', ')

/** A row as it goes in. */
export const encodeRow = (order: Order, revision: string): SqliteRow => ({
  ...order,
  isGift: order.isGift ? 1 : 0,
  placedAt: order.placedAt.getTime(),
  updatedAt: order.updatedAt.getTime(),
  address: JSON.stringify(order.address),
  lines: JSON.stringify(order.lines),
  revision,
})

/** The record in a row, field by field: the fastest way there is. */
export const decodeRow = (row: SqliteRow): StoredOrder => ({
  tenantId: row.tenantId,
  orderId: row.orderId,
  customerId: row.customerId,
  status: row.status,
  currency: row.currency,
  total: row.total,
  discount: row.discount,
  quantity: row.quantity,
  isGift: row.isGift === 1,
  placedAt: new Date(row.placedAt),
  updatedAt: new Date(row.updatedAt),
  address: JSON.parse(row.address) as StoredOrder['address'],
  lines: JSON.parse(row.lines) as StoredOrder['lines'],
  revision: row.revision,
})

/** `node:sqlite` with statements prepared once. */
export const rawOrders = (database: DatabaseSync): OrderStore => {
  const get = database.prepare(`SELECT ${COLUMNS} FROM orders WHERE tenantId = ? AND orderId = ?`)
  const page = database.prepare(
    `SELECT ${COLUMNS} FROM orders WHERE tenantId = ? AND status = ? AND placedAt >= ? ORDER BY placedAt, orderId LIMIT ?`,
  )
  const values = `INSERT INTO orders (${COLUMNS}) VALUES (${Array(14).fill('?').join(', ')})`
  const put = database.prepare(`${values} ON CONFLICT DO UPDATE SET ${UPDATES}`)
  const create = database.prepare(values)
  const update = database.prepare(
    `UPDATE orders SET total = ?, revision = ? WHERE tenantId = ? AND orderId = ? RETURNING ${COLUMNS}`,
  )
  const write = (statement: typeof put, order: Order): StoredOrder => {
    const revision = randomUUID()
    const row = encodeRow(order, revision)
    statement.run(
      row.tenantId,
      row.orderId,
      row.customerId,
      row.status,
      row.currency,
      row.total,
      row.discount,
      row.quantity,
      row.isGift,
      row.placedAt,
      row.updatedAt,
      row.address,
      row.lines,
      revision,
    )
    return { ...order, revision }
  }
  return {
    name: 'raw',
    get: async (at) => decodeRow(get.get(TENANT, orderIdOf(at)) as unknown as SqliteRow),
    page: async (at) =>
      (page.all(TENANT, STATUSES[0], placedAt(at).getTime(), PAGE) as unknown as SqliteRow[]).map(
        decodeRow,
      ),
    put: async (order) => write(put, order),
    create: async (order) => write(create, order),
    update: async (at, total) =>
      decodeRow(update.get(total, randomUUID(), TENANT, orderIdOf(at)) as unknown as SqliteRow),
  }
}
