import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
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

const PLACES: Readonly<Record<string, () => Promise<Place>>> = {
  sqlite: onSqlite,
  postgres: onPostgres,
}

/** Makes the place that `--store` names: `sqlite` (the default) or `postgres`, which it starts. */
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
