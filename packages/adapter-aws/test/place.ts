import { randomBytes } from 'node:crypto'
import type { ChangeDriver, Driver, SegmentDriver } from '@holdfast/core/driver'
import { DYNAMODB_CLIENT, type DynamodbEngine, startDynamodb } from '@holdfast/engines'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { beforeAll } from 'vitest'
import { dynamodb, type DynamodbOptions } from '../src/index.ts'

/** Tables of their own on a DynamoDB Local. */
export interface TestPlace {
  readonly prefix: string
  readonly endpoint: () => string
  /** Another driver on the same tables. */
  readonly open: (options?: DynamodbOptions) => ChangeDriver & SegmentDriver
  /** The vendor's own client. */
  readonly client: () => DynamoDBClient
}

/** Starts what the tests of a file share. Call it once, at the top of the file. */
export const testPlace = (): TestPlace => {
  let engine: DynamodbEngine
  let client: DynamoDBClient
  const prefix = `t${randomBytes(4).toString('hex')}-`
  const opened: Driver[] = []
  beforeAll(async () => {
    engine = await startDynamodb()
    client = new DynamoDBClient({ ...DYNAMODB_CLIENT, endpoint: engine.endpoint, maxAttempts: 1 })
    return async () => {
      for (const driver of opened) await driver.close()
      client.destroy()
      await engine.stop()
    }
  })
  return {
    prefix,
    endpoint: () => engine.endpoint,
    open: (options) => {
      const driver = dynamodb({
        ...DYNAMODB_CLIENT,
        endpoint: engine.endpoint,
        tablePrefix: prefix,
        pollMs: 20,
        ...options,
      })
      opened.push(driver)
      return driver
    },
    client: () => client,
  }
}
