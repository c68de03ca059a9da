import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ChangeDriver, IndexModel, QueryRequest, SegmentDriver } from '@holdfast/core/driver'
import { type FirestoreEmulator, startFirestore } from '@holdfast/emulators'
import { FIRESTORE_CLIENT } from '@holdfast/engines'
import { beforeAll, expect, test, vi } from 'vitest'
import { firestore } from '../../src/index.ts'
import { model, put, request, writeId as id } from '@holdfast/contract-tests/models'
import { clientOf } from '../place.ts'

// The emulator of ours, also where another one is named: only it refuses a query for want of an index.
const byKind: IndexModel = {
  name: 'by-kind',
  partition: ['p', 'kind'],
  sort: ['rank'],
  unique: false,
}
const flat: IndexModel = { name: 'flat', partition: ['kind'], sort: [], unique: false }
const note = model(
  'note',
  { p: 'string', s: 'string', kind: 'string', rank: 'integer?', ends: 'date?' },
  { partition: ['p'], sort: ['s'] },
  { indexes: [byKind, flat], expiresAt: 'ends' },
)
const name = (at: number): string => `s${String(at).padStart(3, '0')}`

let emulator: FirestoreEmulator
let driver: ChangeDriver & SegmentDriver
beforeAll(async () => {
  vi.stubEnv('FIRESTORE_EMULATOR_HOST', undefined)
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-'))
  const indexFile = join(folder, 'firestore.indexes.json')
  emulator = await startFirestore()
  driver = firestore({ ...FIRESTORE_CLIENT, emulatorHost: emulator.address, indexFile })
  await driver.schema.apply([note])
  // As if it had been deployed.
  emulator.indexes(indexFile)
  const writes = Array.from({ length: 60 }, (_, at) => {
    const value = { p: 'p', s: name(at), kind: at % 2 === 0 ? 'even' : 'odd', rank: at % 3 }
    return put(note, { key: ['p', value.s], id: id(1), value })
  })
  await driver.write(writes, { atomic: false })
  return async () => {
    await driver.close()
    await emulator.stop()
    await rm(folder, { recursive: true })
    vi.unstubAllEnvs()
  }
})

const names = async (given: Partial<QueryRequest>): Promise<readonly unknown[]> =>
  (await driver.query(request(note, given), {})).records.map(({ value }) => value['s'])
const all = Array.from({ length: 60 }, (_, at) => name(at))
const even = all.filter((_, at) => at % 2 === 0)
const inIndex = even.toSorted(
  (a, b) => (Number(a.slice(1)) % 3) - (Number(b.slice(1)) % 3) || (a < b ? -1 : 1),
)

test('the index configuration that is written serves every kind of query', async () => {
  const along = { index: byKind, partition: ['p', 'even'] }
  expect(await names({})).toEqual(all)
  expect(await names({ descending: true })).toEqual(all.toReversed())
  expect(await names({ range: { gte: 's010', lt: 's012' } })).toEqual(['s010', 's011'])
  expect(await names({ range: { gt: 's010' }, descending: true, limit: 2 })).toEqual([
    's059',
    's058',
  ])
  expect(await names(along)).toEqual(inIndex)
  expect(await names({ ...along, descending: true })).toEqual(inIndex.toReversed())
  expect(await names({ ...along, prefix: [2], limit: 2 })).toEqual(['s002', 's008'])
  expect(await names({ ...along, range: { gte: 1 } })).toEqual(inIndex.slice(10))
  expect(await names({ index: flat, partition: ['odd'] })).toHaveLength(30)
  expect(await names({ partition: undefined })).toEqual(all)
  const counted = await driver.query(request(note, { ...along, count: true }), {})
  expect(counted).toEqual({ records: [], count: 30 })
  const parts = await Promise.all(
    driver.segments(note, 3).map((segment) => names({ partition: undefined, segment })),
  )
  expect(parts.flat()).toEqual(all)
})

test('it indexes nothing else', async () => {
  const client = clientOf(emulator.address)
  const query = client.collection('note').where('kind', '==', 'even')
  await expect(query.get()).rejects.toMatchObject({ code: 9 })
  await client.terminate()
})

test('it removes what has expired', async () => {
  const ends = new Date(Date.now() - 1000)
  const value = { p: 'old', s: 'a', kind: 'old', ends }
  await driver.write([put(note, { key: ['old', 'a'], id: id(1), value })], { atomic: false })
  expect(await names({ partition: ['old'] })).toEqual(['a'])
  expect(await emulator.expire()).toBe(1)
  expect(await names({ partition: ['old'] })).toEqual([])
})

test('a query of an index that is not deployed is MISCONFIGURED', async () => {
  emulator.indexes({
    indexes: [],
    fieldOverrides: [{ collectionGroup: 'note', fieldPath: '*', indexes: [] }],
  })
  const refused = await driver
    .query(request(note, { index: flat, partition: ['odd'] }), {})
    .catch((error: unknown) => driver.classify(error))
  expect(refused).toMatchObject({ code: 'MISCONFIGURED', retryable: false })
  emulator.indexes()
})

test.each([false, true])(
  'pages go on behind their last record (descending: %s)',
  async (descending) => {
    for (const along of [
      {},
      { index: byKind, partition: ['p', 'even'] },
      { partition: undefined },
    ]) {
      const expected = await names({ ...along, descending })
      const seen: unknown[] = []
      let after: QueryRequest['after']
      do {
        const page = await driver.query(
          request(note, { ...along, descending, after, limit: 7 }),
          {},
        )
        expect(page.records.length).toBeLessThanOrEqual(7)
        seen.push(...page.records.map(({ value }) => value['s']))
        after = page.next
      } while (after !== undefined)
      expect(seen).toEqual(expected)
    }
  },
)

test('there is a next page only when there is another record', async () => {
  const whole = await driver.query(request(note, { limit: 60 }), {})
  expect(whole.next).toBeUndefined()
  const most = await driver.query(request(note, { limit: 59 }), {})
  expect(most.next).toEqual(['s058'])
})

test('a read brings no places in indexes, and one with history the versions', async () => {
  const client = clientOf(emulator.address)
  const document = await client.doc('note/6p!6s000!').get()
  expect(Object.keys(document.data() ?? {})).toContain('_i_by-kind')
  await client.terminate()
  const [plain] = await driver.get(note, [['p', 's000']], {})
  expect(plain).toEqual({ value: { p: 'p', s: 's000', kind: 'even', rank: 0 }, version: id(1) })
  const [record] = await driver.get(note, [['p', 's000']], { history: true })
  expect(record).toEqual({ ...plain, history: id(1) })
})
