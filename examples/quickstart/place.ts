import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { dynamodb } from '@holdfast/adapter-aws'
import { firestore } from '@holdfast/adapter-gcp'
import { postgres, sqlite } from '@holdfast/adapter-sql'
import type { Driver } from '@holdfast/core'

/** Where the example keeps its records. An application has one line instead: its adapter. */
export interface Place {
  adapter(): Driver
  dispose(): Promise<void>
}

const onSqlite = async (): Promise<Place> => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-'))
  return {
    adapter: () => sqlite({ file: join(folder, 'orders.db') }),
    dispose: () => rm(folder, { recursive: true }),
  }
}

const onPostgres = async (): Promise<Place> => {
  const { createDatabase, startPostgres } = await import('@holdfast/engines')
  const engine = await startPostgres()
  const connectionString = await createDatabase(engine.url)
  return { adapter: () => postgres({ connectionString }), dispose: () => engine.stop() }
}

const onDynamodb = async (): Promise<Place> => {
  const { DYNAMODB_CLIENT, startDynamodb } = await import('@holdfast/engines')
  const engine = await startDynamodb()
  const options = { ...DYNAMODB_CLIENT, endpoint: engine.endpoint, tablePrefix: `${randomUUID()}-` }
  return { adapter: () => dynamodb(options), dispose: () => engine.stop() }
}

const onFirestore = async (): Promise<Place> => {
  const { FIRESTORE_CLIENT, startFirestore } = await import('@holdfast/engines')
  const engine = await startFirestore()
  const emulatorHost = engine.host
  const options = { ...FIRESTORE_CLIENT, emulatorHost, collectionPrefix: `${randomUUID()}-` }
  return { adapter: () => firestore(options), dispose: () => engine.stop() }
}

const PLACES: Readonly<Record<string, () => Promise<Place>>> = {
  sqlite: onSqlite,
  postgres: onPostgres,
  dynamodb: onDynamodb,
  firestore: onFirestore,
}

/** Makes the place that `--store` names: `sqlite` (the default), or `postgres`, `dynamodb` or `firestore`, which it starts. */
export const openPlace = (args: readonly string[]): Promise<Place> => {
  const { values } = parseArgs({
    args: [...args],
    options: { store: { type: 'string', default: 'sqlite' } },
  })
  const make = PLACES[values.store]
  if (make === undefined)
    throw new Error(`--store must be one of ${Object.keys(PLACES).join(', ')}`)
  return make()
}
