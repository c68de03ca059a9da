import type { EntityModel, IndexModel, SweepingDriver } from '@holdfast/core/driver'
import type { PGlite } from '@electric-sql/pglite'
import type { Engine } from '@holdfast/engines'
import type { DatabaseSync } from 'node:sqlite'
import type { Pool } from 'pg'
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, test } from 'vitest'
import { postgres, sqlite } from '../src/index.ts'
import { createDatabase, model, put, request, startPostgres, stores } from './stores.ts'

let engine: Engine
beforeAll(async () => {
  engine = await startPostgres()
})
afterAll(() => engine.stop())

const KEY = { partition: ['id'], sort: ['n'] } as const
const byName: IndexModel = { name: 'byName', partition: ['name'], sort: ['n'], unique: true }
const base = model('base', { id: 'string', n: 'integer', name: 'string?' }, KEY, [byName])

describe.each(stores(() => engine))('$name', ({ name, open }) => {
  let driver: SweepingDriver
  let close: () => Promise<void>
  beforeEach(async () => {
    ;({ driver, close } = await open())
  })
  afterEach(() => close())

  /** Runs SQL by the vendor's own client. */
  const sql = async (text: string): Promise<void> => {
    const client = driver.native()
    if (name === 'sqlite') (client as DatabaseSync).exec(text)
    else if (name === 'pglite') await (client as PGlite).exec(text)
    else await (client as Pool).query(text)
  }

  const refused = async (entity: EntityModel, ...parts: readonly string[]): Promise<void> => {
    for (const method of ['plan', 'apply'] as const) {
      const error: unknown = await driver.schema[method]([entity]).catch((one: unknown) => one)
      expect(error).toMatchObject({ code: 'MISCONFIGURED', entity: entity.name })
      for (const part of parts) expect(String(error)).toContain(part)
    }
  }

  test('plans what it applies, once', async () => {
    const plan = await driver.schema.plan([base])
    expect(plan).toEqual([
      { entity: 'base', description: 'create table base' },
      { entity: 'base', description: 'create index base_byName on base (name, n, id)' },
      { entity: 'base', description: 'create unique index base_byName~unique on base (name, n)' },
    ])
    expect(await driver.schema.apply([base])).toEqual(plan)
    expect(await driver.schema.plan([base])).toEqual([])
  })

  test('adds optional fields and new indexes to a table with records', async () => {
    await driver.schema.apply([base])
    await driver.write([put(base, { id: 'a', n: 1, name: 'x' })], { atomic: false })
    const byTag: IndexModel = { name: 'byTag', partition: ['tag'], sort: [], unique: false }
    const more = model(
      'base',
      { id: 'string', n: 'integer', name: 'string?', tag: 'string?', at: 'date?' },
      KEY,
      [byName, byTag],
      'at',
    )
    expect((await driver.schema.apply([more])).map(({ description }) => description)).toEqual([
      'add column tag to table base',
      'add column at to table base',
      'create index base_byTag on base (tag, id, n)',
      'create index base~expires on base (at)',
    ])
    expect((await driver.get(more, [['a', 1]], {}))[0]?.value).toEqual({ id: 'a', n: 1, name: 'x' })
    expect((await driver.get(base, [['a', 1]], {}))[0]?.value).toEqual({ id: 'a', n: 1, name: 'x' })
  })

  test('adds a required field to an empty table only', async () => {
    await driver.schema.apply([base])
    const more = model('base', { ...kinds(base), level: 'integer' }, KEY, [byName])
    expect(await driver.schema.plan([more])).toHaveLength(1)
    await driver.write([put(base, { id: 'a', n: 1 })], { atomic: false })
    await refused(more, 'level', 'required')
  })

  test('works whether a field was optional or required when its index was made', async () => {
    const at = { name: 'byAt', partition: ['id'], sort: ['at'], unique: false }
    const optional = model('turn', { id: 'string', n: 'integer', at: 'date?' }, KEY, [at])
    const required = model('turn', { id: 'string', n: 'integer', at: 'date' }, KEY, [at])
    await driver.schema.apply([optional])
    expect(await driver.schema.plan([required])).toEqual([])
    await driver.write(
      [put(required, { id: 'a', n: 1, at: new Date(1) }), put(optional, { id: 'a', n: 2 })],
      { atomic: false },
    )
    for (const entity of [required, optional]) {
      const { records } = await driver.query(request(entity, { index: at, partition: ['a'] }), {})
      expect(records.map(({ value }) => value['n'])).toEqual([1])
    }
  })

  test('refuses what does not fit, saying how', async () => {
    expect.hasAssertions()
    await driver.schema.apply([base])
    await refused(
      model('base', { id: 'string', n: 'integer', name: 'integer?' }, KEY, [byName]),
      'column name',
      'kind integer',
    )
    await refused(
      model('base', kinds(base), { partition: ['n'], sort: ['id'] }, [byName]),
      '(id, n)',
      '(n, id)',
    )
    await refused(
      model('base', { ...kinds(base), k: 'string' }, { partition: ['id'], sort: ['n', 'k'] }, [
        byName,
      ]),
      '(id, n)',
      '(id, n, k)',
    )
    await refused(
      model('base', kinds(base), KEY, [{ ...byName, sort: [] }]),
      'base_byName',
      '(name, n, id)',
      '(name, id, n)',
    )
    await sql('CREATE TABLE foreign_made (id text NOT NULL PRIMARY KEY)')
    await refused(model('foreign_made', { id: 'string' }, { partition: ['id'], sort: [] }), '_v')
    const collation = name === 'sqlite' ? 'NOCASE' : '"default"'
    const columns = ['"_v"', '"_h"', '"_n"'].map(
      (column) => `${column} text COLLATE ${name === 'sqlite' ? 'BINARY' : '"C"'}`,
    )
    await sql(
      `CREATE TABLE collated (id text COLLATE ${collation} NOT NULL PRIMARY KEY, ${columns.join(', ')})`,
    )
    await refused(
      model('collated', { id: 'string' }, { partition: ['id'], sort: [] }),
      'column id',
      'with collation',
    )
  })

  test('refuses a unique index that records already break', async () => {
    const loose = model('base', kinds(base), KEY)
    await driver.schema.apply([loose])
    await driver.write(
      [put(loose, { id: 'a', n: 1, name: 'x' }), put(loose, { id: 'b', n: 1, name: 'x' })],
      { atomic: false },
    )
    await expect(driver.schema.apply([base])).rejects.toMatchObject({
      code: 'MISCONFIGURED',
      message: expect.stringContaining('same values') as string,
    })
    expect((await driver.schema.plan([base])).length).toBe(2)
  })

  test('any legal name works', async () => {
    const long = 'n'.repeat(200)
    const fields = {
      'id "x"': 'string',
      n: 'integer',
      N: 'integer?',
      select: 'string?',
      xmin: 'integer?',
      [`${long}1`]: 'string?',
      [`${long}2`]: 'string?',
      ' é!\u{1F600}': 'string?',
      "it's": 'json?',
      constructor: 'string?',
    } as const
    const entity = model(
      'Order-' + 'x'.repeat(40),
      fields,
      { partition: ['id "x"'], sort: ['n'] },
      [{ name: 'i'.repeat(50), partition: [`${long}2`], sort: [' é!\u{1F600}'], unique: true }],
    )
    await driver.schema.apply([entity])
    expect(await driver.schema.plan([entity])).toEqual([])
    const value = {
      'id "x"': 'a',
      n: 1,
      N: 2,
      select: 's',
      xmin: 3,
      [`${long}1`]: 'l1',
      [`${long}2`]: 'l2',
      ' é!\u{1F600}': null,
      "it's": null,
      constructor: null,
    }
    await driver.write([put(entity, value)], { atomic: false })
    expect((await driver.get(entity, [['a', 1]], {}))[0]?.value).toEqual(value)
    const index = Object.values(entity.indexes)[0]
    const page = await driver.query(
      request(entity, { index, partition: ['l2'], filter: { op: 'isNull', field: "it's" } }),
      {},
    )
    expect(page.records.map((record) => record.value)).toEqual([value])
    const change = {
      kind: 'patch',
      entity,
      key: ['a', 1],
      id: '01',
      expect: 'present',
      set: { ' é!\u{1F600}': 'x' },
      remove: ["it's"],
      increment: { N: 1 },
    } as const
    const { "it's": _, ...rest } = value
    expect(await driver.write([change], { atomic: false })).toEqual([
      { applied: true, record: { value: { ...rest, N: 3, ' é!\u{1F600}': 'x' }, version: '01' } },
    ])
  })

  test('two may apply at once', async () => {
    await Promise.all([driver.schema.apply([base]), driver.schema.apply([base])])
    expect(await driver.schema.plan([base])).toEqual([])
  })
})

const kinds = (entity: EntityModel): Parameters<typeof model>[1] =>
  Object.fromEntries(
    Object.values(entity.fields).map(({ name, kind, optional }) => [
      name,
      optional ? (`${kind}?` as const) : kind,
    ]),
  )

test('sqlite: two entities whose names differ in case only are refused', async () => {
  const driver = sqlite({ file: ':memory:' })
  await driver.schema.apply([base])
  const other = model('Base', kinds(base), KEY)
  await expect(driver.schema.apply([other])).rejects.toMatchObject({ code: 'MISCONFIGURED' })
  await driver.close()
})

test('postgres: tables are made in the schema given, from many processes at once', async () => {
  const connectionString = await createDatabase(engine.url)
  const drivers = Array.from({ length: 4 }, () =>
    postgres({ connectionString, schema: 'My "schema"', max: 2 }),
  )
  const steps = await Promise.all(drivers.map((driver) => driver.schema.apply([base])))
  expect(steps.map(({ length }) => length).filter((length) => length > 0)).toEqual([4])
  const [driver] = drivers
  await driver?.write([put(base, { id: 'a', n: 1 }), put(base, { id: 'b', n: 1 })], {
    atomic: true,
  })
  expect(await driver?.schema.plan([base])).toEqual([])
  const client = driver?.native() as Pool
  const { rows } = await client.query('select schemaname from pg_tables where tablename = $1', [
    'base',
  ])
  expect(rows).toEqual([{ schemaname: 'My "schema"' }])
  await Promise.all(drivers.map((one) => one.close()))
})
