import type { ChangeDriver, SegmentDriver } from '@holdfast/core/driver'
import { Connection } from './connection.ts'
import { makeDriver } from './driver.ts'
import type { DynamodbOptions } from './options.ts'
import { loadStreams } from './sdk-streams.ts'

export type { AwsCredentials, DynamodbClient, DynamodbOptions } from './options.ts'

/** A store in Amazon DynamoDB. Loads the vendor's client, and connects, on the first call. */
export const dynamodb = (options: DynamodbOptions = {}): ChangeDriver & SegmentDriver =>
  makeDriver({
    dynamo: new Connection({
      load: () => import('./sdk.ts'),
      given: options.client,
      config: options,
    }),
    streamed: options.streams ?? true,
    streams: new Connection({
      load: loadStreams,
      given: options.streamsClient,
      config: options.client === undefined ? options : { ...options, like: options.client },
    }),
    tablePrefix: options.tablePrefix ?? '',
    pollMs: options.pollMs ?? 500,
  })
