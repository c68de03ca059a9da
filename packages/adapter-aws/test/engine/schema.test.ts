import {
  CreateTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  type CreateTableCommandInput,
} from '@aws-sdk/client-dynamodb'
import type { ChangeDriver, EntityModel, IndexModel } from '@holdfast/core/driver'
import { describe, expect, test } from 'vitest'
import { model, patch, put, request, writeId as id } from '@holdfast/contract-tests/models'
import { testPlace } from '../place.ts'

const place = testPlace()
const KEY = { partition: ['id'], sort: [] } as const
const FIELDS = { id: 'string', a: 'string?', b: 'string?', ends: 'date?' } as const
const index = (name: string, field: string): IndexModel => ({
  name,
  partition: [field],
  sort: [],
  unique: false,
})
const described = async (name: string) =>
  (await place.client().send(new DescribeTableCommand({ TableName: place.prefix + name }))).Table

test('a plan says what is made, apply makes it, and then nothing is left', async () => {
  const driver = place.open()
  const one = model('one', FIELDS, KEY, { indexes: [index('byA', 'a')], expiresAt: 'ends' })
  const steps = [
    { entity: 'one', description: `create table ${place.prefix}one with indexes byA` },
    {
      entity: 'one',
      description: `remove expired items of table ${place.prefix}one by attribute _t`,
    },
  ]
  expect(await driver.schema.plan([one])).toEqual(steps)
  expect(await driver.schema.apply([one])).toEqual(steps)
  expect(await driver.schema.plan([one])).toEqual([])
  expect(await driver.schema.apply([one])).toEqual([])
  expect(await described('one')).toMatchObject({
    BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
    StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
  })
  const { TimeToLiveDescription } = await place
    .client()
    .send(new DescribeTimeToLiveCommand({ TableName: `${place.prefix}one` }))
  expect(TimeToLiveDescription).toMatchObject({ AttributeName: '_t' })
})

test('indexes are added to a table one after the other, and none is dropped', async () => {
  const driver = place.open()
  const bare = model('grow', FIELDS, KEY)
  const grown = model('grow', FIELDS, KEY, { indexes: [index('byA', 'a'), index('byB', 'b')] })
  await driver.schema.apply([bare])
  expect(await driver.schema.apply([grown])).toEqual([
    { entity: 'grow', description: `add index byA to table ${place.prefix}grow` },
    { entity: 'grow', description: `add index byB to table ${place.prefix}grow` },
    {
      entity: 'grow',
      description: `give the records of grow in table ${place.prefix}grow their entries in byA, byB`,
    },
  ])
  expect(await driver.schema.apply([grown])).toEqual([])
  expect(await driver.schema.apply([bare])).toEqual([
    { entity: 'grow', description: `note in table ${place.prefix}grow how grow is declared` },
  ])
  const table = await described('grow')
  expect(table?.GlobalSecondaryIndexes?.map(({ IndexName }) => IndexName).toSorted()).toEqual([
    'byA',
    'byB',
  ])
})

test('entities of a group share one table and the indexes of one name', async () => {
  const driver = place.open()
  const group = 'team'
  const members = [
    model('user', FIELDS, KEY, { group, indexes: [index('byA', 'a')] }),
    model('role', FIELDS, KEY, { group, indexes: [index('byA', 'b'), index('byB', 'b')] }),
  ]
  expect(await driver.schema.apply(members)).toEqual([
    { entity: 'user', description: `create table ${place.prefix}team with indexes byA, byB` },
  ])
})

test('two processes may do the same at once', async () => {
  const drivers = [place.open(), place.open(), place.open()]
  const bare = model('twice', FIELDS, KEY)
  const grown = model('twice', FIELDS, KEY, {
    indexes: [index('byA', 'a'), index('byB', 'b')],
    expiresAt: 'ends',
  })
  await Promise.all(drivers.map((driver) => driver.schema.apply([bare])))
  await Promise.all(drivers.map((driver) => driver.schema.apply([grown])))
  for (const driver of drivers) expect(await driver.schema.plan([grown])).toEqual([])
})

describe('an index declared when there are records', () => {
  const ids = Array.from({ length: 60 }, (_, at) => String(at).padStart(2, '0'))
  const valueOf = (one: string) => ({ id: one, a: `a${Number(one) % 3}`, b: one })
  const load = async (driver: ChangeDriver, entity: EntityModel): Promise<void> => {
    await driver.schema.apply([entity])
    for (const one of ids)
      await driver.write([put(entity, { key: [one], id: id(1), value: valueOf(one) })], {
        atomic: false,
      })
  }
  const inIndex = async (
    driver: ChangeDriver,
    entity: EntityModel,
    name: string,
    value: string,
  ) => {
    const page = await driver.query(
      request(entity, { index: entity.indexes[name], partition: [value], consistency: 'eventual' }),
      {},
    )
    return page.records.map(({ value }) => String(value['id'])).toSorted()
  }

  test('has all of them, unchanged, those written meanwhile included', async () => {
    const driver = place.open()
    const bare = model('late', FIELDS, KEY)
    const grown = model('late', FIELDS, KEY, { indexes: [index('byA', 'a')] })
    await load(driver, bare)
    let isDone = false
    const changed = (async (): Promise<void> => {
      for (let at = 0; !isDone; at += 1) {
        const one = ids[at % 20] ?? ''
        const set = { a: `a${(Number(one) + 1) % 3}` }
        const write = patch(grown, { key: [one], id: id(2 + at), set })
        // DynamoDB Local fails while it adds an index; core would send the write again.
        await driver.write([write], { atomic: false }).catch((error: Error) => {
          expect(error.name).toBe('InternalFailure')
        })
      }
    })()
    await driver.schema.apply([grown])
    isDone = true
    await changed
    const found = await Promise.all(
      ['a0', 'a1', 'a2'].map((value) => inIndex(driver, grown, 'byA', value)),
    )
    const stored = await driver.get(
      grown,
      ids.map((one) => [one]),
      {},
    )
    const wanted = ['a0', 'a1', 'a2'].map((value) =>
      stored.filter((record) => record?.value['a'] === value).map((record) => record?.value['id']),
    )
    expect(found).toEqual(wanted)
    expect(found.flat().toSorted()).toEqual(ids)
  })

  test('keeps its entries right when it was not declared for a while', async () => {
    const driver = place.open()
    const bare = model('gap', FIELDS, KEY)
    const grown = model('gap', FIELDS, KEY, { indexes: [index('byA', 'a')] })
    await load(driver, grown)
    await driver.schema.apply([bare])
    const change = patch(bare, { key: ['00'], id: id(9), set: { a: 'moved' } })
    const drop = patch(bare, { key: ['01'], id: id(9), remove: ['a'] })
    await driver.write([change], { atomic: false })
    await driver.write([drop], { atomic: false })
    await driver.schema.apply([grown])
    expect(await inIndex(driver, grown, 'byA', 'moved')).toEqual(['00'])
    expect(await inIndex(driver, grown, 'byA', 'a0')).not.toContain('00')
    expect(await inIndex(driver, grown, 'byA', 'a1')).not.toContain('01')
  })

  test('claims unique values, and is refused while two records share one', async () => {
    const driver = place.open()
    const bare = model('sole', FIELDS, KEY)
    const byB = { ...index('byB', 'b'), unique: true }
    const grown = model('sole', FIELDS, KEY, { indexes: [byB] })
    await load(driver, bare)
    const twin = put(bare, { key: ['twin'], id: id(1), value: { id: 'twin', b: '07' } })
    await driver.write([twin], { atomic: false })
    const error: unknown = await driver.schema.apply([grown]).catch((one: unknown) => one)
    expect(error).toMatchObject({ code: 'MISCONFIGURED', entity: 'sole' })
    await driver.write(
      [{ kind: 'delete', entity: bare, key: ['twin'], id: id(2), expect: 'present' }],
      { atomic: false },
    )
    await driver.schema.apply([grown])
    expect(await driver.schema.plan([grown])).toEqual([])
    expect(await inIndex(driver, grown, 'byB', '07')).toEqual(['07'])
    const late = put(grown, { key: ['late'], id: id(3), value: { id: 'late', b: '08' } })
    await expect(driver.write([late], { atomic: false })).rejects.toMatchObject({
      code: 'ALREADY_EXISTS',
    })
    const [versions] = await driver.get(grown, [['08']], {})
    expect(versions).toEqual({ value: valueOf('08'), version: id(1) })
  })

  test.each([
    ['an index', { indexes: [index('byA', 'b')] }, KEY, 'index byA was made of [["a"]'],
    ['the key', {}, { partition: ['id'], sort: ['a'] }, 'its key was made of [["id"],[]]'],
  ])('is refused when %s is declared differently', async (what, more, key, said) => {
    const driver = place.open()
    const name = `re-${what.replaceAll(' ', '-')}`
    await driver.schema.apply([model(name, FIELDS, KEY, { indexes: [index('byA', 'a')] })])
    const error: unknown = await driver.schema
      .apply([model(name, FIELDS, key, more)])
      .catch((one: unknown) => one)
    expect(error).toMatchObject({ code: 'MISCONFIGURED', entity: name })
    expect(String(error)).toContain(said)
  })
})

const text = (...names: readonly string[]) =>
  names.map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const }))
const keys = (partition: string, sort?: string) => [
  { AttributeName: partition, KeyType: 'HASH' as const },
  ...(sort === undefined ? [] : [{ AttributeName: sort, KeyType: 'RANGE' as const }]),
]
const stream = (view: 'KEYS_ONLY' | 'NEW_AND_OLD_IMAGES') => ({
  StreamEnabled: true,
  StreamViewType: view,
})

const MISFITS: readonly (readonly [string, Partial<CreateTableCommandInput>, readonly string[]])[] =
  [
    [
      'another key',
      { KeySchema: keys('id'), AttributeDefinitions: text('id') },
      ['id HASH', '_p HASH, _s RANGE'],
    ],
    [
      'another type of key',
      { AttributeDefinitions: [...text('_p'), { AttributeName: '_s', AttributeType: 'N' }] },
      ['_s is of type N and needs S'],
    ],
    [
      'an index with another key',
      {
        AttributeDefinitions: text('_p', '_s', 'a'),
        GlobalSecondaryIndexes: [
          { IndexName: 'byA', KeySchema: keys('a'), Projection: { ProjectionType: 'ALL' } },
        ],
      },
      ['index byA', 'a HASH', '_p.byA HASH, _s.byA RANGE'],
    ],
    [
      'an index without all attributes',
      {
        AttributeDefinitions: text('_p', '_s', '_p.byA', '_s.byA'),
        GlobalSecondaryIndexes: [
          {
            IndexName: 'byA',
            KeySchema: keys('_p.byA', '_s.byA'),
            Projection: { ProjectionType: 'KEYS_ONLY' },
          },
        ],
      },
      ['index byA projects KEYS_ONLY and needs ALL'],
    ],
    [
      'a stream without images',
      { StreamSpecification: stream('KEYS_ONLY') },
      ['KEYS_ONLY', 'NEW_AND_OLD_IMAGES'],
    ],
  ]

test.each(MISFITS)(
  'a table with %s is refused, and the message says how it differs',
  async (what, given, parts) => {
    const driver = place.open()
    const name = what.replaceAll(' ', '-')
    await place.client().send(
      new CreateTableCommand({
        TableName: place.prefix + name,
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: keys('_p', '_s'),
        AttributeDefinitions: text('_p', '_s'),
        ...given,
      }),
    )
    const entity: EntityModel = model(name, FIELDS, KEY, { indexes: [index('byA', 'a')] })
    for (const method of ['plan', 'apply'] as const) {
      const error: unknown = await driver.schema[method]([entity]).catch((one: unknown) => one)
      expect(error).toMatchObject({ code: 'MISCONFIGURED', entity: name })
      for (const part of parts) expect(String(error)).toContain(part)
    }
  },
)

test('a call on a table that is not there is MISCONFIGURED', async () => {
  const driver = place.open()
  const error: unknown = await driver
    .get(model('nowhere', FIELDS, KEY), [['x']], {})
    .catch((one: unknown) => one)
  expect(driver.classify(error)).toMatchObject({ code: 'MISCONFIGURED', retryable: false })
})

test('streams are enabled for the groups named only, and later for more', async () => {
  const entities = [model('seen', FIELDS, KEY), model('unseen', FIELDS, KEY)]
  await place.open({ streams: ['seen'] }).schema.apply(entities)
  const streams = async () =>
    Promise.all(
      entities.map(async ({ name }) => (await described(name))?.StreamSpecification?.StreamEnabled),
    )
  expect(await streams()).toEqual([true, undefined])
  const none = place.open({ streams: false })
  expect(none.capabilities.changes).toBe('none')
  expect(await none.schema.plan(entities)).toEqual([])
  expect(await place.open().schema.apply(entities)).toEqual([
    { entity: 'unseen', description: `enable the stream of table ${place.prefix}unseen` },
  ])
  expect(await streams()).toEqual([true, true])
})
