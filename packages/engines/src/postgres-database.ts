import { randomBytes } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import pg from 'pg'

// SQLSTATE of a server that is about to be ready. Any other answer, such as a wrong password, is final.
const STARTING = '57P03'

const run = async (url: string, sql: string): Promise<void> => {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 })
  // A server that is stopping ends idle connections; the query itself reports what matters.
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query(sql)
  } finally {
    await client.end()
  }
}

/** Makes an empty database with a name of its own and returns its connection string: one per test file. */
export const createDatabase = async (url: string): Promise<string> => {
  const name = `holdfast_${randomBytes(6).toString('hex')}`
  await run(url, `create database ${name}`)
  const created = new URL(url)
  created.pathname = `/${name}`
  return created.href
}

/**
 * Waits until the server answers a query.
 * @param check called between tries; throws when waiting on is of no use.
 */
export const untilReady = async (url: string, check: () => void = () => {}): Promise<void> => {
  const deadline = Date.now() + 60_000
  for (;;) {
    check()
    try {
      return await run(url, 'select 1')
    } catch (error) {
      if (error instanceof pg.DatabaseError && error.code !== STARTING) throw error
      if (Date.now() > deadline)
        throw new Error('PostgreSQL did not answer within a minute.', { cause: error })
    }
    await setTimeout(25)
  }
}
