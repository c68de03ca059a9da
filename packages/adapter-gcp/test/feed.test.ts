import { expect, test } from 'vitest'
import { Collection } from '../src/collection.ts'
import { DELETIONS, Feed, type Message, RECORDS } from '../src/feed.ts'
import { idOf } from '../src/key-values.ts'
import { checkAge, parsePosition, positionText } from '../src/position.ts'
import { model, writeId as id } from '@holdfast/contract-tests/models'

const entity = model(
  'note',
  { p: 'string', s: 'string', n: 'integer' },
  { partition: ['p'], sort: ['s'] },
)
const collection = new Collection(entity, '', true)
const ROOT = 'projects/p/databases/d/documents'
const START = { time: 5, token: '' }
const LATER = { time: 5, token: 'QUJD' }

const changed = (s: string, n: number): Message => ({
  documentChange: {
    document: {
      name: `${ROOT}/note/${idOf(['p', s])}`,
      fields: collection.fields(['p', s], { p: 'p', s, n }, id(n)),
      updateTime: { seconds: n, nanos: 0 },
    },
  },
})
const noted = (s: string, at = 0): Message => ({
  documentChange: {
    document: {
      name: `${ROOT}/note.deleted/${idOf(['p', s])}`,
      fields: { p: { stringValue: 'p' }, s: { stringValue: s } },
      updateTime: { seconds: 0, nanos: at },
    },
  },
})
const gone = (s: string): Message => ({
  documentDelete: { document: `${ROOT}/note/${idOf(['p', s])}` },
})
const current = (target: number): Message => ({
  targetChange: { targetChangeType: 'CURRENT', targetIds: [target] },
})
const snapshot = (seconds: number, token: string): Message => ({
  targetChange: {
    targetChangeType: 'NO_CHANGE',
    targetIds: [],
    readTime: { seconds, nanos: 0 },
    resumeToken: Buffer.from(token),
  },
})

const running = (): Feed => {
  const feed = new Feed(collection, ROOT, LATER)
  for (const target of [RECORDS, DELETIONS]) feed.take(current(target))
  return feed
}

const told = (changes: readonly { type: string; key: readonly unknown[] }[]): readonly string[] =>
  changes.map(({ type, key }) => `${type} ${String(key[1])}`)

test('nothing is handed on before both queries are current and agree', () => {
  const feed = new Feed(collection, ROOT, START)
  expect(feed.take(changed('a', 1))).toBe(false)
  expect(feed.take(snapshot(6, 'x'))).toBe(false)
  expect(feed.take(current(RECORDS))).toBe(false)
  expect(feed.take(snapshot(6, 'x'))).toBe(false)
  expect(feed.take(current(DELETIONS))).toBe(false)
  expect(feed.isCurrent(RECORDS)).toBe(true)
  expect(feed.take({ targetChange: { targetIds: [1], readTime: { seconds: 6 } } })).toBe(false)
  expect(feed.take(snapshot(7, 'x'))).toBe(true)
  expect(told(feed.flush(new Set()))).toEqual(['upsert a'])
})

test('only the last change of a state resumes behind it', () => {
  const feed = running()
  for (const message of [changed('c', 2), noted('b'), changed('a', 1)]) feed.take(message)
  feed.take(snapshot(9, 'abc'))
  const changes = feed.flush(new Set())
  expect(told(changes)).toEqual(['delete b', 'upsert a', 'upsert c'])
  const behind = positionText({ time: 9000, token: Buffer.from('abc').toString('base64') })
  expect(changes.map(({ position }) => position)).toEqual(['5.QUJD', '5.QUJD', behind])
  expect(positionText(feed.position)).toBe(behind)
})

test('a record that was deleted and made again comes last', () => {
  const feed = running()
  for (const message of [changed('a', 2), noted('a'), snapshot(9, 'x')]) feed.take(message)
  expect(told(feed.flush(new Set()))).toEqual(['delete a', 'upsert a'])
})

test('a delete is told once, whether it is noted or only seen', () => {
  const feed = running()
  const messages = [changed('a', 1), gone('a'), noted('a'), gone('b'), snapshot(9, 'x')]
  for (const message of messages) feed.take(message)
  expect(told(feed.flush(new Set()))).toEqual(['delete a', 'delete b'])
  feed.take(snapshot(10, 'y'))
  expect(feed.flush(new Set())).toEqual([])
})

test('a document that another program made under an id of its own is left out', () => {
  const feed = running()
  feed.take({ documentDelete: { document: `${ROOT}/note/xyz` } })
  feed.take({ documentDelete: { document: `${ROOT}/other/${idOf(['p', 'a'])}` } })
  feed.take(snapshot(9, 'x'))
  expect(feed.flush(new Set())).toEqual([])
})

test('of many records some are handed on while the rest is read', () => {
  const feed = new Feed(collection, ROOT, START)
  for (let at = 0; at < 9999; at += 1) feed.take(changed(`k${at}`, at))
  expect(feed.early()).toEqual([])
  feed.take(changed('k9999', 9999))
  const early = feed.early()
  expect(early).toHaveLength(10_000)
  expect(new Set(early.map(({ position }) => position))).toEqual(new Set(['5.']))
  expect(feed.early()).toEqual([])
})

test('of many deletes noted before, some are handed on while the rest is read', () => {
  const feed = new Feed(collection, ROOT, START)
  for (let at = 0; at < 9999; at += 1) feed.take(noted(`k${at}`))
  expect(feed.early()).toEqual([])
  feed.take(noted('k9999'))
  const early = feed.early()
  expect(early).toHaveLength(10_000)
  expect(new Set(early.map(({ position }) => position))).toEqual(new Set(['5.']))
  expect(feed.firstDeletes()).toEqual([])
})

test('deletes noted meanwhile wait until it is known whether their records are back', () => {
  const feed = new Feed(collection, ROOT, START)
  feed.take(current(DELETIONS))
  for (let at = 0; at < 10_001; at += 1) feed.take(noted(`k${at}`))
  expect(feed.early()).toEqual([])
  expect(feed.doubtful()).toHaveLength(10_001)
})

test('deletes noted meanwhile are in doubt, and left out where the record is back', () => {
  const feed = new Feed(collection, ROOT, START)
  feed.take(noted('before'))
  expect(told(feed.firstDeletes())).toEqual(['delete before'])
  for (const message of [noted('a'), noted('b'), current(RECORDS), current(DELETIONS)])
    feed.take(message)
  feed.take(snapshot(9, 'x'))
  const names = ['a', 'b'].map((s) => `${ROOT}/note/${idOf(['p', s])}`)
  expect(feed.doubtful()).toEqual(names)
  expect(told(feed.flush(new Set([names[0] ?? ''])))).toEqual(['delete b'])
  feed.take(noted('c'))
  expect(feed.doubtful()).toEqual([])
})

test('a cursor is read as it was written, and nothing else is', () => {
  for (const position of [START, { time: 1_800_000_000_000, token: 'AB+/cd==' }])
    expect(parsePosition(positionText(position))).toEqual(position)
  for (const text of ['', 'x', '1', '-1.', '1.a b', '{"time":1}'])
    expect(() => parsePosition(text)).toThrow(expect.objectContaining({ code: 'INVALID' }))
})

test('a cursor older than the notes of deletes has expired', () => {
  const hour = 60 * 60 * 1000
  expect(() => checkAge('note', { time: Date.now() - 47 * hour, token: 'x' })).not.toThrow()
  expect(() => checkAge('note', { time: Date.now() - 49 * hour, token: 'x' })).toThrow(
    expect.objectContaining({ code: 'CURSOR_EXPIRED', entity: 'note' }),
  )
})
