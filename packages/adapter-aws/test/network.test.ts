import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { Classification } from '@holdfast/core/driver'
import { DYNAMODB_CLIENT } from '@holdfast/engines'
import { afterEach, expect, test } from 'vitest'
import { dynamodb, type DynamodbOptions } from '../src/index.ts'
import { model, put, request, writeId as id } from '@holdfast/contract-tests/models'

// What DynamoDB Local never does: a server that answers as each test says.
const entity = model('each', { p: 'string' }, { partition: ['p'], sort: [] })
const write = put(entity, { key: ['p'], id: id(1), value: { p: 'p' } })

let server: Server | undefined
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

const listen = async (answer: RequestListener): Promise<string> => {
  server = createServer(answer)
  const listening = server
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(listening.address() as AddressInfo).port}`
}

/** What one write to that endpoint is taken for. */
const meaning = async (endpoint: string, options?: DynamodbOptions): Promise<Classification> => {
  const driver = dynamodb({ ...DYNAMODB_CLIENT, endpoint, ...options })
  try {
    await driver.write([write], { atomic: false })
  } catch (error) {
    return driver.classify(error)
  } finally {
    await driver.close()
  }
  throw new Error('the write was answered')
}

test('a call without an answer ends in time, and may have been applied', async () => {
  let requests = 0
  const endpoint = await listen(() => (requests += 1))
  const started = Date.now()
  expect(await meaning(endpoint, { requestTimeoutMs: 200 })).toMatchObject({
    code: 'TIMEOUT',
    outcome: 'unknown',
    retryable: true,
  })
  expect(Date.now() - started).toBeLessThan(3000)
  expect(requests).toBe(1)
})

test('a connection that breaks after the request may have carried it out', async () => {
  const endpoint = await listen((_, response) => response.destroy())
  expect(await meaning(endpoint)).toMatchObject({ code: 'UNAVAILABLE', outcome: 'unknown' })
})

test('an answer that breaks off may have been a success', async () => {
  const endpoint = await listen((_, response) => {
    response.writeHead(200, { 'content-length': '100' })
    response.write('{')
    setTimeout(() => response.destroy(), 20)
  })
  expect((await meaning(endpoint)).outcome).toBe('unknown')
})

test('a server that is not there has applied nothing', async () => {
  const endpoint = await listen(() => {})
  server?.close()
  expect(await meaning(endpoint)).toMatchObject({
    code: 'UNAVAILABLE',
    outcome: 'not_applied',
    retryable: true,
  })
})

test.each([
  [500, 'InternalServerError', 'UNAVAILABLE', 'unknown'],
  [503, 'ServiceUnavailable', 'UNAVAILABLE', 'unknown'],
  [400, 'ThrottlingException', 'THROTTLED', 'not_applied'],
  [400, 'ProvisionedThroughputExceededException', 'THROTTLED', 'not_applied'],
  [400, 'ExpiredTokenException', 'UNAUTHENTICATED', 'not_applied'],
  [400, 'AccessDeniedException', 'PERMISSION_DENIED', 'not_applied'],
])('%i %s is %s, and is sent once', async (status, name, code, outcome) => {
  let requests = 0
  const endpoint = await listen((_, response) => {
    requests += 1
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' })
    response.end(JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${name}` }))
  })
  expect(await meaning(endpoint)).toMatchObject({ code, outcome })
  expect(requests).toBe(1)
})

test('keys that are left unanswered are asked for again, and only they', async () => {
  const asked: string[][] = []
  const endpoint = await listen((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      const { RequestItems } = JSON.parse(body) as {
        RequestItems: { each: { Keys: { _p: { S: string }; _s: { S: string } }[] } }
      }
      const { Keys } = RequestItems.each
      asked.push(Keys.map(({ _p }) => _p.S))
      const [first, ...rest] = Keys
      const Item = { ...first, _e: { S: 'each' }, _v: { S: id(1) }, p: { S: first?._p.S[0] } }
      const UnprocessedKeys = rest.length === 0 ? {} : { each: { Keys: rest } }
      response.end(JSON.stringify({ Responses: { each: [Item] }, UnprocessedKeys }))
    })
  })
  const driver = dynamodb({ ...DYNAMODB_CLIENT, endpoint })
  const records = await driver.get(entity, [['a'], ['b'], ['c']], {})
  expect(records.map((record) => record?.value['p'])).toEqual(['a', 'b', 'c'])
  expect(asked).toEqual([['a!each', 'b!each', 'c!each'], ['b!each', 'c!each'], ['c!each']])
  await driver.close()
})

test('each write of a list whose answer is lost is in doubt by itself', async () => {
  const endpoint = await listen((_, response) => response.destroy())
  const driver = dynamodb({ ...DYNAMODB_CLIENT, endpoint })
  const writes = ['a', 'b'].map((p) => put(entity, { key: [p], id: id(1), value: { p } }))
  const results = await driver.write(writes, { atomic: false })
  const outcomes = results.map((one) =>
    one.applied ? 'applied' : driver.classify(one.error).outcome,
  )
  expect(outcomes).toEqual(['unknown', 'unknown'])
  await driver.close()
})

test('a write that is aborted in flight is in doubt, alone and in a transaction', async () => {
  const arrived: (() => void)[] = []
  const endpoint = await listen(() => arrived.pop()?.())
  const driver = dynamodb({ ...DYNAMODB_CLIENT, endpoint })
  const writes = ['a', 'b'].map((p) => put(entity, { key: [p], id: id(1), value: { p } }))
  for (const list of [writes.slice(1), writes]) {
    const controller = new AbortController()
    arrived.push(() => controller.abort())
    const writing = driver.write(list, { atomic: true, signal: controller.signal })
    await expect(writing).rejects.toMatchObject({ code: 'CANCELLED', outcome: 'unknown' })
  }
  await driver.close()
})

/** What is asked of a store that has nothing, call by call. */
const listening = async (): Promise<{
  readonly endpoint: string
  readonly asked: { readonly call: string; readonly body: Record<string, unknown> }[]
}> => {
  const asked: { readonly call: string; readonly body: Record<string, unknown> }[] = []
  const endpoint = await listen((sent, response) => {
    let body = ''
    sent.on('data', (chunk: Buffer) => (body += chunk.toString()))
    sent.on('end', () => {
      const call = String(sent.headers['x-amz-target']).split('.')[1] ?? ''
      asked.push({ call, body: JSON.parse(body) as Record<string, unknown> })
      response.end('{}')
    })
  })
  return { endpoint, asked }
}

test('strong reads are asked for as such, eventual ones and indexes are not', async () => {
  const { endpoint, asked } = await listening()
  const driver = dynamodb({ ...DYNAMODB_CLIENT, endpoint })
  const byP = { name: 'byP', partition: ['p'], sort: [], unique: false }
  for (const consistency of ['strong', 'eventual'] as const) {
    await driver.get(entity, [['a']], { consistency })
    await driver.get(entity, [['a'], ['b']], { consistency })
    await driver.query(request(entity, { consistency }), {})
    await driver.query(request(entity, { consistency, partition: undefined, count: true }), {})
    await driver.query(request({ ...entity, indexes: { byP } }, { consistency, index: byP }), {})
  }
  const isStrong = ({ body }: (typeof asked)[number]): boolean => {
    const many = (body['RequestItems'] as { each: typeof body } | undefined)?.each
    return (many ?? body)['ConsistentRead'] === true
  }
  expect(asked.map((one) => [one.call, isStrong(one)])).toEqual([
    ['GetItem', true],
    ['BatchGetItem', true],
    ['Query', true],
    ['Scan', true],
    ['Query', false],
    ['GetItem', false],
    ['BatchGetItem', false],
    ['Query', false],
    ['Scan', false],
    ['Query', false],
  ])
  await driver.close()
})

test('a write that must know the record reads it strongly', async () => {
  const { endpoint, asked } = await listening()
  const driver = dynamodb({ ...DYNAMODB_CLIENT, endpoint })
  const unique = { name: 'byN', partition: ['n'], sort: [], unique: true }
  const numbered = model('each', { p: 'string', n: 'integer?' }, entity.key, { indexes: [unique] })
  await driver.write([put(numbered, { key: ['p'], id: id(1), value: { p: 'p', n: 1 } })], {
    atomic: false,
  })
  expect(asked.map(({ call }) => call)).toEqual(['GetItem', 'TransactWriteItems'])
  expect(asked[0]?.body['ConsistentRead']).toBe(true)
  await driver.close()
})

test('a count adds up all pages of the vendor', async () => {
  let pages = 0
  const endpoint = await listen((_, response) => {
    pages += 1
    const LastEvaluatedKey = { _p: { S: 'a!each' }, _s: { S: '-' } }
    response.end(JSON.stringify({ Count: pages, ...(pages < 3 ? { LastEvaluatedKey } : {}) }))
  })
  const driver = dynamodb({ ...DYNAMODB_CLIENT, endpoint })
  expect(await driver.query(request(entity, { count: true }), {})).toEqual({
    records: [],
    count: 6,
  })
  await driver.close()
})

test('a client that repeats writes by itself is refused', async () => {
  const client = new DynamoDBClient({ ...DYNAMODB_CLIENT, endpoint: 'http://127.0.0.1:1' })
  expect(await meaning('', { client })).toMatchObject({ code: 'MISCONFIGURED' })
  client.destroy()
})

test('a client of the user is used as it is, and stays open', async () => {
  const endpoint = await listen((_, response) => response.end('{}'))
  const client = new DynamoDBClient({ ...DYNAMODB_CLIENT, endpoint, maxAttempts: 1 })
  const driver = dynamodb({ client })
  expect(driver.native()).toBe(client)
  expect(await driver.get(entity, [['p']], {})).toEqual([undefined])
  await driver.close()
  await driver.close()
  await expect(driver.get(entity, [['p']], {})).rejects.toMatchObject({ code: 'MISCONFIGURED' })
  expect(await dynamodb({ client }).get(entity, [['p']], {})).toEqual([undefined])
  client.destroy()
})

test('nothing is loaded or sent before the first call', () => {
  const driver = dynamodb()
  expect(driver.native()).toBeUndefined()
})
