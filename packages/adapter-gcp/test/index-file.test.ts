import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Collection } from '../src/collection.ts'
import { compareFile, overridesOf, writeWhole } from '../src/index-file.ts'
import { model } from '@holdfast/contract-tests/models'

let folder = ''
let file = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-'))
  file = join(folder, 'firestore.indexes.json')
})
afterEach(() => rm(folder, { recursive: true }))

const entity = model(
  'session',
  { p: 'string', s: 'string', mail: 'string?', 'ends at': 'date?' },
  { partition: ['p'], sort: ['s'] },
  {
    expiresAt: 'ends at',
    indexes: [{ name: 'by-mail', partition: ['p'], sort: ['mail'], unique: true }],
  },
)
const both = [
  { order: 'ASCENDING', queryScope: 'COLLECTION' },
  { order: 'DESCENDING', queryScope: 'COLLECTION' },
]
const wanted = overridesOf([new Collection(entity, 'x-', true)], 'x-')

test('nothing is indexed but what queries read along; what expires is removed', () => {
  expect(wanted).toEqual([
    { collectionGroup: 'x-.holdfast', fieldPath: '*', indexes: [] },
    { collectionGroup: 'x-session', fieldPath: '*', indexes: [] },
    { collectionGroup: 'x-session', fieldPath: '_k', indexes: [both[1]] },
    { collectionGroup: 'x-session', fieldPath: '`_i_by-mail`', indexes: both },
    { collectionGroup: 'x-session', fieldPath: '`ends at`', indexes: [], ttl: true },
    { collectionGroup: 'x-session.unique', fieldPath: '*', indexes: [] },
    { collectionGroup: 'x-session.unique', fieldPath: '_t', indexes: [], ttl: true },
    { collectionGroup: 'x-session.deleted', fieldPath: '*', indexes: [] },
    { collectionGroup: 'x-session.deleted', fieldPath: '_t', indexes: [], ttl: true },
  ])
})

test('an entity that has neither gets neither', () => {
  const plain = model('plain', { p: 'string' }, { partition: ['p'], sort: [] })
  const groups = overridesOf([new Collection(plain, '', false)], '').map(
    ({ collectionGroup, fieldPath }) => `${collectionGroup} ${fieldPath}`,
  )
  expect(groups).toEqual(['.holdfast *', 'plain *', 'plain _k'])
})

test('a file that is not there lacks everything; once written, nothing', async () => {
  const { lacking, text } = await compareFile(file, wanted)
  expect(lacking).toEqual(wanted)
  await writeWhole(file, text)
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ indexes: [], fieldOverrides: wanted })
  expect((await compareFile(file, wanted)).lacking).toEqual([])
})

test('a file that says the same in other words lacks nothing', async () => {
  const reworded = wanted.map(({ collectionGroup, fieldPath, ttl = false, indexes }) => ({
    indexes: indexes.map(({ order, queryScope }) => ({ queryScope, order })).toReversed(),
    ttl,
    fieldPath,
    collectionGroup,
  }))
  await writeFile(file, JSON.stringify({ fieldOverrides: reworded }))
  expect((await compareFile(file, wanted)).lacking).toEqual([])
  const unlike = reworded.map((one) => ({ ...one, ttl: !one.ttl }))
  await writeFile(file, JSON.stringify({ fieldOverrides: unlike }))
  expect((await compareFile(file, wanted)).lacking).toEqual(wanted)
})

test('what a file says of others stays', async () => {
  const index = { collectionGroup: 'posts', queryScope: 'COLLECTION', fields: [] }
  const other = { collectionGroup: 'posts', fieldPath: 'body', indexes: [] }
  const stale = { collectionGroup: 'x-session', fieldPath: '_k', indexes: both }
  await writeFile(file, JSON.stringify({ indexes: [index], fieldOverrides: [other, stale] }))
  const { lacking, text } = await compareFile(file, wanted)
  expect(lacking).toEqual(wanted)
  const { indexes, fieldOverrides } = JSON.parse(text)
  expect(indexes).toEqual([index])
  expect(fieldOverrides).toHaveLength(wanted.length + 1)
  expect(fieldOverrides).toEqual(expect.arrayContaining([other, ...wanted]))
})

test('a file that is something else is left alone', async () => {
  await writeFile(file, 'rules_version = 2;')
  await expect(compareFile(file, wanted)).rejects.toMatchObject({ code: 'MISCONFIGURED' })
})
