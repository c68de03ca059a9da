/**
 * The part of `Pool` of `pg` that is used. Written out here so that neither `@types/pg` nor
 * `skipLibCheck` is asked of those who use another store.
 */
export interface PgPool {
  connect(): Promise<{
    query(config: object): Promise<{ readonly rows: unknown[]; readonly rowCount: number | null }>
    release(destroy?: Error | boolean): void
  }>
  end(): Promise<void>
}

/** The part of a `PGlite` that is used. */
export interface PgliteClient {
  query(text: string, params?: unknown[], options?: object): Promise<{ readonly rows: unknown[] }>
  close(): Promise<void>
}

/** Options of `sqlite`. */
export interface SqliteOptions {
  /** Path of the database file, made when absent; `':memory:'` for a database that lives until `close`. */
  readonly file: string
  /**
   * How long a statement waits for another process's write lock, in milliseconds. Default 1000. The
   * wait blocks this process, so keep it short; afterwards the call fails as `THROTTLED` and is
   * repeated by core.
   */
  readonly busyTimeoutMs?: number
}

/** Options of `postgres`. */
export interface PostgresOptions {
  /** A pool of yours, which `close` leaves open. Its sessions must keep `DateStyle` ISO, the default. */
  readonly pool?: PgPool
  /** Where to connect with a pool of our own. Without it, `pg` reads the variables `PGHOST` and so on. */
  readonly connectionString?: string
  /**
   * `'named'` (default) has the server parse and plan each statement once per connection. Use
   * `'unnamed'` behind a pooler that hands connections out per transaction and knows no prepared
   * statements.
   */
  readonly statements?: 'named' | 'unnamed'
  /** Schema of the tables. Default: the session's search path. */
  readonly schema?: string
  /**
   * When the server gives up on a statement, and on a transaction whose process has fallen silent, in
   * milliseconds. Default 10000. Only for a pool of our own.
   */
  readonly statementTimeoutMs?: number
  /**
   * How long to wait for a connection, new or free, in milliseconds. Default 10000. Only for a pool of
   * our own.
   */
  readonly connectTimeoutMs?: number
  /** Most connections of a pool of our own. Default 10. */
  readonly max?: number
}

/** Options of `pglite`. */
export interface PgliteOptions {
  /** A client of yours, which `close` leaves open. */
  readonly client?: PgliteClient
  /** Where a client of our own keeps its data. Default: in memory. */
  readonly dataDir?: string
}
