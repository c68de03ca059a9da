import {
  Decimal,
  type EntityModel,
  type PatchWrite,
  type SweepingDriver,
  type Write,
} from '@holdfast/core/driver'
import type { Engine } from '@holdfast/engines'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { model, nextId, put, request, startPostgres, stores } from './stores.ts'

let engine: Engine
beforeAll(async () => {
  engine = await startPostgres()
})
afterAll(() => engine.stop())

const KEY = { partition: ['tenant'], sort: ['id'] } as const
const everything = model(
  'everything',
  {
    tenant: 'string',
    id: 'integer',
    text: 'string?',
    count: 'integer?',
    ratio: 'number?',
    big: 'bigint?',
    price: 'decimal?',
    done: 'boolean?',
    at: 'date?',
    raw: 'bytes?',
    list: 'array?',
    map: 'object?',
    any: 'json?',
  },
  KEY,
)
const keyed = model(
  'keyed',
  {
    a: 'string',
    b: 'integer',
    c: 'bigint',
    d: 'decimal',
    e: 'boolean',
    f: 'date',
    g: 'bytes',
    h: 'number',
  },
  { partition: ['a', 'b', 'c', 'd'], sort: ['e', 'f', 'g', 'h'] },
)
const account = model(
  'account',
  { id: 'string', owner: 'string?', balance: 'integer?', note: 'string?', hits: 'bigint?' },
  { partition: ['id'], sort: [] },
  [{ name: 'byOwner', partition: ['owner'], sort: [], unique: true }],
)
const session = model(
  'session',
  { id: 'string', expires: 'date?' },
  { partition: ['id'], sort: [] },
  [],
  'expires',
)
const ranked = model(
  'ranked',
  { team: 'string', id: 'string', score: 'integer?', grade: 'string?' },
  { partition: ['team'], sort: ['id'] },
  [{ name: 'byScore', partition: ['team'], sort: ['score', 'grade'], unique: false }],
)
const ENTITIES = [everything, keyed, account, session, ranked]

const samples: readonly Record<string, unknown>[] = [
  { tenant: 't', id: 1 },
  {
    tenant: 't',
    id: 2,
    text: '',
    count: 0,
    ratio: 0,
    big: 0n,
    price: Decimal.from('0'),
    done: false,
    at: new Date(0),
    raw: new Uint8Array(0),
    list: [],
    map: {},
    any: '',
  },
  {
    tenant: 'ü"\'\\',
    id: Number.MIN_SAFE_INTEGER,
    text: 'line\nbreak \u{1F600} "quoted" \\ {a,b} NULL',
    count: Number.MAX_SAFE_INTEGER,
    ratio: -1.797693134862315e125,
    big: -(2n ** 63n),
    price: Decimal.from('-1234567890123456789012345678.901234'),
    done: true,
    at: new Date('0001-01-01T00:00:00.000Z'),
    raw: Uint8Array.from({ length: 256 }, (_, at) => at),
    list: [1, [2, [null, 'x']], { a: 1n }],
    map: {
      date: new Date('0099-12-31T23:59:59.999Z'),
      bytes: Uint8Array.of(0, 255),
      deep: { price: Decimal.from('1.10') },
      big: 2n ** 62n,
      none: null,
    },
    any: 12,
  },
  {
    tenant: 't',
    id: 4,
    ratio: 1e-130,
    big: 2n ** 63n - 1n,
    price: Decimal.from('9.999999999999999999999999999999999e125'),
    at: new Date('9999-12-31T23:59:59.999Z'),
    any: [Decimal.from('0.1')],
  },
  {
    tenant: 't',
    id: 5,
    ratio: 0.1 + 0.2,
    price: Decimal.from('1e-130'),
    at: new Date('1883-11-18T12:03:57.001Z'),
    any: new Date(1),
  },
  {
    tenant: 't',
    id: 6,
    text: null,
    count: null,
    ratio: null,
    big: null,
    price: null,
    done: null,
    at: null,
    raw: null,
    list: null,
    map: null,
    any: null,
  },
  { tenant: 't', id: 7, any: 5n, list: ['say "$i"', { $: 1 }], map: { 'a b': '"$n"' } },
  { tenant: 't', id: 8, any: false },
  { tenant: 't', id: 9, any: Uint8Array.of(1) },
]

const patch = (entity: EntityModel, key: Write['key'], more: Partial<PatchWrite>): PatchWrite => ({
  kind: 'patch',
  entity,
  key,
  id: nextId(),
  expect: 'present',
  set: {},
  remove: [],
  increment: {},
  ...more,
})

describe.each(stores(() => engine))('$name', ({ open }) => {
  let driver: SweepingDriver
  let close: () => Promise<void>
  beforeAll(async () => {
    ;({ driver, close } = await open())
    await driver.schema.apply(ENTITIES)
  })
  afterAll(() => close())

  const write = async (one: Write, atomic = false) => (await driver.write([one], { atomic }))[0]
  const read = async (entity: EntityModel, ...key: Write['key']) =>
    (await driver.get(entity, [key], { history: true }))[0]

  test('applying again changes nothing', async () => {
    expect(await driver.schema.plan(ENTITIES)).toEqual([])
    expect(await driver.schema.apply(ENTITIES)).toEqual([])
  })

  test.each(samples)('stores and reads back %#', async (value) => {
    for (const list of [
      [put(everything, value)],
      [put(everything, value), put(everything, { tenant: 'other', id: 1 })],
    ]) {
      await driver.write(list, { atomic: false })
      const record = await read(everything, String(value['tenant']), Number(value['id']))
      expect(record?.value).toStrictEqual(value)
      expect(Object.getPrototypeOf(record?.value)).toBe(Object.prototype)
      expect(record?.version).toBe(list[0]?.id)
    }
  })

  test('every scalar kind can be a key', async () => {
    const values = [1, 2].map((n) => ({
      a: `k${n}`,
      b: -n,
      c: BigInt(n),
      d: Decimal.from(`${n}.5`),
      e: n === 1,
      f: new Date(n),
      g: Uint8Array.of(n),
      h: n / 3,
    }))
    const writes = values.map((value) => put(keyed, value))
    expect(await driver.write(writes, { atomic: false })).toEqual([
      { applied: true },
      { applied: true },
    ])
    const found = await driver.get(
      keyed,
      [
        ...writes.map(({ key }) => key),
        ['x', 1, 1n, Decimal.from(1), true, new Date(0), Uint8Array.of(1), 1],
      ].toReversed(),
      {},
    )
    expect(found.map((record) => record?.value)).toStrictEqual([undefined, values[1], values[0]])
    const again = [
      put(keyed, values[0] ?? {}, { expect: 'absent' }),
      put(keyed, { ...values[1], a: 'new' }, { expect: 'absent' }),
    ]
    expect(await driver.write(again, { atomic: false })).toEqual([
      { applied: false },
      { applied: true },
    ])
  })

  test('a write needs a greater id, and the version given', async () => {
    const [old, first, second, third] = [nextId(), nextId(), nextId(), nextId()]
    const value = { id: 'guarded', balance: 1 }
    expect(await write(put(account, value, { id: first }))).toEqual({ applied: true })
    expect(await write(put(account, { ...value, balance: 2 }, { id: old }))).toEqual({
      applied: false,
    })
    expect(await write(put(account, { ...value, balance: 2 }, { id: first }))).toEqual({
      applied: false,
    })
    expect(await write(put(account, value, { id: second, expect: 'absent' }))).toEqual({
      applied: false,
    })
    expect(await write(put(account, value, { id: second, version: old }))).toEqual({
      applied: false,
    })
    expect(
      await write(
        put(account, { id: 'guarded' }, { id: second, expect: 'present', version: first }),
      ),
    ).toEqual({ applied: true })
    expect(await read(account, 'guarded')).toEqual({
      value: { id: 'guarded' },
      version: second,
      history: second,
    })
    expect(await write(patch(account, ['guarded'], { id: first, set: { balance: 3 } }))).toEqual({
      applied: false,
    })
    expect(await write(patch(account, ['guarded'], { id: third, version: first }))).toEqual({
      applied: false,
    })
    expect(
      await write({
        kind: 'delete',
        entity: account,
        key: ['guarded'],
        id: third,
        expect: 'present',
        version: first,
      }),
    ).toEqual({ applied: false })
    expect(
      await write({
        kind: 'delete',
        entity: account,
        key: ['guarded'],
        id: third,
        expect: 'present',
      }),
    ).toEqual({ applied: true, record: { value: { id: 'guarded' }, version: second } })
    expect(
      await write({
        kind: 'delete',
        entity: account,
        key: ['guarded'],
        id: nextId(),
        expect: 'present',
      }),
    ).toEqual({ applied: false })
    expect(await write(put(account, value, { expect: 'present' }))).toEqual({ applied: false })
    expect(await write(patch(account, ['guarded'], {}))).toEqual({ applied: false })
  })

  test('history keeps the newest id of each lane', async () => {
    const ids = new Map<string, string>()
    for (const [n, lane] of [...'AABCACDPBPPA'].entries()) {
      const id = nextId(lane)
      await write(
        n % 2 === 0
          ? put(account, { id: 'history' }, { id })
          : patch(account, ['history'], { id, set: { balance: n } }),
      )
      ids.set(lane, id)
      const record = await read(account, 'history')
      expect(record?.version).toBe(id)
      expect(record?.history?.match(/.{22}/g)?.toSorted()).toEqual([...ids.values()].toSorted())
    }
  })

  test('conditions hold for the record as stored, and an absent record passes a put', async () => {
    const condition = { op: 'gt', field: 'balance', value: 5 } as const
    expect(await write(put(account, { id: 'cond', balance: 5 }, { condition }))).toEqual({
      applied: true,
    })
    expect(await write(put(account, { id: 'cond', balance: 9 }, { condition }))).toEqual({
      applied: false,
    })
    const not = { op: 'not', of: condition } as const
    expect(await write(put(account, { id: 'cond' }, { condition: not }))).toEqual({ applied: true })
    expect(await write(put(account, { id: 'cond', balance: 6 }, { condition: not }))).toEqual({
      applied: false,
    })
    const missing = { op: 'not', of: { op: 'exists', field: 'balance' } } as const
    expect(
      await write(patch(account, ['cond'], { condition: missing, set: { balance: null } })),
    ).toMatchObject({ applied: true })
    const isNull = { op: 'isNull', field: 'balance' } as const
    expect(
      await write({
        kind: 'delete',
        entity: account,
        key: ['cond'],
        id: nextId(),
        expect: 'present',
        condition: missing,
      }),
    ).toEqual({ applied: false })
    expect(
      await write({
        kind: 'delete',
        entity: account,
        key: ['cond'],
        id: nextId(),
        expect: 'present',
        condition: isNull,
      }),
    ).toMatchObject({ applied: true })
  })

  test('patches set, remove, increment and keep null apart from missing', async () => {
    await write(put(account, { id: 'p', owner: 'o', balance: null, note: null, hits: 2n ** 62n }))
    const steps: [Partial<PatchWrite>, Record<string, unknown>][] = [
      [
        { set: { owner: null } },
        { id: 'p', owner: null, balance: null, note: null, hits: 2n ** 62n },
      ],
      [
        { increment: { balance: 5, hits: -1n } },
        { id: 'p', owner: null, balance: 5, note: null, hits: 2n ** 62n - 1n },
      ],
      [
        { remove: ['note'], set: { owner: 'p' } },
        { id: 'p', owner: 'p', balance: 5, hits: 2n ** 62n - 1n },
      ],
      [
        { set: { note: null, owner: null }, remove: ['hits'], increment: { balance: -7 } },
        { id: 'p', owner: null, balance: -2, note: null },
      ],
      [
        { increment: { hits: 3n }, set: { note: 'n' } },
        { id: 'p', owner: null, balance: -2, note: 'n', hits: 3n },
      ],
      [{}, { id: 'p', owner: null, balance: -2, note: 'n', hits: 3n }],
    ]
    for (const [change, value] of steps) {
      const one = patch(account, ['p'], change)
      expect(await write(one)).toStrictEqual({ applied: true, record: { value, version: one.id } })
      expect((await read(account, 'p'))?.value).toStrictEqual(value)
    }
  })

  test('an increment beyond 64 bits is an error and changes nothing', async () => {
    await write(put(account, { id: 'over', hits: 2n ** 63n - 1n }))
    const error = await write(patch(account, ['over'], { increment: { hits: 1n } })).catch(
      (one: unknown) => one,
    )
    expect(driver.classify(error)).toMatchObject({ code: 'INVALID', outcome: 'not_applied' })
    expect((await read(account, 'over'))?.value).toEqual({ id: 'over', hits: 2n ** 63n - 1n })
  })

  test('an atomic list is all or nothing', async () => {
    await write(put(account, { id: 'b', balance: 1 }))
    const version = (await read(account, 'b'))?.version
    const list = (checked: string): Write[] => [
      put(account, { id: 'c', balance: 2 }, { expect: 'absent' }),
      patch(account, ['b'], { set: { balance: 7 } }),
      { kind: 'check', entity: account, key: [checked], id: nextId(), expect: 'absent' },
    ]
    expect(await driver.write(list('b'), { atomic: true })).toMatchObject([
      { applied: true },
      { applied: true },
      { applied: false },
    ])
    expect(await read(account, 'c')).toBeUndefined()
    expect((await read(account, 'b'))?.version).toBe(version)
    expect(await driver.write(list('a'), { atomic: true })).toMatchObject([
      { applied: true },
      { applied: true, record: { value: { id: 'b', balance: 7 } } },
      { applied: true },
    ])
    expect(await read(account, 'a')).toBeUndefined()
    const after = (await read(account, 'b'))?.version
    const present = (given: string | undefined): Write => ({
      kind: 'check',
      entity: account,
      key: ['b'],
      id: nextId(),
      expect: 'present',
      version: given,
    })
    expect(
      await driver.write([present(version), put(account, { id: 'd' })], { atomic: true }),
    ).toMatchObject([{ applied: false }, { applied: true }])
    expect(
      await driver.write([present(after), put(account, { id: 'd' })], { atomic: true }),
    ).toEqual([{ applied: true }, { applied: true }])
    expect(await write(present(version), true)).toEqual({ applied: false })
    expect(await write(present(after), true)).toEqual({ applied: true })
  })

  test('a unique index refuses a second record, in any form of write', async () => {
    await write(put(account, { id: 'u1', owner: 'unique' }))
    const codes = async (run: Promise<unknown>): Promise<unknown> =>
      driver.classify(await run.catch((error: unknown) => error))
    const expected = { code: 'ALREADY_EXISTS', retryable: false, outcome: 'not_applied' }
    expect(await codes(write(put(account, { id: 'u2', owner: 'unique' })))).toEqual(expected)
    await write(put(account, { id: 'u2' }))
    expect(await codes(write(patch(account, ['u2'], { set: { owner: 'unique' } })))).toEqual(
      expected,
    )
    expect(
      await codes(
        driver.write([put(account, { id: 'u3' }), put(account, { id: 'u4', owner: 'unique' })], {
          atomic: true,
        }),
      ),
    ).toEqual(expected)
    expect(await read(account, 'u3')).toBeUndefined()
    const results = await driver.write(
      ['u5', 'u6', 'u7'].map((id) => put(account, id === 'u6' ? { id, owner: 'unique' } : { id })),
      { atomic: false },
    )
    expect(results).toMatchObject([{ applied: true }, { applied: false }, { applied: true }])
    const failed = results[1]
    expect(failed?.applied === false && driver.classify(failed.error)).toEqual(expected)
    expect(await read(account, 'u7')).toBeDefined()
    for (const owner of [null, undefined])
      for (const id of ['n1', 'n2'])
        expect(await write(put(account, owner === null ? { id, owner } : { id }))).toEqual({
          applied: true,
        })
  })

  test('a list that is not atomic answers for each write', async () => {
    const ids = Array.from({ length: 120 }, (_, at) => `bulk${at}`)
    const many = (expect_: 'absent' | 'any') =>
      ids.map((id, at) =>
        put(
          account,
          { id, balance: at, note: at % 3 === 0 ? null : `n${at}` },
          { expect: expect_ },
        ),
      )
    await driver.write(many('absent').slice(10, 20), { atomic: false })
    const results = await driver.write(many('absent'), { atomic: false })
    expect(results.map(({ applied }) => applied)).toEqual(ids.map((_, at) => at < 10 || at >= 20))
    expect(
      (await driver.write(many('any'), { atomic: false })).every(({ applied }) => applied),
    ).toBe(true)
    const mixed: Write[] = [
      patch(account, ['bulk0'], { increment: { balance: 1 } }),
      { kind: 'delete', entity: account, key: ['bulk1'], id: nextId(), expect: 'present' },
      put(account, { id: 'bulk2' }, { expect: 'present' }),
      put(account, { id: 'absent' }, { expect: 'present' }),
      put(account, { id: 'bulk3' }, { id: '0' }),
      put(account, { id: 'bulk4' }, { id: nextId() }),
    ]
    expect((await driver.write(mixed, { atomic: false })).map(({ applied }) => applied)).toEqual([
      true,
      true,
      true,
      false,
      false,
      true,
    ])
    const found = await driver.get(
      account,
      ids.map((id) => [id]),
      {},
    )
    expect(found.map((record) => record?.value['balance']).slice(0, 6)).toEqual([
      1,
      undefined,
      undefined,
      3,
      undefined,
      5,
    ])
    expect(found[6]?.value).toEqual({ id: 'bulk6', balance: 6, note: null })
  })

  test('sweeps what has expired, up to a limit', async () => {
    for (let n = 0; n < 7; n += 1)
      await write(
        put(
          session,
          n < 5
            ? { id: `s${n}`, expires: new Date(1000 * n) }
            : n === 5
              ? { id: 's5', expires: null }
              : { id: 's6' },
        ),
      )
    expect(await driver.sweep(session, new Date(3000), 3, {})).toBe(3)
    expect(await driver.sweep(session, new Date(3000), 3, {})).toBe(1)
    expect(await driver.sweep(session, new Date(3000), 3, {})).toBe(0)
    const { records } = await driver.query(request(session), {})
    expect(records.map(({ value }) => value['id'])).toEqual(['s4', 's5', 's6'])
    expect(await driver.sweep(account, new Date(), 10, {})).toBe(0)
  })

  test('an aborted signal stops a call before it starts', async () => {
    const signal = AbortSignal.abort()
    const cancelled = { code: 'CANCELLED', outcome: 'not_applied' }
    await expect(driver.get(account, [['x']], { signal })).rejects.toMatchObject(cancelled)
    await expect(
      driver.write([put(account, { id: 'aborted' })], { atomic: false, signal }),
    ).rejects.toMatchObject(cancelled)
    await expect(
      driver.write([put(account, { id: 'aborted' }), put(account, { id: 'aborted2' })], {
        atomic: true,
        signal,
      }),
    ).rejects.toMatchObject(cancelled)
    await expect(driver.query(request(account), { signal })).rejects.toMatchObject(cancelled)
    expect(await read(account, 'aborted')).toBeUndefined()
  })

  test('a missing table is MISCONFIGURED', async () => {
    const nowhere = model('nowhere', { id: 'string' }, { partition: ['id'], sort: [] })
    const error = await driver.get(nowhere, [['x']], {}).catch((one: unknown) => one)
    expect(driver.classify(error)).toMatchObject({ code: 'MISCONFIGURED', retryable: false })
  })

  test('native is the client', () => {
    expect(driver.native()).toBeDefined()
  })
})

describe.each(stores(() => engine))('$name, closed', ({ open }) => {
  test('close is idempotent, also before the first call, and later calls say so', async () => {
    const { driver, close } = await open()
    expect(driver.native()).toBeUndefined()
    await driver.close()
    await close()
    await expect(driver.get(account, [['x']], {})).rejects.toMatchObject({ code: 'MISCONFIGURED' })
  })
})
