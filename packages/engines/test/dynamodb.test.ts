import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { CreateTableCommand, DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb'
import { DYNAMODB_CLIENT, type DynamodbEngine, startDynamodb } from '@holdfast/engines'
import { afterEach, beforeAll, expect, test, vi } from 'vitest'

let engine: DynamodbEngine
beforeAll(async () => {
  engine = await startDynamodb()
  return () => engine.stop()
})
afterEach(() => vi.unstubAllEnvs())

const tablesAt = async (endpoint: string): Promise<string[]> => {
  const client = new DynamoDBClient({ ...DYNAMODB_CLIENT, endpoint, maxAttempts: 1 })
  try {
    return (await client.send(new ListTablesCommand())).TableNames ?? []
  } finally {
    client.destroy()
  }
}

test('every client sees the same tables', async () => {
  expect(engine.description).toMatch(/^DynamoDB Local/)
  const client = new DynamoDBClient({
    endpoint: engine.endpoint,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'another', secretAccessKey: 'another' },
  })
  await client.send(
    new CreateTableCommand({
      TableName: 'seen-by-all',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  )
  client.destroy()
  expect(await tablesAt(engine.endpoint)).toContain('seen-by-all')
})

test('a server named in the environment is used, and outlives its stop', async () => {
  vi.stubEnv('HOLDFAST_DYNAMODB_ENDPOINT', engine.endpoint)
  const named = await startDynamodb()
  expect(named.endpoint).toBe(engine.endpoint)
  await named.stop()
  await expect(tablesAt(engine.endpoint)).resolves.toBeInstanceOf(Array)
})

// A machine whose server is named, or that runs containers, starts no jar.
const startsJar = /from npm/
test('a machine without Java is told the ways out', async ({ skip }) => {
  if (!startsJar.test(engine.description)) skip()
  vi.stubEnv('JAVA_HOME', '/no/java/here')
  await expect(startDynamodb()).rejects.toThrow(/Java 17 .* JAVA_HOME.*HOLDFAST_DYNAMODB_ENDPOINT/)
})

test('a stopped server is gone when stop resolves', async ({ skip }) => {
  if (!startsJar.test(engine.description)) skip()
  const other = await startDynamodb()
  await other.stop()
  await expect(tablesAt(other.endpoint)).rejects.toThrow('ECONNREFUSED')
})

test('a server that nobody stopped ends with the process that started it', async ({ skip }) => {
  if (!startsJar.test(engine.description)) skip()
  const program = `
    const { startDynamodb } = await import(${JSON.stringify(import.meta.resolve('@holdfast/engines'))})
    console.log((await startDynamodb()).endpoint)
    process.kill(process.pid, 'SIGKILL')`
  const ended = promisify(execFile)(process.execPath, ['--input-type=module', '-e', program])
  const { stdout } = await ended.catch((error: unknown) => error as { stdout: string })
  expect(stdout).toMatch(/^http/)
  await vi.waitFor(() => expect(tablesAt(stdout.trim())).rejects.toThrow('ECONNREFUSED'), {
    timeout: 30_000,
    interval: 100,
  })
})
