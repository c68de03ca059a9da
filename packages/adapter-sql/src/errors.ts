import { type Classification, isHoldfastError } from '@holdfast/core/driver'

const is = (
  code: Classification['code'],
  outcome: Classification['outcome'] = 'not_applied',
  retryable = false,
): Classification => ({ code, retryable, outcome })

const INTERNAL = is('INTERNAL')
const LOST = is('UNAVAILABLE', 'unknown', true)
const REFUSED = is('UNAVAILABLE', 'not_applied', true)
const ABORTED = is('ABORTED', 'not_applied', true)

/** A `COMMIT` that gave an error: unless the cause says otherwise, it may have been done. */
export class CommitError extends Error {
  override readonly name = 'CommitError'

  constructor(cause: unknown) {
    super('COMMIT failed.', { cause })
  }
}

/** A failure before anything could be applied: while connecting, or ahead of a `COMMIT`. */
export class BeforeCommitError extends Error {
  override readonly name = 'BeforeCommitError'

  constructor(cause: unknown) {
    super('The connection failed before anything was applied.', { cause })
  }
}

/** A transaction that the server ended with `ROLLBACK` when asked to commit. */
export class RolledBackError extends Error {
  override readonly name = 'RolledBackError'
  /** SQLSTATE transaction_rollback. */
  readonly code = '40000'

  constructor() {
    super('The server answered COMMIT with ROLLBACK.')
  }
}

// By SQLSTATE, or else by its class, which is its first two characters:
// https://www.postgresql.org/docs/18/errcodes-appendix.html
const POSTGRES: Readonly<Record<string, Classification>> = {
  '08': LOST,
  '0A': is('UNSUPPORTED'),
  '22': is('INVALID'),
  '23': is('INVALID'),
  '23505': is('ALREADY_EXISTS'),
  '25': ABORTED,
  '25006': REFUSED,
  // A prepared statement is missing, or another has its name: a pooler mixes sessions.
  '26': is('MISCONFIGURED'),
  '42P05': is('MISCONFIGURED'),
  // Another relation has the name of a table or index of ours.
  '42P07': is('MISCONFIGURED'),
  '28': is('UNAUTHENTICATED'),
  '3D': is('MISCONFIGURED'),
  '3F': is('MISCONFIGURED'),
  '40': ABORTED,
  '40003': LOST,
  '42': is('INVALID'),
  '42501': is('PERMISSION_DENIED'),
  '42703': is('MISCONFIGURED'),
  '42704': is('MISCONFIGURED'),
  '42804': is('MISCONFIGURED'),
  '42883': is('MISCONFIGURED'),
  '42P01': is('MISCONFIGURED'),
  '53': is('THROTTLED', 'not_applied', true),
  '53100': is('LIMIT_EXCEEDED'),
  '54': is('LIMIT_EXCEEDED'),
  '55P03': is('TIMEOUT', 'not_applied', true),
  '57014': is('TIMEOUT', 'not_applied', true),
  '57': LOST,
  '57P03': REFUSED,
  '58': LOST,
  XX: is('INTERNAL', 'unknown'),
}

// Errors of the operating system: before a connection stands nothing can have been applied.
const SYSTEM: Readonly<Record<string, Classification>> = {
  ECONNREFUSED: REFUSED,
  ENOTFOUND: REFUSED,
  EAI_AGAIN: REFUSED,
  EHOSTUNREACH: REFUSED,
  ENETUNREACH: REFUSED,
  ENOENT: REFUSED,
  ECONNABORTED: LOST,
  ECONNRESET: LOST,
  EPIPE: LOST,
  ERR_STREAM_DESTROYED: LOST,
  ETIMEDOUT: LOST,
}

// pg gives these no code. The first two are its pool's and its client's wait for a connection.
const MESSAGES: readonly (readonly [RegExp, Classification])[] = [
  [/^timeout exceeded when trying to connect|^timeout expired/, REFUSED],
  [/^Connection terminated|^Client has encountered a connection error|not queryable/, LOST],
  [/^Query read timeout/, is('TIMEOUT', 'unknown', true)],
  [/^Cannot use a pool after calling end|PGlite is clos/, is('MISCONFIGURED')],
]

const codeOf = (error: unknown): string | undefined => {
  const code: unknown =
    typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : undefined
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : '')

/** What an error of PostgreSQL, `pg` or PGlite means. Pure. */
export const classifyPostgres = (error: unknown): Classification => {
  if (isHoldfastError(error)) return error
  if (error instanceof BeforeCommitError)
    return { ...classifyPostgres(error.cause), outcome: 'not_applied' }
  if (error instanceof CommitError) {
    const meaning = classifyPostgres(error.cause)
    const code = codeOf(error.cause)
    const isDefinite = code?.startsWith('23') === true || code?.startsWith('40') === true
    return isDefinite ? meaning : { ...meaning, outcome: 'unknown' }
  }
  const code = codeOf(error)
  if (code !== undefined) {
    const known =
      POSTGRES[code] ?? SYSTEM[code] ?? (code.length === 5 ? POSTGRES[code.slice(0, 2)] : undefined)
    if (known !== undefined) return known
  }
  const message = messageOf(error)
  return MESSAGES.find(([pattern]) => pattern.test(message))?.[1] ?? INTERNAL
}

// By primary result code: https://www.sqlite.org/rescode.html
const SQLITE: Readonly<Record<number, Classification>> = {
  1: is('INTERNAL'), // SQLITE_ERROR
  3: is('PERMISSION_DENIED'), // SQLITE_PERM
  4: ABORTED, // SQLITE_ABORT
  5: is('THROTTLED', 'not_applied', true), // SQLITE_BUSY
  6: is('THROTTLED', 'not_applied', true), // SQLITE_LOCKED
  7: is('THROTTLED', 'not_applied', true), // SQLITE_NOMEM
  8: is('PERMISSION_DENIED'), // SQLITE_READONLY
  9: ABORTED, // SQLITE_INTERRUPT
  10: is('UNAVAILABLE', 'unknown', true), // SQLITE_IOERR
  11: is('INTERNAL', 'unknown'), // SQLITE_CORRUPT
  13: is('LIMIT_EXCEEDED'), // SQLITE_FULL
  14: is('UNAVAILABLE', 'not_applied', true), // SQLITE_CANTOPEN
  17: ABORTED, // SQLITE_SCHEMA
  18: is('LIMIT_EXCEEDED'), // SQLITE_TOOBIG
  19: is('INVALID'), // SQLITE_CONSTRAINT
  20: is('MISCONFIGURED'), // SQLITE_MISMATCH
  23: is('PERMISSION_DENIED'), // SQLITE_AUTH
  26: is('MISCONFIGURED'), // SQLITE_NOTADB
}

// By extended result code, where it says more.
const SQLITE_EXTENDED: Readonly<Record<number, Classification>> = {
  517: ABORTED, // SQLITE_BUSY_SNAPSHOT
  1555: is('ALREADY_EXISTS'), // SQLITE_CONSTRAINT_PRIMARYKEY
  2067: is('ALREADY_EXISTS'), // SQLITE_CONSTRAINT_UNIQUE
  2579: is('ALREADY_EXISTS'), // SQLITE_CONSTRAINT_ROWID
}

/** The extended result code of an error of `node:sqlite`. */
export const sqliteResultCode = (error: unknown): number | undefined => {
  if (codeOf(error) !== 'ERR_SQLITE_ERROR') return undefined
  const { errcode } = error as { readonly errcode?: unknown }
  return typeof errcode === 'number' ? errcode : undefined
}

/** What an error of `node:sqlite` means. Pure. */
export const classifySqlite = (error: unknown): Classification => {
  if (isHoldfastError(error)) return error
  const code = sqliteResultCode(error)
  if (code === undefined) {
    return codeOf(error) === 'ERR_INVALID_STATE' ? is('MISCONFIGURED') : INTERNAL
  }
  if (code === 1 && /^no such (table|column|index)|has no column/.test(messageOf(error)))
    return is('MISCONFIGURED')
  return SQLITE_EXTENDED[code] ?? SQLITE[code & 0xff] ?? INTERNAL
}
