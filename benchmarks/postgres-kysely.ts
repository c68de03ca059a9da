import { randomUUID } from 'node:crypto'
import { Kysely, PostgresDialect } from 'kysely'
import type { Pool } from 'pg'
import { type Order, orderIdOf, placedAt, STATUSES, TENANT } from './order.ts'
import { type OrderStore, PAGE } from './order-store.ts'
import { decodeRow, type PostgresRow } from './postgres-raw.ts'

type Inserted = Omit<PostgresRow, 'address' | 'lines'> & { address: string; lines: string }

// `pg` sends a list as a PostgreSQL array, so JSON goes in as text.
const encode = (order: Order, revision: string): Inserted => ({
  ...order,
  quantity: String(order.quantity),
  address: JSON.stringify(order.address),
  lines: JSON.stringify(order.lines),
  revision,
})

/** Kysely over `pg`. */
export const kyselyOrders = (pool: Pool): OrderStore => {
  const db = new Kysely<{ orders: PostgresRow }>({ dialect: new PostgresDialect({ pool }) })
  const insert = (order: Order, revision: string) =>
    db.insertInto('orders').values(encode(order, revision) as unknown as PostgresRow)
  return {
    name: 'kysely',
    get: async (at) =>
      decodeRow(
        await db
          .selectFrom('orders')
          .selectAll()
          .where('tenantId', '=', TENANT)
          .where('orderId', '=', orderIdOf(at))
          .executeTakeFirstOrThrow(),
      ),
    page: async (at) => {
      const rows = await db
        .selectFrom('orders')
        .selectAll()
        .where('tenantId', '=', TENANT)
        .where('status', '=', STATUSES[0])
        .where('placedAt', '>=', placedAt(at))
        .orderBy('placedAt')
        .orderBy('orderId')
        .limit(PAGE)
        .execute()
      return rows.map(decodeRow)
    },
    put: async (order) => {
      const revision = randomUUID()
      const { tenantId: _, orderId: __, ...set } = encode(order, revision)
      await insert(order, revision)
        .onConflict((conflict) =>
          conflict
            .columns(['tenantId', 'orderId'])
            .doUpdateSet(set as unknown as Partial<PostgresRow>),
        )
        .execute()
      return { ...order, revision }
    },
    create: async (order) => {
      const revision = randomUUID()
      await insert(order, revision).execute()
      return { ...order, revision }
    },
    update: async (at, total) =>
      decodeRow(
        await db
          .updateTable('orders')
          .set({ total, revision: randomUUID() })
          .where('tenantId', '=', TENANT)
          .where('orderId', '=', orderIdOf(at))
          .returningAll()
          .executeTakeFirstOrThrow(),
      ),
  }
}
