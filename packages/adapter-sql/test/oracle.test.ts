// Every store against the reference driver in memory, on random data, queries, filters and writes.
import {
  Decimal,
  type EntityModel,
  type Filter,
  type IndexModel,
  type Key,
  type Position,
  type QueryRequest,
  type Scalar,
  type SweepingDriver,
  type Write,
} from '@holdfast/core/driver'
import { memory } from '@holdfast/core/memory'
import type { Engine } from '@holdfast/engines'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { model, nextId, put, request, startPostgres, stores } from './stores.ts'

let engine: Engine
beforeAll(async () => {
  engine = await startPostgres()
})
afterAll(() => engine.stop())

/** Small and repeatable: mulberry32. */
const randomFrom = (seed: number): (() => number) => {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

const POOL: Readonly<Record<string, readonly Scalar[]>> = {
  tenant: ['t', 'T', 'ä'],
  id: ['', 'a', 'A', 'a ', 'b', 'ab', 'a%', 'a_', '\u{1F600}', '\uffee', 'z', 'é', 'e\u0301'],
  s: [
    '',
    'a',
    'A',
    'ab',
    'aB',
    'a%',
    'a_',
    'ä',
    '\ud7ff',
    '\ue000',
    '\u{10ffff}',
    'a\u{10ffff}',
    '\u{1F600}b',
  ],
  i: [-2, -1, 0, 1, 2, Number.MAX_SAFE_INTEGER],
  n: [-1.5, -1e-130, 0, 1e-9, 0.1, 2, 1e125],
  b: [-(2n ** 63n), -1n, 0n, 1n, 2n ** 53n + 1n, 2n ** 63n - 1n],
  d: ['-2.5', '-0.1', '0', '0.1', '1', '10', '1e-130', '99999999999999999999999999.99999999'].map(
    (text) => Decimal.from(text),
  ),
  f: [false, true],
  t: [
    '0001-01-01T00:00:00Z',
    '0099-05-05T00:00:00Z',
    '1969-12-31T23:59:59.999Z',
    '2026-11-23T01:02:03.004Z',
  ].map((text) => new Date(text)),
  y: [Uint8Array.of(), Uint8Array.of(0), Uint8Array.of(0, 1), Uint8Array.of(255)],
}
const NESTED: Readonly<Record<string, readonly unknown[]>> = {
  l: [[], [1]],
  o: [{}, { a: 1 }],
  j: [1, 'x', {}],
}
const OPTIONAL = ['s', 'i', 'n', 'b', 'd', 'f', 't', 'y', 'l', 'o', 'j']

const index = (
  name: string,
  partition: readonly string[],
  sort: readonly string[],
): IndexModel => ({ name, partition, sort, unique: false })
const INDEXES = [
  index('one', ['tenant'], ['s']),
  index('two', ['tenant', 'f'], ['i', 's']),
  index('three', ['s'], ['t', 'b', 'd']),
  index('four', ['i'], []),
  index('five', ['tenant'], ['id', 'n', 'y']),
  index('six', ['tenant'], ['r', 'i']),
]
const entity: EntityModel = model(
  'thing',
  {
    tenant: 'string',
    id: 'string',
    s: 'string?',
    i: 'integer?',
    n: 'number?',
    b: 'bigint?',
    d: 'decimal?',
    f: 'boolean?',
    t: 'date?',
    y: 'bytes?',
    l: 'array?',
    o: 'object?',
    j: 'json?',
    r: 'integer',
  },
  { partition: ['tenant'], sort: ['id'] },
  INDEXES,
)

class Generator {
  readonly random: () => number
  constructor(seed: number) {
    this.random = randomFrom(seed)
  }
  pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.random() * list.length)] as T
  }
  chance(p: number): boolean {
    return this.random() < p
  }
  scalar(field: string): Scalar {
    return field === 'r' ? this.pick([1, 2, 3]) : this.pick(POOL[field] ?? [])
  }
  any(field: string): unknown {
    return this.pick((POOL[field] ?? NESTED[field]) as readonly unknown[])
  }
  record(): Record<string, unknown> {
    const value: Record<string, unknown> = {
      tenant: this.scalar('tenant'),
      id: this.scalar('id'),
      r: this.scalar('r'),
    }
    for (const field of OPTIONAL)
      if (!this.chance(0.2)) value[field] = this.chance(0.2) ? null : this.any(field)
    return value
  }
  filter(depth: number): Filter {
    const kind = this.random()
    if (depth > 0 && kind < 0.25)
      return {
        op: this.pick(['and', 'or'] as const),
        of: Array.from({ length: 1 + Math.floor(this.random() * 3) }, () => this.filter(depth - 1)),
      }
    if (depth > 0 && kind < 0.4) return { op: 'not', of: this.filter(depth - 1) }
    if (kind < 0.45) return { op: 'const', value: this.pick([true, false, undefined]) }
    if (kind < 0.6)
      return {
        op: this.pick(['isNull', 'exists'] as const),
        field: this.pick([...OPTIONAL, 'id', 'r']),
      }
    const field = this.pick(['tenant', 'id', 's', 'i', 'n', 'b', 'd', 'f', 't', 'y', 'r'])
    if (kind < 0.7)
      return {
        op: 'in',
        field,
        values: Array.from({ length: Math.floor(this.random() * 4) }, () => this.scalar(field)),
      }
    const text = this.pick(['tenant', 'id', 's'])
    if (kind < 0.78) return { op: 'startsWith', field: text, value: this.scalar(text) }
    return {
      op: this.pick(['eq', 'gt', 'gte', 'lt', 'lte'] as const),
      field,
      value: this.scalar(field),
    }
  }
  query(): QueryRequest {
    const path = this.pick([undefined, undefined, ...INDEXES])
    const { partition, sort } = path ?? entity.key
    const descending = this.chance(0.5)
    const filter = this.chance(0.5) ? this.filter(2) : undefined
    if (path === undefined && this.chance(0.2)) return request(entity, { descending, filter })
    const prefix = sort
      .slice(0, Math.floor(this.random() * (sort.length + 1)))
      .map((field) => this.scalar(field))
    const ranged = sort[prefix.length]
    const range = ranged !== undefined && this.chance(0.5) ? this.range(ranged) : undefined
    return request(entity, {
      index: path,
      partition: partition.map((field) => this.scalar(field)),
      prefix,
      range,
      descending,
      filter,
    })
  }
  range(field: string): NonNullable<QueryRequest['range']> {
    const value = (): Scalar => this.scalar(field)
    if (['s', 'id'].includes(field) && this.chance(0.4)) return { startsWith: String(value()) }
    const low = this.pick([{ gt: value() }, { gte: value() }])
    const high = this.pick([{ lt: value() }, { lte: value() }])
    return this.pick([low, high, { ...low, ...high }])
  }
  write(): Write {
    const value = this.record()
    const condition = this.chance(0.4) ? this.filter(1) : undefined
    const key = [value['tenant'], value['id']] as Key
    const id = nextId()
    const kind = this.random()
    if (kind < 0.5)
      return put(entity, value, {
        id,
        expect: this.pick(['any', 'any', 'absent', 'present'] as const),
        condition,
      })
    if (kind < 0.6) return { kind: 'delete', entity, key, id, expect: 'present', condition }
    const set: Record<string, unknown> = {}
    const remove: string[] = []
    const increment: Record<string, number | bigint> = {}
    for (const field of OPTIONAL) {
      const what = this.random()
      if (what < 0.2) set[field] = this.chance(0.3) ? null : this.any(field)
      else if (what < 0.3) remove.push(field)
    }
    return { kind: 'patch', entity, key, id, expect: 'present', condition, set, remove, increment }
  }
}

/** All pages of a query. */
const pages = async (
  driver: SweepingDriver,
  query: QueryRequest,
  limit: number,
): Promise<unknown[]> => {
  const found: unknown[] = []
  let after: Position | undefined
  do {
    const page = await driver.query({ ...query, after, limit }, {})
    found.push(...page.records)
    expect(page.records.length).toBeLessThanOrEqual(limit)
    after = page.next
  } while (after !== undefined)
  return found
}

describe.each(stores(() => engine))('$name answers as the reference', ({ name, open }) => {
  const reference = memory()
  let driver: SweepingDriver
  let close: () => Promise<void>
  const runs = name === 'sqlite' ? 1500 : 500
  beforeAll(async () => {
    ;({ driver, close } = await open())
    await driver.schema.apply([entity])
  })
  afterAll(() => close())

  test('writes', async () => {
    const generator = new Generator(1)
    for (let run = 0; run < runs; run += 1) {
      const writes = Array.from({ length: generator.chance(0.7) ? 1 : 3 }, () => generator.write())
      const distinct = [...new Map(writes.map((one) => [JSON.stringify(one.key), one])).values()]
      const atomic = generator.chance(0.5)
      const plain = (results: readonly object[]): unknown[] =>
        results.map((result) => ({ ...result, current: undefined }))
      const expected = plain(await reference.write(distinct, { atomic }))
      expect(plain(await driver.write(distinct, { atomic })), `run ${run}`).toStrictEqual(expected)
    }
    const all = await pages(reference, request(entity), 1000)
    expect(all.length).toBeGreaterThan(20)
    expect(await pages(driver, request(entity), 1000)).toStrictEqual(all)
  })

  test('queries', async () => {
    const generator = new Generator(2)
    let seen = 0
    for (let run = 0; run < runs; run += 1) {
      const query = generator.query()
      const expected = await pages(reference, query, 1000)
      seen += expected.length
      const limit = generator.pick([1, 2, 3, 100])
      expect(await pages(driver, query, limit), `run ${run}`).toStrictEqual(expected)
      expect((await driver.query({ ...query, count: true }, {})).count, `run ${run}`).toBe(
        expected.length,
      )
    }
    expect(seen).toBeGreaterThan(runs)
  })

  test('positions that name no record', async () => {
    const generator = new Generator(3)
    for (let run = 0; run < runs; run += 1) {
      const query = generator.query()
      const { index: path, partition } = query
      if (partition === undefined) continue
      const fields = [...new Set([...(path ?? entity.key).sort, 'tenant', 'id'])].filter(
        (field) => !(path ?? entity.key).partition.includes(field),
      )
      const after = fields.map(
        (field, at) =>
          query.prefix[at] ??
          (field in POOL && OPTIONAL.includes(field) && generator.chance(0.3)
            ? null
            : generator.scalar(field)),
      )
      const expected = await reference.query({ ...query, after }, {})
      expect(await driver.query({ ...query, after }, {}), `run ${run}`).toStrictEqual(expected)
    }
  })
})
