import { randomUUID } from 'node:crypto'
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import {
  boolean,
  Entity,
  GetItemCommand,
  item,
  list,
  map,
  number,
  PutItemCommand,
  QueryCommand,
  string,
  Table,
  UpdateItemCommand,
} from 'dynamodb-toolbox'
import { createTable } from './dynamodb-raw.ts'
import { type Order, orderIdOf, placedAt, STATUSES, TENANT } from './order.ts'
import type { OrderStore } from './order-store.ts'

const name = `toolbox-orders-${randomUUID()}`

/** Makes the table of `toolboxOrders`. */
export const createToolboxTable = (client: DynamoDBClient): Promise<void> =>
  createTable(client, name, ['pk', 'sk', 'gsi1pk', 'gsi1sk'])

const declare = (client: DynamoDBClient) => {
  const table = new Table({
    name,
    documentClient: DynamoDBDocumentClient.from(client),
    partitionKey: { name: 'pk', type: 'string' },
    sortKey: { name: 'sk', type: 'string' },
    indexes: {
      byStatus: {
        type: 'global',
        partitionKey: { name: 'gsi1pk', type: 'string' },
        sortKey: { name: 'gsi1sk', type: 'string' },
      },
    },
  })
  const orders = new Entity({
    name: 'order',
    table,
    timestamps: false,
    computeKey: ({ tenantId, orderId }: { tenantId: string; orderId: string }) => ({
      pk: tenantId,
      sk: orderId,
    }),
    schema: item({
      tenantId: string().key(),
      orderId: string().key(),
      customerId: string(),
      status: string().enum(...STATUSES),
      currency: string(),
      total: number(),
      discount: number(),
      quantity: number(),
      isGift: boolean(),
      placedAt: string(),
      updatedAt: string(),
      address: map({ street: string(), city: string(), postcode: string() }),
      lines: list(map({ sku: string(), count: number(), price: number() })),
      revision: string(),
      gsi1pk: string().hidden().optional(),
      gsi1sk: string().hidden().optional(),
    }),
  })
  return { table, orders }
}

interface Item {
  readonly placedAt: string
  readonly updatedAt: string
}

const decode = <T extends Item>(one: T) => ({
  ...one,
  placedAt: new Date(one.placedAt),
  updatedAt: new Date(one.updatedAt),
})

/** dynamodb-toolbox with the same conditions. Dates and keys of indexes are made beside it. */
export const toolboxOrders = (client: DynamoDBClient, limit: number): OrderStore => {
  const { table, orders } = declare(client)
  const put = async (order: Order) => {
    const revision = randomUUID()
    const placed = order.placedAt.toISOString()
    await orders
      .build(PutItemCommand)
      .item({
        ...order,
        placedAt: placed,
        updatedAt: order.updatedAt.toISOString(),
        revision,
        gsi1pk: `${order.tenantId}#${order.status}`,
        gsi1sk: `${placed}#${order.orderId}`,
      })
      .options({
        condition: {
          or: [
            { attr: 'orderId', exists: false },
            {
              and: [
                { attr: 'revision', ne: revision },
                { attr: 'status', ne: 'cancelled' },
              ],
            },
          ],
        },
      })
      .send()
    return { ...order, revision }
  }
  return {
    name: 'dynamodb-toolbox',
    async get(at) {
      const { Item } = await orders
        .build(GetItemCommand)
        .key({ tenantId: TENANT, orderId: orderIdOf(at) })
        .options({ consistent: true })
        .send()
      return Item && decode(Item)
    },
    async page(at) {
      const { Items = [] } = await table
        .build(QueryCommand)
        .entities(orders)
        .query({
          index: 'byStatus',
          partition: `${TENANT}#${STATUSES[0]}`,
          range: { gte: placedAt(at).toISOString() },
        })
        .options({ limit, showEntityAttr: false })
        .send()
      return Items.map((one) => decode(one))
    },
    put,
    create: put,
    async update(at, total) {
      const revision = randomUUID()
      const { Attributes } = await orders
        .build(UpdateItemCommand)
        .item({ tenantId: TENANT, orderId: orderIdOf(at), total, revision })
        .options({
          returnValues: 'ALL_NEW',
          condition: {
            and: [
              { attr: 'orderId', exists: true },
              { attr: 'revision', ne: revision },
              { attr: 'status', ne: 'cancelled' },
            ],
          },
        })
        .send()
      return decode(Attributes as unknown as Item)
    },
  }
}
