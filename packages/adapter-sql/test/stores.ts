import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  model as entityModel,
  put as putOf,
  request as requestOf,
  writeId,
} from '@holdfast/contract-tests/models'
import {
  type EntityModel,
  type IndexModel,
  keyOf,
  type PutWrite,
  type QueryRequest,
  type SweepingDriver,
} from '@holdfast/core/driver'
import { createDatabase, type Engine, startPostgres } from '@holdfast/engines'
import { PGlite } from '@electric-sql/pglite'
import { pglite, postgres, sqlite } from '../src/index.ts'

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

/** An entity model in short: `'string?'` is an optional string. */
export const model = (
  name: string,
  kinds: Parameters<typeof entityModel>[1],
  key: EntityModel['key'],
  indexes: readonly IndexModel[] = [],
  expiresAt?: string,
): EntityModel => entityModel(name, kinds, key, { indexes, expiresAt })

let made = 0
/** A write id, greater than all before. */
export const nextId = (lane?: string): string => writeId((made += 1), lane)

/** A put of the next id. */
export const put = (
  entity: EntityModel,
  value: Record<string, unknown>,
  more: Partial<PutWrite> = {},
): PutWrite => putOf(entity, { key: keyOf(entity, value), id: nextId(), value, ...more })

/** A scan, unless a partition is given. */
export const request = (entity: EntityModel, more: Partial<QueryRequest> = {}): QueryRequest =>
  requestOf(entity, { partition: undefined, ...more })
