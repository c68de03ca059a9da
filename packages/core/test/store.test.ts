import { tracingChannel } from 'node:diagnostics_channel'
import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import {
  type AuditEvent,
  createStore,
  defineActor,
  defineEntity,
  definePolicy,
  HoldfastError,
  isHoldfastError,
  type TraceContext,
} from '@holdfast/core'
import type { Capabilities, Driver } from '@holdfast/core/driver'
import { memory } from '@holdfast/core/memory'
import { caught } from './support/caught.ts'
import { scriptedDriver, VendorError } from './support/scripted-driver.ts'
import { virtualClock } from './support/virtual-clock.ts'

const Order = defineEntity('order', {
  schema: z.object({
    tenantId: z.string(),
    orderId: z.string(),
    total: z.int(),
    margin: z.int(),
    revision: z.string(),
  }),
  key: { partition: ['tenantId'], sort: ['orderId'] },
  version: 'revision',
  sensitive: ['margin'],
})
const Session = defineEntity('session', {
  schema: z.object({ id: z.string(), until: z.date().optional() }),
  key: { partition: ['id'] },
  expiresAt: 'until',
})
const actor = defineActor(
  z.object({ id: z.string(), tenantId: z.string(), roles: z.array(z.enum(['clerk', 'guest'])) }),
)
const orderPolicy = definePolicy(Order, actor, ({ me, allow, deny }) => ({
  read: [allow('clerk', { tenantId: me.tenantId }, { id: 'clerks-read' })],
  create: [allow('clerk', { tenantId: me.tenantId }, { id: 'clerks-create', fields: 'all' })],
  update: [
    allow('clerk', { tenantId: me.tenantId }, { id: 'clerks-update' }),
    deny('*', { total: 99 }, { on: 'old', id: 'closed' }),
  ],
}))
const clerk = { id: 'c7', tenantId: 'acme', roles: ['clerk' as const] }
const order = { tenantId: 'acme', orderId: 'o1', total: 5, margin: 1 }
const entities = { orders: Order, sessions: Session }

test('a unique index is refused where the store has none', async () => {
  const driver: Driver = {
    ...memory(),
    capabilities: { ...memory().capabilities, uniqueIndexes: 'none' },
  }
  const User = defineEntity('user', {
    schema: z.object({ id: z.string(), email: z.string() }),
    key: { partition: ['id'] },
    indexes: { byEmail: { partition: ['email'], unique: true } },
  })
  const error = await caught(() =>
    createStore({ adapter: driver, entities: { users: User }, actor }),
  )
  expect(error).toMatchObject({ code: 'UNSUPPORTED', entity: 'user' })
})

test('an error of one item is repeated like an error of the call', async () => {
  const inner = memory()
  let failures = 2
  const driver: Driver = {
    ...inner,
    classify: () => ({ code: 'THROTTLED', retryable: true, outcome: 'not_applied' }),
    write: async (writes, options) =>
      failures-- > 0
        ? writes.map(() => ({ applied: false, error: new Error('busy') }))
        : inner.write(writes, options),
  }
  const clock = { now: () => 0, random: () => 0.5, sleep: async () => {} }
  const store = createStore({ adapter: driver, entities: { sessions: Session }, actor, clock })
  expect(await store.unrestricted('test').sessions.create({ id: 'a' })).toEqual({ id: 'a' })
  expect(failures).toBe(-1)
})

describe('several back ends', () => {
  const least: Capabilities = {
    transactions: 'partition',
    indexConsistency: 'eventual',
    strongReads: 'session',
    uniqueIndexes: 'partition',
    changes: 'none',
    physicalExpiry: 'hours',
    segments: 'one',
  }
  const hybrid = (): {
    readonly cloud: Driver
    readonly onPrem: Driver
    readonly make: (route: {
      orders?: string
      sessions?: string
      default?: string
    }) => ReturnType<typeof createStore<typeof entities, typeof clerk>>
  } => {
    const cloud = { ...memory(), name: 'cloud', capabilities: least }
    const onPrem = memory()
    return {
      cloud,
      onPrem,
      make: (route) => createStore({ adapters: { cloud, onPrem }, route, entities, actor }),
    }
  }

  test('each entity lives where it is routed', async () => {
    const { cloud, onPrem, make } = hybrid()
    const db = make({ orders: 'onPrem', default: 'cloud' }).unrestricted('test')
    await db.orders.create(order)
    await db.sessions.create({ id: 's' })
    expect(await cloud.get(Session.model, [['s']], {})).toMatchObject([{ value: { id: 's' } }])
    expect(await onPrem.get(Order.model, [['acme', 'o1']], {})).toMatchObject([
      { value: { total: 5 } },
    ])
    expect(await cloud.get(Order.model, [['acme', 'o1']], {})).toEqual([undefined])
    expect(await db.orders.get({ tenantId: 'acme', orderId: 'o1' })).toMatchObject(order)
  })

  test('promises the least of each capability', () => {
    const { onPrem, make } = hybrid()
    const { capabilities } = make({ default: 'cloud' })
    expect(capabilities).toEqual({ ...least, physicalExpiry: 'sweeper' })
    expect(createStore({ adapter: onPrem, entities, actor }).capabilities).toEqual(
      onPrem.capabilities,
    )
  })

  test('a transaction across them is refused and writes nothing', async () => {
    const db = hybrid().make({ orders: 'onPrem', default: 'cloud' }).unrestricted('test')
    const error = await caught(() =>
      db.transaction(async (tx) => {
        await tx.orders.create(order)
        await tx.sessions.create({ id: 's' })
      }),
    )
    expect(error.code).toBe('UNSUPPORTED')
    expect(await db.orders.get({ tenantId: 'acme', orderId: 'o1' })).toBeUndefined()
    await db.transaction(async (tx) => {
      await tx.sessions.create({ id: 's' })
    })
    expect(await db.sessions.get({ id: 's' })).toEqual({ id: 's' })
  })

  test('a route must lead somewhere', async () => {
    const { make } = hybrid()
    for (const route of [{ orders: 'nowhere', default: 'cloud' }, { orders: 'cloud' }]) {
      const error = await caught(() => make(route))
      expect(error.code).toBe('INVALID')
      expect(error.message).toContain('cloud, onPrem')
    }
  })

  test('native, health, ensureSchema and close reach every back end', async () => {
    const { cloud, onPrem, make } = hybrid()
    const store = make({ orders: 'onPrem', default: 'cloud' })
    expect(store.native('a test', 'onPrem')).toBe(onPrem.native())
    expect(store.native('a test', 'cloud')).toBe(cloud.native())
    expect((await caught(() => store.native('a test'))).message).toContain('cloud, onPrem')
    expect((await caught(() => store.native('a test', 'nowhere'))).code).toBe('INVALID')
    expect(await store.health()).toMatchObject({ cloud: { ok: true }, onPrem: { ok: true } })
    await store.close()
    const health = await store.health()
    expect(health).toMatchObject({ cloud: { ok: false }, onPrem: { ok: false } })
    expect(isHoldfastError(health['cloud']?.error)).toBe(true)
  })
})

describe('binding an actor', () => {
  const store = createStore({ adapter: memory(), entities, policies: [orderPolicy], actor })

  test('checks the actor by its schema', async () => {
    for (const wrong of [{}, { ...clerk, roles: ['king'] }, { ...clerk, tenantId: 5 }, null, 'c7'])
      expect((await caught(() => store.as(wrong as never))).code).toBe('INVALID')
  })

  test('refuses an asynchronous schema', async () => {
    const slow = createStore({
      adapter: memory(),
      entities,
      actor: defineActor<{ roles: string[] }>({
        '~standard': {
          version: 1,
          vendor: 'hand-made',
          validate: () => Promise.reject(new Error('must not stay unhandled')),
        },
      }),
    })
    const error = await caught(() => slow.as({ roles: [] }))
    expect(error.code).toBe('INVALID')
    expect(error.message).toContain('synchronously')
  })

  test('refuses an actor without a list of roles', async () => {
    const loose = createStore({
      adapter: memory(),
      entities,
      actor: defineActor(z.any()),
    })
    for (const wrong of [{}, { roles: 'clerk' }, { roles: [1] }, { roles: null }, undefined])
      expect(await caught(() => loose.as(wrong))).toMatchObject({ code: 'INVALID', field: 'roles' })
  })

  test('keeps a copy that later changes of the original do not touch', async () => {
    await store.unrestricted('seed').orders.put(order)
    const mine = { ...clerk, roles: [...clerk.roles] }
    const db = store.as(mine)
    mine.tenantId = 'other'
    mine.roles.length = 0
    expect(await db.orders.get({ tenantId: 'acme', orderId: 'o1' })).toMatchObject({ total: 5 })
  })

  test('gives repositories and transaction, and nothing else', async () => {
    const db = store.as(clerk)
    const names: string[] = []
    for (const name in db) names.push(name)
    expect(names.toSorted()).toEqual(['orders', 'sessions', 'transaction'])
    expect(Object.isFrozen(db)).toBe(true)
    expect(db.orders).toBe(db.orders)
    expect((await caught(() => db.sessions.create({ id: 's' }))).code).toBe('FORBIDDEN')
    expect(await db.sessions.get({ id: 's' })).toBeUndefined()
  })

  test('changes are not for actors', async () => {
    const db = store.as(clerk) as unknown as ReturnType<typeof store.unrestricted>
    expect((await caught(() => db.orders.changes())).code).toBe('FORBIDDEN')
  })
})

describe('configuration', () => {
  test.each<[string, object]>([
    ['two policies of one entity', { policies: [orderPolicy, orderPolicy] }],
    ['a policy of another entity', { entities: { sessions: Session } }],
    ['a repository named transaction', { entities: { transaction: Order } }],
    ['two entities of one name', { entities: { orders: Order, others: Order } }],
  ])('%s is refused', async (_, config) => {
    const make = (): unknown =>
      createStore({ adapter: memory(), entities, policies: [orderPolicy], actor, ...config })
    expect((await caught(make)).code).toBe('INVALID')
  })

  test('unrestricted needs a reason', async () => {
    const store = createStore({ adapter: memory(), entities, actor })
    for (const reason of ['', '  ', undefined, 5])
      expect(await caught(() => store.unrestricted(reason as string))).toMatchObject({
        code: 'INVALID',
        field: 'reason',
      })
  })

  test('close and asyncDispose reach the driver, as often as called', async () => {
    let closed = 0
    const driver = { ...memory(), close: async () => void (closed += 1) }
    const store = createStore({ adapter: driver, entities, actor })
    await store.close()
    await store[Symbol.asyncDispose]()
    expect(closed).toBe(2)
  })

  test('the one back end is native without a name', () => {
    const driver = memory()
    expect(createStore({ adapter: driver, entities, actor }).native('a test')).toBe(driver.native())
  })

  test('ensureSchema hands over the models and returns the steps; a passing failure is retried', async () => {
    const asked: string[][] = []
    const { driver } = scriptedDriver()
    const flaky: Driver = {
      ...driver,
      schema: {
        plan: async () => [],
        apply: async (models) => {
          asked.push(models.map(({ name }) => name))
          if (asked.length === 1) throw new VendorError()
          return models.map(({ name }) => ({ entity: name, description: 'made' }))
        },
      },
    }
    const store = createStore({ adapter: flaky, entities, actor, clock: virtualClock() })
    expect(await store.ensureSchema()).toEqual([
      { entity: 'order', description: 'made' },
      { entity: 'session', description: 'made' },
    ])
    expect(asked).toEqual([
      ['order', 'session'],
      ['order', 'session'],
    ])
  })

  test('an ensureSchema that fails is of the store, and of no entity', async () => {
    const { driver } = scriptedDriver()
    const apply = (): Promise<never> => Promise.reject(new VendorError({ code: 'UNAVAILABLE' }))
    const adapter: Driver = { ...driver, schema: { ...driver.schema, apply } }
    const store = createStore({ adapter, entities, actor, clock: virtualClock() })
    const error = await caught(() => store.ensureSchema())
    expect(error.message).toBe(`${driver.name}: the store cannot be reached.`)
    expect(error.entity).toBeUndefined()
  })

  test('health never throws and says what is wrong without the vendor text', async () => {
    const { driver, readFaults } = scriptedDriver()
    const store = createStore({ adapter: driver, entities, actor, clock: virtualClock() })
    readFaults.push({ error: new VendorError({ code: 'UNAUTHENTICATED', retryable: false }) })
    const { default: health } = await store.health()
    expect(health).toMatchObject({ ok: false, error: { code: 'UNAUTHENTICATED' } })
    expect(health?.error?.message).not.toContain('secret-value')
    expect(await store.health()).toMatchObject({ default: { ok: true, milliseconds: 0 } })
  })
})

test('sweepExpired removes what has expired, up to a limit', async () => {
  const clock = virtualClock()
  const driver = memory()
  const store = createStore({ adapter: driver, entities, actor, clock })
  const db = store.unrestricted('test')
  for (const [at, id] of ['a', 'b', 'c', 'd'].entries())
    await db.sessions.create({ id, until: new Date(clock.time + (at + 1) * 1000) })
  await db.sessions.create({ id: 'forever' })
  clock.time += 3000
  expect(await store.sweepExpired({ limit: 2 })).toBe(2)
  expect(await store.sweepExpired()).toBe(1)
  expect(await store.sweepExpired()).toBe(0)
  const stored = await driver.get(Session.model, [['a'], ['b'], ['c'], ['d'], ['forever']], {})
  expect(stored.map((record) => record !== undefined)).toEqual([false, false, false, true, true])
  const prompt = { ...driver, capabilities: { ...driver.capabilities, physicalExpiry: 'prompt' } }
  clock.time += 3000
  expect(
    await createStore({ adapter: prompt as Driver, entities, actor, clock }).sweepExpired(),
  ).toBe(0)
})

describe("verify: 'always'", () => {
  const Loose = defineEntity('order', {
    schema: z.object({
      tenantId: z.string(),
      orderId: z.string(),
      total: z.int().optional(),
      margin: z.int().optional(),
      revision: z.string(),
    }),
    key: { partition: ['tenantId'], sort: ['orderId'] },
    version: 'revision',
  })
  const adapter = memory()
  const old = createStore({ adapter, entities: { orders: Loose }, actor }).unrestricted('seed')
  const shared = { adapter, entities: { orders: Order }, policies: [orderPolicy], actor }
  const strict = createStore({ ...shared, verify: 'always' })
  const key = { tenantId: 'acme', orderId: 'o1' }
  const reads = (db: ReturnType<typeof strict.as>): (() => Promise<unknown>)[] => [
    () => db.orders.get(key),
    () => db.orders.getMany([key]),
    () => db.orders.find({ where: { tenantId: 'acme' }, select: ['orderId'] }),
    async () => {
      for await (const row of db.orders.each({ where: { tenantId: 'acme' } })) void row
    },
  ]

  test('refuses a stored record that does not fit, without quoting it', async () => {
    await old.orders.put({ ...key, margin: 1 })
    for (const db of [strict.as(clerk), strict.unrestricted('test')])
      for (const read of reads(db)) {
        const error = await caught(read)
        expect(error).toMatchObject({ code: 'MISCONFIGURED', entity: 'order', field: 'total' })
        expect(error.message).not.toContain('acme')
      }
    expect(await createStore(shared).as(clerk).orders.get(key)).toMatchObject(key)
  })

  test('checks hidden fields too, and does not miss them where they are hidden', async () => {
    await old.orders.put({ ...key, total: 1 })
    expect(await caught(() => strict.as(clerk).orders.get(key))).toMatchObject({
      code: 'MISCONFIGURED',
      field: 'margin',
    })
    await old.orders.put({ ...key, total: 1, margin: 1 })
    const row = await strict.as(clerk).orders.get(key)
    expect(row).toMatchObject({ total: 1 })
    expect(row).not.toHaveProperty('margin')
    for (const read of reads(strict.as(clerk))) await read()
  })

  test('says nothing of records the actor may not read', async () => {
    await old.orders.put(key)
    const stranger = strict.as({ ...clerk, tenantId: 'other' })
    expect(await stranger.orders.get(key)).toBeUndefined()
  })
})

describe('telemetry', () => {
  test('traces every call through diagnostics_channel, only when somebody listens', async () => {
    const channel = tracingChannel<unknown, TraceContext>('holdfast.test')
    let traced = 0
    const telemetry = {
      get hasSubscribers(): boolean {
        return channel.hasSubscribers
      },
      tracePromise: <T>(run: () => Promise<T>, context: TraceContext): Promise<T> => {
        traced += 1
        return channel.tracePromise(run, context) as Promise<T>
      },
    }
    const store = createStore({
      adapter: memory(),
      entities,
      policies: [orderPolicy],
      actor,
      telemetry,
    })
    const db = store.as(clerk)
    await db.orders.create(order)
    expect(traced).toBe(0)
    const events: unknown[] = []
    const subscriber = {
      start: (context: object) => void events.push(['start', { ...context }]),
      end: () => undefined,
      asyncStart: () => undefined,
      asyncEnd: () => undefined,
      error: (context: object) =>
        void events.push(['error', (context as { operation: string }).operation]),
    }
    channel.subscribe(subscriber)
    const key = { tenantId: 'acme', orderId: 'o1' }
    await db.orders.get(key)
    await db.orders.find()
    await db.orders.update(key, { total: 6 })
    await caught(() => db.orders.create(order))
    channel.unsubscribe(subscriber)
    await db.orders.get(key)
    const context = { entity: 'order', store: 'memory' }
    expect(events).toEqual([
      ['start', { ...context, operation: 'get' }],
      ['start', { ...context, operation: 'find' }],
      ['start', { ...context, operation: 'update' }],
      ['start', { ...context, operation: 'create' }],
      ['error', 'create'],
    ])
    expect(traced).toBe(4)
  })

  test('a tracing channel of Node fits as it is', async () => {
    const channel = tracingChannel<unknown, TraceContext>('holdfast.plain')
    const operations: string[] = []
    const listen = (context: unknown): void =>
      void operations.push((context as TraceContext).operation)
    channel.start.subscribe(listen)
    const store = createStore({ adapter: memory(), entities, actor, telemetry: channel })
    await store.unrestricted('test').orders.count({ where: { tenantId: 'acme' } })
    channel.start.unsubscribe(listen)
    expect(operations).toEqual(['count'])
  })
})

describe('audit', () => {
  const events: AuditEvent[] = []
  const store = createStore({
    adapter: memory(),
    entities,
    policies: [orderPolicy],
    actor,
    audit: (event) => void events.push(event),
  })
  const key = { tenantId: 'acme', orderId: 'o1' }
  const since = async (run: () => Promise<unknown>): Promise<AuditEvent[]> => {
    events.length = 0
    await run().catch((error: unknown) => {
      if (!isHoldfastError(error)) throw error
    })
    return [...events]
  }
  const event = { actor: 'c7', entity: 'order', key }

  test('one event per decision on writes and per denial', async () => {
    const db = store.as(clerk)
    expect(await since(() => db.orders.create(order))).toEqual([
      { ...event, operation: 'create', rule: 'clerks-create', outcome: 'allowed' },
    ])
    expect(await since(() => db.orders.get(key))).toEqual([])
    expect(await since(() => db.orders.update(key, { total: 99 }))).toEqual([
      { ...event, operation: 'update', rule: 'clerks-update', outcome: 'allowed' },
    ])
    expect(await since(() => db.orders.update(key, { total: 1 }))).toEqual([
      { ...event, operation: 'update', rule: 'closed', outcome: 'denied' },
    ])
    expect(await since(() => db.orders.delete(key))).toEqual([
      { ...event, operation: 'delete', rule: undefined, outcome: 'denied' },
    ])
    expect(await since(() => db.orders.find({ where: { margin: 1 } }))).toEqual([
      { ...event, key: undefined, operation: 'read', rule: undefined, outcome: 'denied' },
    ])
    expect(await since(() => db.orders.create({ ...order, tenantId: 'other' }))).toMatchObject([
      { operation: 'create', outcome: 'denied' },
    ])
  })

  test('every call without policies, by its reason', async () => {
    const db = store.unrestricted('nightly job')
    const read = {
      actor: 'unrestricted: nightly job',
      entity: 'order',
      key: undefined,
      operation: 'read',
      rule: undefined,
      outcome: 'allowed',
    }
    expect(await since(() => db.orders.get(key))).toEqual([read])
    expect(await since(() => db.orders.find({ scan: true }))).toEqual([read])
    expect(await since(() => db.orders.put(order))).toMatchObject([{ operation: 'put', key }])
    expect(await since(() => db.transaction(async (tx) => tx.orders.delete(key)))).toMatchObject([
      { operation: 'delete', key, outcome: 'allowed' },
    ])
  })

  test('a transaction that fails reports no allowed write', async () => {
    const db = store.as(clerk)
    const run = (): Promise<unknown> =>
      db.transaction(async (tx) => {
        await tx.orders.create({ ...order, orderId: 'o2' })
        throw new HoldfastError('ABORTED', 'by the function')
      })
    expect(await since(run)).toEqual([])
  })
})

describe('coalesced gets', () => {
  const { driver, gets, readFaults } = scriptedDriver()
  const store = createStore({ adapter: driver, entities, policies: [orderPolicy], actor })
  const key = (orderId: string): { tenantId: string; orderId: string } => ({
    tenantId: 'acme',
    orderId,
  })

  test('the gets of one tick are one call, each key once', async () => {
    const seed = store.unrestricted('seed')
    for (const orderId of ['a', 'b', 'c']) await seed.orders.put({ ...order, orderId })
    gets.length = 0
    const db = store.as(clerk, { coalesce: true })
    const rows = await Promise.all(
      ['a', 'b', 'a', 'c', 'missing'].map((orderId) => db.orders.get(key(orderId))),
    )
    expect(rows.map((row) => row?.orderId)).toEqual(['a', 'b', 'a', 'c', undefined])
    expect(rows[0]).not.toBe(rows[2])
    expect(gets).toEqual([4])
    await db.orders.get(key('a'))
    expect(gets).toEqual([4, 1])
  })

  test('off by default, and never for a get with options', async () => {
    gets.length = 0
    const plain = store.as(clerk)
    await Promise.all(['a', 'b'].map((orderId) => plain.orders.get(key(orderId))))
    const db = store.as(clerk, { coalesce: true })
    await Promise.all(
      ['a', 'b'].map((orderId) => db.orders.get(key(orderId), { consistency: 'eventual' })),
    )
    expect(gets).toEqual([1, 1, 1, 1])
  })

  test('one bad key fails alone', async () => {
    const db = store.as(clerk, { coalesce: true })
    const results = await Promise.allSettled([
      db.orders.get(key('a')),
      db.orders.get({ tenantId: 'acme' } as never),
      db.orders.get(key('b')),
    ])
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  })

  test('actors do not share a batch', async () => {
    gets.length = 0
    const [mine, theirs] = await Promise.all([
      store.as(clerk, { coalesce: true }).orders.get(key('a')),
      store.as({ ...clerk, tenantId: 'other' }, { coalesce: true }).orders.get(key('a')),
    ])
    expect([mine?.orderId, theirs]).toEqual(['a', undefined])
    expect(gets).toEqual([1, 1])
  })

  test('a failing store rejects every get', async () => {
    const failure = { error: new VendorError({ code: 'PERMISSION_DENIED', retryable: false }) }
    readFaults.push(failure, failure, failure)
    const db = store.as(clerk, { coalesce: true })
    const results = await Promise.allSettled([db.orders.get(key('a')), db.orders.get(key('b'))])
    expect(results).toMatchObject([
      { status: 'rejected', reason: { code: 'PERMISSION_DENIED' } },
      { status: 'rejected', reason: { code: 'PERMISSION_DENIED' } },
    ])
    readFaults.length = 0
  })
})

describe('errors', () => {
  test('are recognised across package copies, by a registered symbol', () => {
    expect(isHoldfastError(new HoldfastError('INVALID', 'x'))).toBe(true)
    expect(isHoldfastError({ [Symbol.for('holdfast.error')]: true, code: 'INVALID' })).toBe(true)
    for (const other of [new Error('x'), { code: 'INVALID' }, null, undefined, 'INVALID'])
      expect(isHoldfastError(other)).toBe(false)
  })

  test('carry their detail; the mark is not enumerable', () => {
    const cause = new Error('vendor')
    const error = new HoldfastError('INVALID', 'x', { entity: 'order', field: 'total', cause })
    expect(error).toMatchObject({
      name: 'HoldfastError',
      retryable: false,
      outcome: 'not_applied',
      entity: 'order',
      field: 'total',
    })
    expect(error.cause).toBe(cause)
    expect(new HoldfastError('INVALID', 'x')).not.toHaveProperty('cause')
    expect(Object.getOwnPropertySymbols(Object.assign({}, error))).toEqual([])
  })
})
