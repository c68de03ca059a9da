import type { Driver } from '@holdfast/core/driver'
import { Connection } from './connection.ts'
import { makeDriver } from './driver.ts'
import type { DynamodbOptions } from './options.ts'

export type { AwsCredentials, DynamodbClient, DynamodbOptions } from './options.ts'

/** A store in Amazon DynamoDB. Loads the vendor's client, and connects, on the first call. */
export const dynamodb = (options: DynamodbOptions = {}): Driver =>
  makeDriver(
    new Connection({ load: () => import('./sdk.ts'), given: options.client, options }),
    options.tablePrefix ?? '',
  )
