import { randomUUID } from 'node:crypto'
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import { Kysely, SqliteDialect } from 'kysely'
import { orderIdOf, placedAt, STATUSES, TENANT } from './order.ts'
import { type OrderStore, PAGE } from './order-store.ts'
import { decodeRow, encodeRow, type SqliteRow } from './sqlite-raw.ts'

/** Keeps statements by their text. Neither peer does so itself, so this flatters both. */
export const statementCache = (database: DatabaseSync): ((sql: string) => StatementSync) => {
  const statements = new Map<string, StatementSync>()
  return (sql) => {
    let statement = statements.get(sql)
    if (statement === undefined) statements.set(sql, (statement = database.prepare(sql)))
    return statement
  }
}

/** Kysely over `node:sqlite`. */
export const kyselyOrders = (database: DatabaseSync): OrderStore => {
  const prepare = statementCache(database)
  const db = new Kysely<{ orders: SqliteRow }>({
    dialect: new SqliteDialect({
      database: {
        close: () => {},
        prepare: (sql) => {
          const statement = prepare(sql)
          const values = (given: readonly unknown[]) => given as readonly SQLInputValue[]
          return {
            reader: statement.columns().length > 0,
            all: (given) => statement.all(...values(given)),
            run: (given) => statement.run(...values(given)),
            iterate: (given) => statement.iterate(...values(given)),
          }
        },
      },
    }),
  })
  const insert = (row: SqliteRow) => db.insertInto('orders').values(row)
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
        .where('placedAt', '>=', placedAt(at).getTime())
        .orderBy('placedAt')
        .orderBy('orderId')
        .limit(PAGE)
        .execute()
      return rows.map(decodeRow)
    },
    put: async (order) => {
      const row = encodeRow(order, randomUUID())
      const { tenantId: _, orderId: __, ...rest } = row
      await insert(row)
        .onConflict((conflict) => conflict.columns(['tenantId', 'orderId']).doUpdateSet(rest))
        .execute()
      return { ...order, revision: row.revision }
    },
    create: async (order) => {
      const row = encodeRow(order, randomUUID())
      await insert(row).execute()
      return { ...order, revision: row.revision }
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
