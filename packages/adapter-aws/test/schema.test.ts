import {
  CreateTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  type CreateTableCommandInput,
} from '@aws-sdk/client-dynamodb'
import type { EntityModel, IndexModel } from '@holdfast/core/driver'
import { expect, test } from 'vitest'
import { model, testPlace } from './place.ts'

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
  ])
  expect(await driver.schema.apply([bare])).toEqual([])
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
