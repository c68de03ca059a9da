import { randomUUID } from 'node:crypto'
import { CreateTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb'
import {
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb'
import { type Order, orderIdOf, placedAt, STATUSES, type StoredOrder, TENANT } from './order.ts'
import type { OrderStore } from './order-store.ts'

/** Makes a table with a string key of two parts and one index, and keys as the variants name them. */
export const createTable = async (
  client: DynamoDBClient,
  TableName: string,
  names: readonly [string, string, string, string],
): Promise<void> => {
  const [pk, sk, indexPk, indexSk] = names
  const schema = (hash: string, range: string) =>
    [
      { AttributeName: hash, KeyType: 'HASH' },
      { AttributeName: range, KeyType: 'RANGE' },
    ] as const
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: names.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      KeySchema: [...schema(pk, sk)],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'byStatus',
          KeySchema: [...schema(indexPk, indexSk)],
          Projection: { ProjectionType: 'ALL' },
        },
      ],
    }),
  )
}

// Runs may share a server.
const TableName = `raw-orders-${randomUUID()}`

/** Makes the table of `rawOrders`. */
export const createRawTable = (client: DynamoDBClient): Promise<void> =>
  createTable(client, TableName, ['tenantId', 'orderId', 'tenantStatus', 'placedOrder'])

type Item = Record<string, unknown> & StoredOrder

const encode = (order: Order, revision: string): Record<string, unknown> => {
  const placed = order.placedAt.toISOString()
  return {
    tenantId: order.tenantId,
    orderId: order.orderId,
    customerId: order.customerId,
    status: order.status,
    currency: order.currency,
    total: order.total,
    discount: order.discount,
    quantity: order.quantity,
    isGift: order.isGift,
    placedAt: placed,
    updatedAt: order.updatedAt.toISOString(),
    address: order.address,
    lines: order.lines,
    revision,
    tenantStatus: `${order.tenantId}#${order.status}`,
    placedOrder: `${placed}#${order.orderId}`,
  }
}

const decode = (item: Item): StoredOrder => ({
  tenantId: item.tenantId,
  orderId: item.orderId,
  customerId: item.customerId,
  status: item.status,
  currency: item.currency,
  total: item.total,
  discount: item.discount,
  quantity: item.quantity,
  isGift: item.isGift,
  placedAt: new Date(item.placedAt),
  updatedAt: new Date(item.updatedAt),
  address: item.address,
  lines: item.lines,
  revision: item.revision,
})

// The version must be older, and what is cancelled stays so: what Holdfast's guard and policy ask.
const NAMES = { '#r': 'revision', '#s': 'status' }
const GUARD = '#r <> :r AND #s <> :final'
const guarded = (revision: string) => ({
  ExpressionAttributeValues: { ':r': revision, ':final': 'cancelled' },
  ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
})

/** The document client, with the conditions that Holdfast sends, written by hand. */
export const rawOrders = (client: DynamoDBClient, limit: number): OrderStore => {
  const documents = DynamoDBDocumentClient.from(client)
  const put = async (order: Order, ConditionExpression: string): Promise<StoredOrder> => {
    const revision = randomUUID()
    const Item = encode(order, revision)
    const ExpressionAttributeNames = NAMES
    await documents.send(
      new PutCommand({
        TableName,
        Item,
        ConditionExpression,
        ExpressionAttributeNames,
        ...guarded(revision),
      }),
    )
    return { ...order, revision }
  }
  return {
    name: 'raw',
    async get(at) {
      const Key = { tenantId: TENANT, orderId: orderIdOf(at) }
      const { Item } = await documents.send(
        new GetCommand({ TableName, Key, ConsistentRead: true }),
      )
      return Item && decode(Item as Item)
    },
    async page(at) {
      const { Items = [] } = await documents.send(
        new QueryCommand({
          TableName,
          IndexName: 'byStatus',
          KeyConditionExpression: 'tenantStatus = :p AND placedOrder >= :s',
          ExpressionAttributeValues: {
            ':p': `${TENANT}#${STATUSES[0]}`,
            ':s': placedAt(at).toISOString(),
          },
          Limit: limit,
        }),
      )
      return Items.map((item) => decode(item as Item))
    },
    put: (order) => put(order, `attribute_not_exists(orderId) OR (${GUARD})`),
    create: (order) => put(order, `attribute_not_exists(orderId) OR (${GUARD})`),
    async update(at, total) {
      const revision = randomUUID()
      const { ExpressionAttributeValues, ...rest } = guarded(revision)
      const { Attributes } = await documents.send(
        new UpdateCommand({
          TableName,
          Key: { tenantId: TENANT, orderId: orderIdOf(at) },
          UpdateExpression: 'SET #t = :t, #r = :r',
          ConditionExpression: `attribute_exists(orderId) AND ${GUARD}`,
          ExpressionAttributeNames: { ...NAMES, '#t': 'total' },
          ExpressionAttributeValues: { ...ExpressionAttributeValues, ':t': total },
          ReturnValues: 'ALL_NEW',
          ...rest,
        }),
      )
      return decode(Attributes as Item)
    },
  }
}
