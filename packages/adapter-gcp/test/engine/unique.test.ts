import type { ChangeDriver, Key } from '@holdfast/core/driver'
import { beforeAll, expect, test } from 'vitest'
import { model, patch, put, request, writeId as id } from '@holdfast/contract-tests/models'
import { testPlace } from '../place.ts'

const place = testPlace()
const account = model(
  'account',
  { p: 'string', s: 'string', mail: 'string?', name: 'string?', ends: 'date?' },
  { partition: ['p'], sort: ['s'] },
  {
    indexes: [{ name: 'byMail', partition: ['p'], sort: ['mail'], unique: true }],
    expiresAt: 'ends',
  },
)

let driver: ChangeDriver
beforeAll(async () => {
  driver = place.open()
  await driver.schema.apply([account])
})

let at = 0
const nextId = (): string => id((at += 1))
const key = (p: string, s: string): Key => [p, s]
const create = (p: string, s: string, mail: string) =>
  put(account, { key: key(p, s), id: nextId(), expect: 'absent', value: { p, s, mail } })
const write = (...writes: Parameters<ChangeDriver['write']>[0]) =>
  driver.write(writes, { atomic: writes.length > 1 })
const claimed = async (p: string) => {
  const all = await place.client().collection(`${place.prefix}account.unique`).get()
  return all.docs.filter((one) => one.id.startsWith(`byMail!6${p}!`))
}
const claims = async (p: string): Promise<readonly string[]> =>
  (await claimed(p)).map((one) => `${one.id.replace(`byMail!6${p}!`, '')} ${one.get('_o')}`)
const taken = { code: 'ALREADY_EXISTS', entity: 'account', outcome: 'not_applied' }

test('a value is held by a document of its own, which no query shows', async () => {
  await write(create('a', '1', 'x'))
  expect(await claims('a')).toEqual(['6x! 6a!61!'])
  const all = await driver.query(request(account, { partition: undefined }), {})
  expect(all.records.map(({ value }) => value['p'])).toEqual(['a'])
  await write({
    kind: 'delete',
    entity: account,
    key: key('a', '1'),
    id: nextId(),
    expect: 'present',
  })
  expect(await claims('a')).toEqual([])
})

test('a patch of another field leaves the value alone, and one of the value moves it', async () => {
  await write(create('b', '1', 'x'))
  await write(patch(account, { key: key('b', '1'), id: nextId(), set: { name: 'n' } }))
  expect(await claims('b')).toEqual(['6x! 6b!61!'])
  const [result] = await write(
    patch(account, { key: key('b', '1'), id: nextId(), set: { mail: 'y' } }),
  )
  expect(result).toMatchObject({ applied: true, record: { value: { mail: 'y', name: 'n' } } })
  expect(await claims('b')).toEqual(['6y! 6b!61!'])
})

test('two records of one transaction may exchange a value, and may not claim the same', async () => {
  await write(create('c', '1', 'x'), create('c', '2', 'y'))
  await write(
    patch(account, { key: key('c', '1'), id: nextId(), set: { mail: 'y' } }),
    patch(account, { key: key('c', '2'), id: nextId(), set: { mail: 'x' } }),
  )
  expect(new Set(await claims('c'))).toEqual(new Set(['6x! 6c!62!', '6y! 6c!61!']))
  await expect(write(create('c', '3', 'z'), create('c', '4', 'z'))).rejects.toMatchObject(taken)
  await expect(write(create('c', '3', 'z'), create('c', '4', 'x'))).rejects.toMatchObject(taken)
  const steal = patch(account, { key: key('c', '1'), id: nextId(), set: { mail: 'x' } })
  const other = patch(account, { key: key('c', '2'), id: nextId(), set: { name: 'n' } })
  await expect(write(steal, other)).rejects.toMatchObject(taken)
  expect(await claims('c')).toHaveLength(2)
})

test('a create that is refused says whether by its key or by a value', async () => {
  await write(create('g', '1', 'x'))
  expect(await write(create('g', '1', 'y'))).toMatchObject([
    { applied: false, current: { value: { mail: 'x' } } },
  ])
  await expect(write(create('g', '2', 'x'))).rejects.toMatchObject(taken)
  expect(await claims('g')).toEqual(['6x! 6g!61!'])
})

test('a value whose record Firestore has removed as expired is free', async () => {
  await write(create('d', '1', 'x'))
  await place.client().doc(`${place.prefix}account/6d!61!`).delete()
  await write(create('d', '2', 'x'))
  expect(await claims('d')).toEqual(['6x! 6d!62!'])
  await expect(write(create('d', '3', 'x'))).rejects.toMatchObject(taken)
})

test('the document of a value expires with its record', async () => {
  const ends = new Date('2999-01-01T00:00:00Z')
  await write(create('e', '1', 'x'))
  await write(patch(account, { key: key('e', '1'), id: nextId(), set: { ends } }))
  const [claim] = await claimed('e')
  expect(claim?.get('_t').toDate()).toEqual(ends)
  await write(patch(account, { key: key('e', '1'), id: nextId(), remove: ['ends'] }))
  const [after] = await claimed('e')
  expect(after?.get('_t')).toBeUndefined()
})

test('of many who claim a value at once one gets it, and nothing is held afterwards', async () => {
  const results = await Promise.allSettled(
    Array.from({ length: 10 }, (_, n) => write(create('h', `${n}`, 'only'))),
  )
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  expect(await claims('h')).toHaveLength(1)
  const started = Date.now()
  await write(create('h', 'last', 'other'))
  expect(Date.now() - started).toBeLessThan(5000)
})
