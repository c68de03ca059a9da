import { DeleteItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb'
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

const TableName = `${place.prefix}account`
let at = 0
const nextId = (): string => id((at += 1))
const key = (p: string, s: string): Key => [p, s]
const create = (p: string, s: string, mail: string) =>
  put(account, { key: key(p, s), id: nextId(), expect: 'absent', value: { p, s, mail } })
const write = (...writes: Parameters<ChangeDriver['write']>[0]) =>
  driver.write(writes, { atomic: writes.length > 1 })
const claims = async (p: string): Promise<readonly (string | undefined)[]> => {
  const { Items = [] } = await place.client().send(new ScanCommand({ TableName }))
  return Items.filter(({ _o, _p }) => _o !== undefined && _p?.S?.startsWith(`${p}!!`) === true).map(
    ({ _s, _o }) => `${_s?.S} ${_o?.S}`,
  )
}
const taken = { code: 'ALREADY_EXISTS', entity: 'account', outcome: 'not_applied' }

test('a value is held by an item of its own, which no query shows', async () => {
  await write(create('a', '1', 'x'))
  expect(await claims('a')).toEqual(['6x! a!account 61!'])
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
  expect(await claims('b')).toEqual(['6x! b!account 61!'])
  const [result] = await write(
    patch(account, { key: key('b', '1'), id: nextId(), set: { mail: 'y' } }),
  )
  expect(result).toMatchObject({ applied: true, record: { value: { mail: 'y', name: 'n' } } })
  expect(await claims('b')).toEqual(['6y! b!account 61!'])
})

test('two records of one transaction may exchange a value, and may not claim the same', async () => {
  await write(create('c', '1', 'x'), create('c', '2', 'y'))
  await write(
    patch(account, { key: key('c', '1'), id: nextId(), set: { mail: 'y' } }),
    patch(account, { key: key('c', '2'), id: nextId(), set: { mail: 'x' } }),
  )
  expect(new Set(await claims('c'))).toEqual(new Set(['6x! c!account 62!', '6y! c!account 61!']))
  await expect(write(create('c', '3', 'z'), create('c', '4', 'z'))).rejects.toMatchObject(taken)
  await expect(write(create('c', '3', 'z'), create('c', '4', 'x'))).rejects.toMatchObject(taken)
  expect(await claims('c')).toHaveLength(2)
})

test('a value whose record DynamoDB has removed as expired is free', async () => {
  await write(create('d', '1', 'x'))
  const Key = { _p: { S: 'd!account' }, _s: { S: '61!' } }
  await place.client().send(new DeleteItemCommand({ TableName, Key }))
  await write(create('d', '2', 'x'))
  expect(await claims('d')).toEqual(['6x! d!account 62!'])
  await expect(write(create('d', '3', 'x'))).rejects.toMatchObject(taken)
})

test('the item of a value expires with its record', async () => {
  const ends = new Date('2999-01-01T00:00:00Z')
  await write(create('e', '1', 'x'))
  await write(patch(account, { key: key('e', '1'), id: nextId(), set: { ends } }))
  const { Items = [] } = await place.client().send(new ScanCommand({ TableName }))
  const item = Items.find(({ _p, _o }) => _o !== undefined && _p?.S?.startsWith('e!!') === true)
  expect(item?.['_t']).toEqual({ N: String(ends.getTime() / 1000) })
})

test('a transaction that would need more than 100 items is refused before it is sent', async () => {
  const writes = Array.from({ length: 51 }, (_, n) => create('f', `${n}`, `m${n}`))
  await expect(write(...writes)).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' })
  expect(await claims('f')).toEqual([])
})
