import {
  CreateTableCommand,
  DynamoDBClient,
  ScanCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import { DYNAMODB_CLIENT } from '@holdfast/engines'
import type { Started } from './start.ts'

/** Where the counters are, and how long to wait for them. */
export interface Addresses {
  /** The store itself. */
  readonly direct: string
  /** The store behind the faults. */
  readonly proxied: string
  readonly table: string
  readonly requestTimeoutMs: number
}

/**
 * What most programs do: `ADD` with the retries of the AWS SDK as they come. Only a time limit is set:
 * without one, the first answer that never arrives would hold a caller for ever.
 */
export const sdkCounters = async ({
  direct,
  proxied,
  table,
  requestTimeoutMs,
}: Addresses): Promise<NonNullable<Started['beside']> & { close(): void }> => {
  const straight = new DynamoDBClient({ ...DYNAMODB_CLIENT, endpoint: direct })
  const client = new DynamoDBClient({
    ...DYNAMODB_CLIENT,
    endpoint: proxied,
    requestHandler: { requestTimeout: requestTimeoutMs, throwOnRequestTimeout: true },
  })
  await straight.send(
    new CreateTableCommand({
      TableName: table,
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  )
  return {
    name: 'AWS SDK, ADD with its own retries',
    async increment(key) {
      try {
        await client.send(
          new UpdateItemCommand({
            TableName: table,
            Key: { id: { S: `c${key}` } },
            UpdateExpression: 'ADD hits :one',
            ExpressionAttributeValues: { ':one': { N: '1' } },
          }),
        )
        return 'acknowledged'
      } catch {
        // After several attempts, the last error says nothing of those before.
        return 'unknown'
      }
    },
    async stored() {
      const { Items = [] } = await straight.send(
        new ScanCommand({ TableName: table, ConsistentRead: true }),
      )
      return Items.reduce((sum, { hits }) => sum + Number(hits?.N), 0)
    },
    close: () => {
      straight.destroy()
      client.destroy()
    },
  }
}
