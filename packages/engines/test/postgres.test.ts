import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { createDatabase, startPostgres, type Engine } from '@holdfast/engines'
import pg from 'pg'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'

const query = async (url: string, sql: string): Promise<Record<string, unknown>[]> => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows
  } finally {
    await client.end()
  }
}

let engine: Engine
beforeAll(async () => {
  engine = await startPostgres()
})
afterAll(() => engine.stop())

test('the server answers and says what it is', async () => {
  expect(engine.description).toMatch(/^PostgreSQL/)
  expect(await query(engine.url, 'select 1 as one')).toEqual([{ one: 1 }])
})

test('each database is empty and its own', async () => {
  const [first, second] = await Promise.all([
    createDatabase(engine.url),
    createDatabase(engine.url),
  ])
  expect(first).not.toBe(second)
  await query(first, 'create table only_here (id int)')
  const tables = "select tablename from pg_tables where schemaname = 'public'"
  expect(await query(first, tables)).toEqual([{ tablename: 'only_here' }])
  expect(await query(second, tables)).toEqual([])
})

test('a wrong password for the named server is reported at once', async () => {
  const url = new URL(engine.url)
  url.password = 'wrong'
  vi.stubEnv('HOLDFAST_POSTGRES_URL', url.href)
  try {
    await expect(startPostgres()).rejects.toThrow('password authentication failed')
  } finally {
    vi.unstubAllEnvs()
  }
})

test.skipIf(process.env['HOLDFAST_POSTGRES_URL'] !== undefined)(
  'a server that nobody stopped ends with the process that started it',
  async () => {
    const program = `
      const { startPostgres } = await import(${JSON.stringify(import.meta.resolve('@holdfast/engines'))})
      console.log((await startPostgres()).url)
      process.exit()`
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--input-type=module',
      '-e',
      program,
    ])
    await vi.waitFor(
      () => expect(query(stdout.trim(), 'select 1')).rejects.toThrow('ECONNREFUSED'),
      { timeout: 30_000, interval: 100 },
    )
  },
)
