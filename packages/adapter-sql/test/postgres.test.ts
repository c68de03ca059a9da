import { createServer, connect, type Server, type Socket } from 'node:net'
import { once } from 'node:events'
import { Decimal, type SweepingDriver, type Write } from '@holdfast/core/driver'
import { type FaultProxy, startTcpFaultProxy } from '@holdfast/contract-tests'
import type { Engine } from '@holdfast/engines'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { postgres } from '../src/index.ts'
import { createDatabase, model, nextId, put, request, startPostgres } from './stores.ts'

const account = model(
  'account',
  {
    id: 'string',
    n: 'integer?',
    at: 'date?',
    price: 'decimal?',
    raw: 'bytes?',
    ratio: 'number?',
    big: 'bigint?',
    map: 'object?',
  },
  { partition: ['id'], sort: [] },
)

let engine: Engine
let url: string
let driver: SweepingDriver
beforeAll(async () => {
  engine = await startPostgres()
})
afterAll(() => engine.stop())
beforeEach(async () => {
  url = await createDatabase(engine.url)
  driver = postgres({ connectionString: url })
  await driver.schema.apply([account])
})
afterEach(() => driver.close())

const increment = (id: string, by = 1): Write => ({
  kind: 'patch',
  entity: account,
  key: [id],
  id: nextId(),
  expect: 'present',
  set: {},
  remove: [],
  increment: { n: by },
})
const pool = (): pg.Pool => driver.native() as pg.Pool

test('values do not depend on the time zone or the global parsers of the program', async () => {
  const types = {
    ...pg.types,
    getTypeParser: () => () => 'parsed',
  } as unknown as pg.CustomTypesConfig
  const mine = new pg.Pool({
    connectionString: url,
    types,
    options: '-c TimeZone=America/New_York',
  })
  const other = postgres({ pool: mine })
  const value = {
    id: 'a',
    n: 5,
    at: new Date('0001-01-01T00:00:00.001Z'),
    price: Decimal.from('1.5'),
    raw: Uint8Array.of(1, 92, 255),
    ratio: 0.1,
    big: 2n ** 60n,
    map: { at: new Date(5) },
  }
  const writes = ['a', 'b'].map((id) => put(account, { ...value, id }))
  await other.write(writes.slice(0, 1), { atomic: false })
  await other.write(writes, { atomic: false })
  for (const one of [other, driver])
    expect(
      (await one.get(account, [['b'], ['a']], {})).map((record) => record?.value),
    ).toStrictEqual([{ ...value, id: 'b' }, value])
  await other.close()
  expect((await mine.query({ text: 'select 1', rowMode: 'array' })).rowCount).toBe(1)
  await mine.end()
})

test('statements are prepared by name, or not', async () => {
  const names = async (one: SweepingDriver): Promise<number> => {
    await one.get(account, [['a']], {})
    const { rows } = await (one.native() as pg.Pool).query<{ count: string }>(
      'select count(*) from pg_prepared_statements',
    )
    return Number(rows[0]?.count)
  }
  const named = postgres({ connectionString: url, max: 1 })
  const unnamed = postgres({ connectionString: url, max: 1, statements: 'unnamed' })
  expect(await names(named)).toBe(1)
  expect(await names(unnamed)).toBe(0)
  await Promise.all([named.close(), unnamed.close()])
})

test('two drivers share a pool', async () => {
  const mine = new pg.Pool({ connectionString: url, max: 1 })
  const drivers = [postgres({ pool: mine }), postgres({ pool: mine })]
  for (const one of drivers) await one.write([put(account, { id: 'a' })], { atomic: false })
  for (const one of drivers) expect(await one.get(account, [['a']], {})).toHaveLength(1)
  await mine.end()
})

test('atomic lists in any order do not deadlock, and none is lost', async () => {
  const ids = ['a', 'b', 'c', 'd']
  await driver.write(
    ids.map((id) => put(account, { id, n: 0 })),
    { atomic: false },
  )
  let applied = 0
  const run = async (seed: number): Promise<void> => {
    for (let n = 0; n < 20; n += 1) {
      const shuffled = ids.toSorted(
        (x, y) =>
          ((x.charCodeAt(0) * (seed + n + 3)) % 5) - ((y.charCodeAt(0) * (seed + n + 3)) % 5),
      )
      const results = await driver.write(
        shuffled.map((id) => increment(id)),
        { atomic: true },
      )
      if (results.every((one) => one.applied)) applied += 1
    }
  }
  await Promise.all(Array.from({ length: 8 }, (_, seed) => run(seed)))
  const records = await driver.get(
    account,
    ids.map((id) => [id]),
    {},
  )
  expect(applied).toBeGreaterThan(0)
  expect(records.map((record) => record?.value['n'])).toEqual(ids.map(() => applied))
})

test('lists that share statements do not deadlock either', async () => {
  const ids = Array.from({ length: 300 }, (_, at) => `k${(at * 7) % 300}`)
  const run = (from: number): Promise<unknown> =>
    driver.write(
      [...ids.slice(from), ...ids.slice(0, from)].map((id) => put(account, { id })),
      { atomic: false },
    )
  const all = (await Promise.all([0, 50, 100, 150, 200, 250].map(run))) as {
    applied: boolean
    error?: unknown
  }[][]
  expect(all.flat().filter(({ error }) => error !== undefined)).toEqual([])
  expect((await driver.query(request(account, { count: true }), {})).count).toBe(300)
})

test('a check for absence holds the key until the transaction ends', async () => {
  const other = new pg.Client({ connectionString: url })
  await other.connect()
  try {
    // Holds the second record of the list, so that the list waits after its check.
    await driver.write([put(account, { id: 'z', n: 1 })], { atomic: false })
    await other.query('BEGIN')
    await other.query(`UPDATE account SET n = 2 WHERE id = 'z'`)
    const list = driver.write(
      [
        { kind: 'check', entity: account, key: ['a'], id: nextId(), expect: 'absent' },
        increment('z'),
      ],
      { atomic: true },
    )
    await untilWaiting()
    const create = driver.write([put(account, { id: 'a' }, { expect: 'absent' })], {
      atomic: false,
    })
    const done: string[] = []
    const both = Promise.all([
      list.then(() => done.push('list')),
      create.then(() => done.push('create')),
    ])
    await untilWaiting(2)
    expect(done).toEqual([])
    await other.query('COMMIT')
    await both
    expect(await list).toMatchObject([
      { applied: true },
      { applied: true, record: { value: { n: 3 } } },
    ])
    expect(await create).toEqual([{ applied: true }])
  } finally {
    await other.end()
  }
})

test('a check of a record holds it as it is until the transaction ends', async () => {
  const other = new pg.Client({ connectionString: url })
  await other.connect()
  try {
    const [first, second] = [put(account, { id: 'a', n: 1 }), put(account, { id: 'z', n: 1 })]
    await driver.write([first, second], { atomic: false })
    await other.query('BEGIN')
    await other.query(`UPDATE account SET n = 2 WHERE id = 'z'`)
    const check: Write = {
      kind: 'check',
      entity: account,
      key: ['a'],
      id: nextId(),
      version: first.id,
      expect: 'present',
    }
    const list = driver.write([check, increment('z')], { atomic: true })
    await untilWaiting()
    const done: string[] = []
    const change = driver.write([increment('a')], { atomic: false }).then((results) => {
      done.push('change')
      return results
    })
    // Long enough for a change that nothing holds up.
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(done).toEqual([])
    await other.query('COMMIT')
    expect(await list).toMatchObject([{ applied: true }, { applied: true }])
    expect(await change).toMatchObject([{ applied: true }])
  } finally {
    await other.end()
  }
})

/** Resolves when that many sessions wait for a lock; throws when they do not. */
const untilWaiting = async (count = 1): Promise<void> => {
  const deadline = Date.now() + 10_000
  for (;;) {
    if (Date.now() > deadline) throw new Error('Nobody waits for a lock.')
    const { rows } = await pool().query<{ count: string }>(
      `select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
    )
    if (Number(rows[0]?.count) >= count) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

test('a transaction aborted in flight is unknown, and leaves no connection or lock behind', async () => {
  const one = postgres({ connectionString: url, max: 1 })
  await driver.write([put(account, { id: 'a', n: 1 }), put(account, { id: 'b', n: 1 })], {
    atomic: false,
  })
  const other = await pool().connect()
  try {
    await other.query('BEGIN')
    await other.query(`UPDATE account SET n = 2 WHERE id = 'b'`)
    for (const list of [[increment('a'), increment('b')], [increment('b')]]) {
      const controller = new AbortController()
      const writing = one.write(list, { atomic: true, signal: controller.signal })
      await untilWaiting()
      controller.abort()
      await expect(writing).rejects.toMatchObject({ code: 'CANCELLED', outcome: 'unknown' })
    }
  } finally {
    // Ends the transaction, and what waits for it.
    other.release(true)
  }
  expect(await one.write([increment('a')], { atomic: false })).toMatchObject([
    { applied: true, record: { value: { n: 2 } } },
  ])
  await one.close()
})

test('a statement that takes too long is TIMEOUT, and nothing was written', async () => {
  const hasty = postgres({ connectionString: url, statementTimeoutMs: 50 })
  await driver.write([put(account, { id: 'a', n: 1 })], { atomic: false })
  const other = await pool().connect()
  await other.query('BEGIN')
  await other.query(`UPDATE account SET n = 2 WHERE id = 'a'`)
  for (const atomic of [false, true]) {
    const error: unknown = await hasty
      .write([increment('a'), ...(atomic ? [increment('b')] : [])], { atomic })
      .catch((caught: unknown) => caught)
    expect(hasty.classify(error)).toEqual({
      code: 'TIMEOUT',
      retryable: true,
      outcome: 'not_applied',
    })
  }
  await other.query('ROLLBACK')
  other.release()
  expect(await hasty.write([increment('a')], { atomic: false })).toMatchObject([
    { record: { value: { n: 2 } } },
  ])
  await hasty.close()
})

/** `ERROR 53000`, then ready for the next statement, though the server has seen nothing. */
const REFUSAL = Buffer.from('E\0\0\0\x23SERROR\0VERROR\0C53000\0Mnot now\0\0Z\0\0\0\x05I', 'latin1')

/** A driver with one connection, through a proxy whose faults can be set. */
const throughFaults = async (
  use: (one: SweepingDriver, line: FaultProxy) => Promise<void>,
): Promise<void> => {
  const target = new URL(url)
  const line = await startTcpFaultProxy({
    target: `tcp://${target.hostname}:${target.port}`,
    seed: 1,
    faults: {},
    answers: { throttle: REFUSAL },
  })
  target.port = new URL(line.url).port
  const one = postgres({ connectionString: target.href, max: 1, statementTimeoutMs: 100 })
  try {
    await one.get(account, [['a']], {})
    await use(one, line)
  } finally {
    await line.stop()
    await one.close()
  }
}

test.each([
  ['COMMIT', 3, ['a', 'b']],
  ['ROLLBACK', 3, ['a', 'missing']],
])('a connection whose %s failed is not used again', (_, spare, ids) =>
  throughFaults(async (one, line) => {
    await driver.write([put(account, { id: 'a', n: 1 }), put(account, { id: 'b', n: 1 })], {
      atomic: false,
    })
    line.setFaults({ throttle: 1 }, spare)
    const writing = one.write(
      ids.map((id) => increment(id)),
      { atomic: true },
    )
    await writing.catch(() => undefined)
    line.setFaults({})
    // Inside the transaction that is still open it would be undone with it.
    await one.write([increment('a', 10)], { atomic: false })
    expect((await driver.get(account, [['a']], {}))[0]?.value['n']).toBe(11)
  }),
)

test('a transaction whose process fell silent is ended by the server, and its locks with it', () =>
  throughFaults(async (one, line) => {
    await driver.write([put(account, { id: 'a', n: 1 }), put(account, { id: 'b', n: 1 })], {
      atomic: false,
    })
    line.setFaults({ hang: 1 }, 2)
    const silent = one
      .write([increment('a'), increment('b')], { atomic: true })
      .catch((error: unknown) => one.classify(error))
    await expect.poll(() => line.counts.faults.hang).toBe(1)
    const start = performance.now()
    await driver.write([increment('a', 10)], { atomic: false })
    expect(performance.now() - start).toBeLessThan(1500)
    expect(await silent).toMatchObject({ outcome: 'not_applied', retryable: true })
    expect((await driver.get(account, [['a']], {}))[0]?.value['n']).toBe(11)
  }))

/** Stands between client and server; `cut` decides on every message of the client whether to break the line. */
const proxy = async (
  cut: (message: Buffer) => 'before' | 'after' | 'never' | undefined,
): Promise<{ readonly url: string; readonly server: Server }> => {
  const target = new URL(url)
  const { hostname, port } = target
  const server = createServer((client: Socket) => {
    const upstream = connect(Number(port), hostname)
    client.on('error', () => {})
    upstream.on('error', () => {})
    let isCut = false
    client.on('data', (data: Buffer) => {
      const when = cut(data)
      if (when === 'before') {
        client.destroy()
        upstream.destroy()
        return
      }
      if (when === 'never') return
      isCut ||= when === 'after'
      upstream.write(data)
    })
    upstream.on('data', (data) => (isCut ? client.destroy() : client.write(data)))
    client.on('close', () => (isCut ? setTimeout(() => upstream.end(), 100) : upstream.destroy()))
    upstream.on('close', () => client.destroy())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  target.port = String(typeof address === 'object' && address !== null ? address.port : 0)
  return { url: target.href, server }
}

test.each(['before', 'after'] as const)(
  'a connection lost %s COMMIT leaves the outcome unknown',
  async (when) => {
    let isArmed = true
    const between = await proxy((message) => {
      if (!isArmed || !message.includes('COMMIT\0')) return undefined
      isArmed = false
      return when
    })
    const one = postgres({ connectionString: between.url, max: 1 })
    const list = [put(account, { id: 'a' }), put(account, { id: 'b' })]
    const error: unknown = await one
      .write(list, { atomic: true })
      .catch((caught: unknown) => caught)
    expect(one.classify(error)).toEqual({
      code: 'UNAVAILABLE',
      retryable: true,
      outcome: 'unknown',
    })
    const found = await one.get(account, [['a'], ['b']], {})
    expect(found.map((record) => record !== undefined)).toEqual(
      when === 'after' ? [true, true] : [false, false],
    )
    const again = await one.write(list, { atomic: true })
    expect(again.map(({ applied }) => applied)).toEqual(
      when === 'after' ? [false, false] : [true, true],
    )
    await one.close()
    between.server.close()
  },
)

test('a shared statement whose answer is lost is not sent again: each write is unknown', async () => {
  let isArmed = true
  const between = await proxy((message) => {
    if (!isArmed || !message.includes('unnest')) return undefined
    isArmed = false
    return 'after'
  })
  const one = postgres({ connectionString: between.url, max: 1 })
  const results = await one.write(
    ['a', 'b'].map((id) => put(account, { id }, { expect: 'absent' })),
    { atomic: false },
  )
  for (const result of results) {
    expect(result.applied).toBe(false)
    expect(one.classify(result.applied ? undefined : result.error)).toMatchObject({
      outcome: 'unknown',
    })
  }
  await one.close()
  between.server.close()
})

test('a line that went dead is TIMEOUT and unknown, and does not hold its connection', async () => {
  let isDead = false
  const between = await proxy(() => (isDead ? 'never' : undefined))
  const one = postgres({ connectionString: between.url, max: 1, statementTimeoutMs: 500 })
  await one.get(account, [['a']], {})
  isDead = true
  const started = Date.now()
  for (const atomic of [false, true]) {
    const writes = [put(account, { id: 'a' }), ...(atomic ? [put(account, { id: 'b' })] : [])]
    const writing = one.write(writes, { atomic }).catch((caught: unknown) => caught)
    const error = await writing
    expect(one.classify(error)).toMatchObject({
      outcome: atomic ? 'not_applied' : 'unknown',
      retryable: true,
    })
  }
  expect(Date.now() - started).toBeLessThan(30_000)
  isDead = false
  expect(await one.get(account, [['a']], {})).toEqual([undefined])
  await one.close()
  between.server.close()
})

test('an idle connection that the server ends is replaced', async () => {
  await driver.get(account, [['a']], {})
  const admin = new pg.Client({ connectionString: engine.url })
  await admin.connect()
  await admin.query(
    'select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and pid <> pg_backend_pid()',
    [new URL(url).pathname.slice(1)],
  )
  await admin.end()
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(await driver.get(account, [['a']], {})).toEqual([undefined])
})

test('no server is UNAVAILABLE, a wrong password UNAUTHENTICATED', async () => {
  const nobody = postgres({ connectionString: 'postgres://x:x@127.0.0.1:1/x' })
  const error: unknown = await nobody.get(account, [['a']], {}).catch((caught: unknown) => caught)
  expect(nobody.classify(error)).toEqual({
    code: 'UNAVAILABLE',
    retryable: true,
    outcome: 'not_applied',
  })
  const wrong = new URL(url)
  wrong.password = 'wrong'
  const stranger = postgres({ connectionString: wrong.href })
  const refusal: unknown = await stranger
    .get(account, [['a']], {})
    .catch((caught: unknown) => caught)
  expect(stranger.classify(refusal)).toEqual({
    code: 'UNAUTHENTICATED',
    retryable: false,
    outcome: 'not_applied',
  })
  await Promise.all([nobody.close(), stranger.close()])
})

test('sweepers side by side remove each record once', async () => {
  const session = model(
    'session',
    { id: 'string', at: 'date?' },
    { partition: ['id'], sort: [] },
    [],
    'at',
  )
  await driver.schema.apply([session])
  await driver.write(
    Array.from({ length: 500 }, (_, n) => put(session, { id: `s${n}`, at: new Date(n) })),
    { atomic: false },
  )
  const counts = await Promise.all(
    Array.from({ length: 5 }, () => driver.sweep(session, new Date(299), 100, {})),
  )
  const rest = await driver.sweep(session, new Date(299), 1000, {})
  expect(counts.reduce((sum, count) => sum + count, rest)).toBe(300)
})
