import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  Decimal,
  type EntityModel,
  type FieldModel,
  type IndexModel,
  type Key,
  type Kind,
  type PutWrite,
  type QueryRequest,
  type SweepingDriver,
} from '@holdfast/core/driver'
import { createDatabase, type Engine, startPostgres } from '@holdfast/engines'
import { PGlite } from '@electric-sql/pglite'
import { expect } from 'vitest'
import { pglite, postgres, sqlite } from '../src/index.ts'

// Its value is private, so that any two would be equal.
expect.addEqualityTesters([
  (a: unknown, b: unknown) =>
    Decimal.isDecimal(a) && Decimal.isDecimal(b) ? a.equals(b) : undefined,
])

/** A fresh store of each kind. */
export interface TestStore {
  readonly name: string
  readonly open: () => Promise<{
    readonly driver: SweepingDriver
    readonly close: () => Promise<void>
  }>
}

let client: Promise<PGlite> | undefined

/** The three stores; `engine` answers the server they share, started by the caller. */
export const stores = (engine: () => Engine): readonly TestStore[] => [
  {
    name: 'sqlite',
    open: async () => {
      const folder = mkdtempSync(join(tmpdir(), 'holdfast-sql-'))
      const driver = sqlite({ file: join(folder, 'test.db') })
      return {
        driver,
        close: async () => {
          await driver.close()
          rmSync(folder, { recursive: true })
        },
      }
    },
  },
  {
    name: 'pglite',
    open: async () => {
      // Starting one takes seconds.
      client ??= PGlite.create()
      const mine = await client
      await mine.exec('DROP SCHEMA public CASCADE; CREATE SCHEMA public')
      const driver = pglite({ client: mine })
      return { driver, close: () => driver.close() }
    },
  },
  {
    name: 'postgres',
    open: async () => {
      const driver = postgres({ connectionString: await createDatabase(engine().url) })
      return { driver, close: () => driver.close() }
    },
  },
]

export { createDatabase, startPostgres }

type Fields = Readonly<Record<string, Kind | `${Kind}?`>>

/** An entity model in short: `'string?'` is an optional string. */
export const model = (
  name: string,
  fields: Fields,
  key: { readonly partition: readonly string[]; readonly sort: readonly string[] },
  indexes: readonly IndexModel[] = [],
  expiresAt?: string,
): EntityModel => ({
  name,
  group: name,
  fields: Object.fromEntries(
    Object.entries(fields).map(([field, kind]): [string, FieldModel] => [
      field,
      { name: field, kind: kind.replace('?', '') as Kind, optional: kind.endsWith('?') },
    ]),
  ),
  key,
  indexes: Object.fromEntries(indexes.map((index) => [index.name, index])),
  version: undefined,
  expiresAt,
  sensitive: [],
})

let made = 0
/** A write id, greater than all before. */
export const nextId = (lane = 'A'): string => `00${String((made += 1)).padStart(19, '0')}${lane}`

export const put = (
  entity: EntityModel,
  value: Record<string, unknown>,
  more: Partial<PutWrite> = {},
): PutWrite => ({
  kind: 'put',
  entity,
  key: [...entity.key.partition, ...entity.key.sort].map((field) => value[field]) as Key,
  id: nextId(),
  expect: 'any',
  value,
  ...more,
})

export const request = (entity: EntityModel, more: Partial<QueryRequest> = {}): QueryRequest => ({
  entity,
  index: undefined,
  partition: undefined,
  prefix: [],
  range: undefined,
  descending: false,
  filter: undefined,
  after: undefined,
  limit: 100,
  count: false,
  consistency: 'strong',
  ...more,
})
