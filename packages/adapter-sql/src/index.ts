import type { SweepingDriver } from '@holdfast/core/driver'
import { pgConnection } from './connection/pg.ts'
import { pgliteConnection } from './connection/pglite.ts'
import { sqliteConnection } from './connection/sqlite.ts'
import { postgresDialect } from './dialect/postgres.ts'
import { sqliteDialect } from './dialect/sqlite.ts'
import { makeDriver } from './driver.ts'
import { classifyPostgres, classifySqlite } from './errors.ts'
import type { PgliteOptions, PostgresOptions, SqliteOptions } from './options.ts'

export type {
  PgliteClient,
  PgliteOptions,
  PgPool,
  PostgresOptions,
  SqliteOptions,
} from './options.ts'

/** A store in a SQLite file, or in memory, by Node's own `node:sqlite`. Opens on the first call. */
export const sqlite = (options: SqliteOptions): SweepingDriver =>
  makeDriver({
    name: 'sqlite',
    dialect: sqliteDialect,
    connection: sqliteConnection(options),
    classify: classifySqlite,
  })

/** A store in PostgreSQL 13 or later, by `pg`. Connects on the first call. */
export const postgres = (options: PostgresOptions = {}): SweepingDriver =>
  makeDriver({
    name: 'postgres',
    dialect: postgresDialect(options.schema),
    connection: pgConnection(options),
    classify: classifyPostgres,
  })

/** A store in PGlite, which is PostgreSQL inside this process. Opens on the first call. */
export const pglite = (options: PgliteOptions = {}): SweepingDriver =>
  makeDriver({
    name: 'pglite',
    dialect: postgresDialect(undefined),
    connection: pgliteConnection(options),
    classify: classifyPostgres,
  })
