import { createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2'
import { createServer as createTcpServer, type Server, type AddressInfo } from 'node:net'
import { Firestore } from '@google-cloud/firestore'
import type { Classification } from '@holdfast/core/driver'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { firestore, type FirestoreOptions } from '../src/index.ts'
import { model, put, writeId as id } from '@holdfast/contract-tests/models'

// What no emulator does: servers that answer as each test says, in gRPC over plain HTTP/2.
const entity = model('each', { p: 'string' }, { partition: ['p'], sort: [] })
const write = put(entity, { key: ['p'], id: id(1), expect: 'absent', value: { p: 'p' } })

let server: Http2Server | Server | undefined
beforeEach(() => {
  vi.stubEnv('FIRESTORE_EMULATOR_HOST', undefined)
  vi.stubEnv('METADATA_SERVER_DETECTION', 'none')
})
afterEach(() => {
  vi.unstubAllEnvs()
  server?.close()
})

const listening = async (started: Http2Server | Server): Promise<string> => {
  server = started
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve))
  return `127.0.0.1:${(started.address() as AddressInfo).port}`
}

/** Answers every call by `answer`, and counts those of each method. */
const serve = async (
  answer: (stream: ServerHttp2Stream, method: string) => void,
): Promise<{ readonly host: string; readonly calls: Record<string, number> }> => {
  const calls: Record<string, number> = {}
  const started = createServer()
  started.on('stream', (stream, headers) => {
    const method = String(headers[':path']).split('/').at(-1) ?? ''
    calls[method] = (calls[method] ?? 0) + 1
    stream.on('error', () => {})
    stream.resume()
    stream.on('end', () => answer(stream, method))
  })
  started.on('session', (session) => session.unref())
  return { host: await listening(started), calls }
}

/** A gRPC status without a message before it. */
const status =
  (code: number, message = 'said so') =>
  (stream: ServerHttp2Stream): void =>
    stream.respond(
      {
        ':status': 200,
        'content-type': 'application/grpc',
        'grpc-status': String(code),
        'grpc-message': message,
      },
      { endStream: true },
    )

/** The answer to a list of writes: one status each, of a code below 128. */
const statuses =
  (...codes: readonly number[]) =>
  (stream: ServerHttp2Stream): void => {
    // Field 2, `status`, with field 1, `code`: google/firestore/v1/firestore.proto.
    const reply = Buffer.from(codes.flatMap((code) => [0x12, 2, 0x08, code]))
    const frame = Buffer.alloc(5)
    frame.writeUInt32BE(reply.length, 1)
    stream.respond(
      { ':status': 200, 'content-type': 'application/grpc' },
      { waitForTrailers: true },
    )
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
    stream.end(Buffer.concat([frame, reply]))
  }

/** What one write to that host is taken for. */
const meaning = async (host: string, options?: FirestoreOptions): Promise<Classification> => {
  const driver = firestore({ emulatorHost: host, projectId: 'demo-p', ...options })
  try {
    const [result] = await driver.write([write], { atomic: false })
    throw new Error(`the write was answered: ${JSON.stringify(result)}`)
  } catch (error) {
    return driver.classify(error)
  } finally {
    await driver.close()
  }
}

test.each([
  [14, 'UNAVAILABLE', 'unknown'],
  [8, 'THROTTLED', 'unknown'],
  [10, 'ABORTED', 'not_applied'],
  [4, 'TIMEOUT', 'unknown'],
  [13, 'UNAVAILABLE', 'unknown'],
  [2, 'UNAVAILABLE', 'unknown'],
  [7, 'PERMISSION_DENIED', 'not_applied'],
])('a commit that is answered by code %i is %s, and is sent once', async (code, name, outcome) => {
  const { host, calls } = await serve(status(code))
  expect(await meaning(host)).toMatchObject({ code: name, outcome })
  expect(calls).toEqual({ Commit: 1 })
})

test("a user's client that would repeat commits does not", async () => {
  const { host, calls } = await serve(status(14))
  const client = new Firestore({ host, ssl: false, projectId: 'demo-p' })
  expect(await meaning('', { client })).toMatchObject({ outcome: 'unknown' })
  expect(calls).toEqual({ Commit: 1 })
  await client.terminate()
})

test('a list that is not atomic is one request, sent once', async () => {
  const { host, calls } = await serve(status(14))
  const driver = firestore({ emulatorHost: host, projectId: 'demo-p' })
  const writes = ['a', 'b'].map((p) => ({ ...write, key: [p], value: { p } }))
  const results = await driver.write(writes, { atomic: false })
  for (const result of results) {
    expect(result.applied).toBe(false)
    expect('error' in result && driver.classify(result.error).outcome).toBe('unknown')
  }
  expect(calls).toEqual({ BatchWrite: 1 })
  await driver.close()
})

test('each write of a list has its own status, and one without any may have been applied', async () => {
  const { host } = await serve(statuses(0, 10, 14))
  const driver = firestore({ emulatorHost: host, projectId: 'demo-p' })
  const writes = ['a', 'b', 'c', 'd'].map((p) => ({ ...write, key: [p], value: { p } }))
  const results = await driver.write(writes, { atomic: false })
  const outcomes = results.map((one) =>
    'error' in one ? driver.classify(one.error).outcome : one.applied,
  )
  expect(outcomes).toEqual([true, 'not_applied', 'unknown', 'unknown'])
  await driver.close()
})

test('a list that was given up may have been applied, and keeps nobody from closing', async () => {
  const { host, calls } = await serve(() => {})
  const driver = firestore({ emulatorHost: host, projectId: 'demo-p' })
  const writes = ['a', 'b'].map((p) => ({ ...write, key: [p], value: { p } }))
  const signal = AbortSignal.timeout(200)
  await expect(driver.write(writes, { atomic: false, signal })).rejects.toMatchObject({
    code: 'CANCELLED',
    outcome: 'unknown',
  })
  expect(calls).toEqual({ BatchWrite: 1 })
  const started = Date.now()
  await driver.close()
  expect(Date.now() - started).toBeLessThan(2000)
})

test('a call without an answer ends in time, and may have been applied', async () => {
  const { host, calls } = await serve(() => {})
  const started = Date.now()
  expect(await meaning(host, { requestTimeoutMs: 300 })).toMatchObject({
    code: 'TIMEOUT',
    outcome: 'unknown',
    retryable: true,
  })
  expect(Date.now() - started).toBeLessThan(5000)
  expect(calls).toEqual({ Commit: 1 })
})

test('a connection that breaks after the request may have carried it out', async () => {
  const { host } = await serve((stream) => stream.session?.destroy())
  expect(await meaning(host)).toMatchObject({ code: 'UNAVAILABLE', outcome: 'unknown' })
})

test('a server that is not there has applied nothing', async () => {
  const host = await listening(createTcpServer())
  server?.close()
  expect(await meaning(host)).toMatchObject({
    code: 'UNAVAILABLE',
    outcome: 'not_applied',
    retryable: true,
  })
})

test('a read that was given up keeps nobody from closing', async () => {
  const { host, calls } = await serve(() => {})
  const driver = firestore({ emulatorHost: host, projectId: 'demo-p' })
  const signal = AbortSignal.timeout(200)
  await expect(driver.get(entity, [['p']], { signal })).rejects.toMatchObject({ code: 'CANCELLED' })
  expect(calls).toEqual({ BatchGetDocuments: 1 })
  const started = Date.now()
  await driver.close()
  expect(Date.now() - started).toBeLessThan(2000)
})

test('a client of the user is used as it is, and stays open', async () => {
  const { host, calls } = await serve(status(7))
  const client = new Firestore({ host, ssl: false, projectId: 'demo-p' })
  const driver = firestore({ client })
  expect(driver.native()).toBe(client)
  await expect(driver.get(entity, [['p']], {})).rejects.toMatchObject({ code: 7 })
  expect(calls).toEqual({ BatchGetDocuments: 1 })
  await driver.close()
  await driver.close()
  await expect(driver.get(entity, [['p']], {})).rejects.toMatchObject({ code: 'MISCONFIGURED' })
  await expect(firestore({ client }).get(entity, [['p']], {})).rejects.toMatchObject({ code: 7 })
  await client.terminate()
})

test('what is no Firestore is refused', async () => {
  const client = { collection: () => undefined, terminate: async () => {} }
  await expect(firestore({ client }).get(entity, [['p']], {})).rejects.toMatchObject({
    code: 'MISCONFIGURED',
  })
})

test.each(['a/b', '__x'])('the prefix %s is refused', (collectionPrefix) => {
  expect(() => firestore({ collectionPrefix })).toThrow(
    expect.objectContaining({ code: 'MISCONFIGURED' }),
  )
})

test('nothing is loaded or sent before the first call', () => {
  expect(firestore().native()).toBeUndefined()
})
