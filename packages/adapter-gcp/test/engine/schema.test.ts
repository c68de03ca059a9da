import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EntityModel, IndexModel } from '@holdfast/core/driver'
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
const byA = index('byA', 'a')

test('a plan says what is done, apply does it, and then nothing is left', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-'))
  const indexFile = join(folder, 'firestore.indexes.json')
  const driver = place.open({ indexFile })
  const one = model('one', FIELDS, KEY, { indexes: [byA], expiresAt: 'ends' })
  const collection = `${place.prefix}one`
  const steps = [
    {
      entity: 'one',
      description: `write the fields of ${place.prefix}.holdfast, ${collection}, ${collection}.deleted to ${indexFile}; deploy it with firebase deploy --only firestore:indexes`,
    },
    {
      entity: 'one',
      description: `give the records in collection ${collection} their places in byA`,
    },
  ]
  expect(await driver.schema.plan([one])).toEqual(steps)
  expect(await driver.schema.apply([one])).toEqual(steps)
  expect(await driver.schema.plan([one])).toEqual([])
  expect(await driver.schema.apply([one])).toEqual([])
  const { fieldOverrides } = JSON.parse(await readFile(indexFile, 'utf8'))
  expect(fieldOverrides).toContainEqual({
    collectionGroup: collection,
    fieldPath: 'ends',
    indexes: [],
    ttl: true,
  })
  await rm(folder, { recursive: true })
})

describe('an index', () => {
  const write = (entity: EntityModel, value: { readonly id: string; readonly a: string }) =>
    place.open().write([put(entity, { key: [value.id], id: id(1), value })], { atomic: false })

  test('of which nobody knows that it is complete is refused, though Firestore would answer', async () => {
    const late = model('late', FIELDS, KEY, { indexes: [byA] })
    const driver = place.open()
    await write(late, { id: '1', a: 'x' })
    const query = () => driver.query(request(late, { index: byA, partition: ['x'] }), {})
    await expect(query()).rejects.toMatchObject({
      code: 'MISCONFIGURED',
      entity: 'late',
      message: expect.stringContaining('run store.ensureSchema()'),
    })
    await place.open().schema.apply([late])
    expect((await query()).records).toHaveLength(1)
  })

  test('that is declared later finds what was there before, and leaves versions alone', async () => {
    const bare = model('grow', FIELDS, KEY)
    const grown = model('grow', FIELDS, KEY, { indexes: [byA, index('byB', 'b')] })
    const driver = place.open()
    await driver.schema.apply([bare])
    for (let at = 0; at < 700; at += 100)
      await driver.write(
        Array.from({ length: 100 }, (_, n) => {
          const value = { id: `k${1000 + at + n}`, a: `a${n % 2}` }
          return put(bare, { key: [value.id], id: id(1), expect: 'absent', value })
        }),
        { atomic: false },
      )
    expect(await driver.schema.apply([grown])).toEqual([
      {
        entity: 'grow',
        description: `give the records in collection ${place.prefix}grow their places in byA, byB`,
      },
    ])
    const counted = request(grown, { index: byA, partition: ['a1'], count: true })
    expect((await driver.query(counted, {})).count).toBe(350)
    const [record] = await driver.get(grown, [['k1001']], { history: true })
    expect(record).toMatchObject({ version: id(1), history: id(1) })
    await driver.write([patch(grown, { key: ['k1001'], id: id(2), set: { a: 'a0' } })], {
      atomic: false,
    })
    expect((await driver.query(counted, {})).count).toBe(349)
  })

  test('that is unique is not filled where two records have the same value', async () => {
    const unique = { ...byA, unique: true }
    const before = model('twice', FIELDS, KEY)
    const after = model('twice', FIELDS, KEY, { indexes: [unique] })
    for (const one of ['1', '2']) await write(before, { id: one, a: 'same' })
    const driver = place.open()
    await expect(driver.schema.apply([after])).rejects.toMatchObject({ code: 'MISCONFIGURED' })
    await driver.write([patch(before, { key: ['2'], id: id(2), set: { a: 'other' } })], {
      atomic: false,
    })
    await driver.schema.apply([after])
    const third = put(after, {
      key: ['3'],
      id: id(1),
      expect: 'absent',
      value: { id: '3', a: 'same' },
    })
    await expect(driver.write([third], { atomic: false })).rejects.toMatchObject({
      code: 'ALREADY_EXISTS',
    })
  })

  test.each([
    ['fields', { ...byA, partition: ['b'] }],
    ['uniqueness', { ...byA, unique: true }],
  ])('that is declared with other %s is refused', async (what, changed) => {
    const name = `changed-${what}`
    const driver = place.open()
    await driver.schema.apply([model(name, FIELDS, KEY, { indexes: [byA] })])
    const again = model(name, FIELDS, KEY, { indexes: [changed] })
    await expect(driver.schema.plan([again])).rejects.toMatchObject({ code: 'MISCONFIGURED' })
    const query = request(again, { index: changed, partition: ['x'] })
    await expect(place.open().query(query, {})).rejects.toMatchObject({ code: 'MISCONFIGURED' })
  })
})

test('a key that is declared differently is refused before anything is done', async () => {
  const driver = place.open()
  await driver.schema.apply([model('keyed', FIELDS, KEY)])
  const other = model('keyed', { ...FIELDS, a: 'string' }, { partition: ['a'], sort: ['id'] })
  const fresh = model('fresh', FIELDS, KEY, { indexes: [byA] })
  await expect(driver.schema.apply([fresh, other])).rejects.toMatchObject({ code: 'MISCONFIGURED' })
  expect(await driver.schema.plan([fresh])).toHaveLength(1)
})
