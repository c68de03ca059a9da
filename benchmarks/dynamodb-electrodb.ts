import { randomUUID } from 'node:crypto'
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { Entity } from 'electrodb'
import { createTable } from './dynamodb-raw.ts'
import { type Order, orderIdOf, placedAt, STATUSES, TENANT } from './order.ts'
import type { OrderStore } from './order-store.ts'

const table = `electrodb-orders-${randomUUID()}`

/** Makes the table of `electrodbOrders`. */
export const createElectrodbTable = (client: DynamoDBClient): Promise<void> =>
  createTable(client, table, ['pk', 'sk', 'gsi1pk', 'gsi1sk'])

const text = { type: 'string', required: true } as const
const number = { type: 'number', required: true } as const

const declare = (client: DynamoDBClient) =>
  new Entity(
    {
      model: { entity: 'order', version: '1', service: 'bench' },
      attributes: {
        tenantId: text,
        orderId: text,
        customerId: text,
        status: { type: STATUSES, required: true },
        currency: text,
        total: number,
        discount: number,
        quantity: number,
        isGift: { type: 'boolean', required: true },
        placedAt: text,
        updatedAt: text,
        address: {
          type: 'map',
          required: true,
          properties: { street: text, city: text, postcode: text },
        },
        lines: {
          type: 'list',
          required: true,
          items: { type: 'map', properties: { sku: text, count: number, price: number } },
        },
        revision: text,
      },
      indexes: {
        byId: {
          pk: { field: 'pk', composite: ['tenantId'] },
          sk: { field: 'sk', composite: ['orderId'] },
        },
        byStatus: {
          index: 'byStatus',
          pk: { field: 'gsi1pk', composite: ['tenantId', 'status'] },
          sk: { field: 'gsi1sk', composite: ['placedAt', 'orderId'] },
        },
      },
    },
    { client, table },
  )

interface Item {
  readonly placedAt: string
  readonly updatedAt: string
}

const decode = <T extends Item>(item: T) => ({
  ...item,
  placedAt: new Date(item.placedAt),
  updatedAt: new Date(item.updatedAt),
})

/** ElectroDB with the same conditions. Dates are turned into text beside it, which it leaves to its users. */
export const electrodbOrders = (client: DynamoDBClient, limit: number): OrderStore => {
  const orders = declare(client)
  const put = async (order: Order) => {
    const revision: string = randomUUID()
    await orders
      .put({
        ...order,
        address: { ...order.address },
        lines: [...order.lines],
        placedAt: order.placedAt.toISOString(),
        updatedAt: order.updatedAt.toISOString(),
        revision,
      })
      .where(
        (at, op) =>
          `${op.notExists(at.orderId)} OR (${op.ne(at.revision, revision)} AND ${op.ne(at.status, 'cancelled')})`,
      )
      .go()
    return { ...order, revision }
  }
  return {
    name: 'electrodb',
    async get(at) {
      const { data } = await orders
        .get({ tenantId: TENANT, orderId: orderIdOf(at) })
        .go({ consistent: true })
      return data && decode(data)
    },
    async page(at) {
      const { data } = await orders.query
        .byStatus({ tenantId: TENANT, status: STATUSES[0] })
        .gte({ placedAt: placedAt(at).toISOString() })
        .go({ limit })
      return data.map(decode)
    },
    put,
    create: put,
    async update(at, total) {
      const revision: string = randomUUID()
      const { data } = await orders
        .patch({ tenantId: TENANT, orderId: orderIdOf(at) })
        .set({ total, revision })
        .where((is, op) => `${op.ne(is.revision, revision)} AND ${op.ne(is.status, 'cancelled')}`)
        .go({ response: 'all_new' })
      return decode(data as Item)
    },
  }
}
