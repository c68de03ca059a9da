import { randomBytes } from 'node:crypto'
import {
  type ChangeDriver,
  Decimal,
  type Driver,
  type EntityModel,
  type FieldModel,
  type IndexModel,
  type Key,
  type Kind,
  type PatchWrite,
  type PutWrite,
  type QueryRequest,
  type SegmentDriver,
} from '@holdfast/core/driver'
import { DYNAMODB_CLIENT, type DynamodbEngine, startDynamodb } from '@holdfast/engines'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { beforeAll, expect } from 'vitest'
import { dynamodb, type DynamodbOptions } from '../src/index.ts'

// Its value is private, so that any two would be equal.
expect.addEqualityTesters([
  (a: unknown, b: unknown) =>
    Decimal.isDecimal(a) && Decimal.isDecimal(b) ? a.equals(b) : undefined,
])

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

/** A model from `{ field: kind }`; a kind that ends in `?` is optional. */
export const model = (
  name: string,
  kinds: Readonly<Record<string, Kind | `${Kind}?`>>,
  key: EntityModel['key'],
  more: Partial<Omit<EntityModel, 'indexes'>> & { readonly indexes?: readonly IndexModel[] } = {},
): EntityModel => ({
  name,
  group: name,
  fields: Object.fromEntries(
    Object.entries(kinds).map(([field, kind]): [string, FieldModel] => [
      field,
      { name: field, kind: kind.replace('?', '') as Kind, optional: kind.endsWith('?') },
    ]),
  ),
  key,
  version: undefined,
  expiresAt: undefined,
  sensitive: [],
  ...more,
  indexes: Object.fromEntries((more.indexes ?? []).map((index) => [index.name, index])),
})

/** A version: the later `at`, the greater. */
export const id = (at: number, lane = 'A'): string => `00${String(at).padStart(19, '0')}${lane}`

type Given<W> = Partial<Omit<W, 'kind' | 'entity'>> & { readonly key: Key; readonly id: string }

/** A put that takes the record as it is. */
export const put = (
  entity: EntityModel,
  given: Given<PutWrite> & Pick<PutWrite, 'value'>,
): PutWrite => ({ kind: 'put', entity, expect: 'any', ...given })

/** A patch of a record that must be there. */
export const patch = (entity: EntityModel, given: Given<PatchWrite>): PatchWrite => ({
  kind: 'patch',
  entity,
  set: {},
  remove: [],
  increment: {},
  ...given,
  expect: 'present',
})

/** A query of a whole partition along the key. */
export const request = (entity: EntityModel, given: Partial<QueryRequest> = {}): QueryRequest => ({
  entity,
  index: undefined,
  partition: ['p'],
  prefix: [],
  range: undefined,
  descending: false,
  filter: undefined,
  after: undefined,
  limit: 100,
  count: false,
  consistency: 'strong',
  ...given,
})
