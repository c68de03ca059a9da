import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sqlite } from '../src/index.ts'
import { model, nextId, put } from './stores.ts'

const counter = model('counter', { id: 'string', n: 'integer' }, { partition: ['id'], sort: [] })
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-sqlite-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

test('nothing is opened before the first call', async () => {
  const driver = sqlite({ file: join(folder, 'missing', 'x.db') })
  expect(driver.native()).toBeUndefined()
  const error: unknown = await driver.get(counter, [['a']], {}).catch((one: unknown) => one)
  expect(driver.classify(error)).toEqual({
    code: 'UNAVAILABLE',
    retryable: true,
    outcome: 'not_applied',
  })
})

test('commits are in the write-ahead log, and reach the disk before they are acknowledged', async () => {
  const driver = sqlite({ file: join(folder, 'wal.db') })
  await driver.schema.apply([counter])
  const database = driver.native() as DatabaseSync
  expect(database.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' })
  expect(database.prepare('PRAGMA synchronous').get()).toEqual({ synchronous: 2 })
  await driver.close()
})

test('a lock that another handle keeps is THROTTLED, and nothing was written', async () => {
  const file = join(folder, 'busy.db')
  const [first, second] = [sqlite({ file }), sqlite({ file, busyTimeoutMs: 20 })]
  await first.schema.apply([counter])
  await second.get(counter, [['a']], {})
  const database = first.native() as DatabaseSync
  database.exec('BEGIN IMMEDIATE')
  for (const atomic of [true, false]) {
    const writes = [put(counter, { id: 'a', n: 1 }), put(counter, { id: 'b', n: 1 })]
    for (const list of [writes, writes.slice(1)]) {
      const error: unknown = await second.write(list, { atomic }).catch((one: unknown) => one)
      expect(second.classify(error)).toEqual({
        code: 'THROTTLED',
        retryable: true,
        outcome: 'not_applied',
      })
    }
  }
  expect(await second.get(counter, [['a']], {})).toEqual([undefined])
  database.exec('ROLLBACK')
  expect(
    await second.write([put(counter, { id: 'a', n: 1 }), put(counter, { id: 'b', n: 1 })], {
      atomic: true,
    }),
  ).toEqual([{ applied: true }, { applied: true }])
  expect(await first.get(counter, [['a']], {})).toMatchObject([{ value: { n: 1 } }])
  await Promise.all([first.close(), second.close()])
})

test('a COMMIT that fails is an error, nothing was written, and the next one is done', async () => {
  const driver = sqlite({ file: join(folder, 'commit.db') })
  await driver.schema.apply([counter])
  const database = driver.native() as DatabaseSync
  // The reference is looked at when the transaction ends.
  database.exec(`
    PRAGMA foreign_keys = ON;
    CREATE TABLE child (id TEXT REFERENCES counter (id) DEFERRABLE INITIALLY DEFERRED);
    CREATE TRIGGER orphan AFTER INSERT ON counter WHEN new.n = 0
      BEGIN INSERT INTO child VALUES ('nobody'); END`)
  for (const atomic of [true, false]) {
    const writes = [put(counter, { id: 'a', n: 0 }), put(counter, { id: 'b', n: 0 })]
    const error: unknown = await driver.write(writes, { atomic }).catch((one: unknown) => one)
    expect(driver.classify(error)).toMatchObject({ outcome: 'not_applied', retryable: false })
    expect(await driver.get(counter, [['a'], ['b']], {})).toEqual([undefined, undefined])
  }
  const writes = [put(counter, { id: 'a', n: 1 }), put(counter, { id: 'b', n: 1 })]
  expect(await driver.write(writes, { atomic: true })).toEqual([
    { applied: true },
    { applied: true },
  ])
  await driver.close()
})

test('two processes write to one file', async () => {
  const file = join(folder, 'shared.db')
  const driver = sqlite({ file, busyTimeoutMs: 10_000 })
  await driver.schema.apply([counter])
  await driver.write([put(counter, { id: 'a', n: 0 }, { id: '0' })], { atomic: false })
  const work = `
    import { sqlite } from ${JSON.stringify(import.meta.resolve('../src/index.ts'))}
    const driver = sqlite({ file: ${JSON.stringify(file)}, busyTimeoutMs: 10_000 })
    const entity = ${JSON.stringify(counter)}
    let done = 0
    for (let n = 1; done < 200; n += 1) {
      const id = process.hrtime.bigint().toString().padStart(22, '0')
      const [result] = await driver.write([{ kind: 'patch', entity, key: ['a'], id, expect: 'present', set: {}, remove: [], increment: { n: 1 } }], { atomic: false })
      if (result.applied) done += 1
    }
    await driver.close()`
  const run = (): Promise<unknown> =>
    promisify(execFile)(process.execPath, ['--input-type=module', '--no-warnings', '-e', work])
  await Promise.all([run(), run()])
  expect(await driver.get(counter, [['a']], {})).toMatchObject([{ value: { n: 400 } }])
  await driver.close()
})

test('a database in memory works', async () => {
  const driver = sqlite({ file: ':memory:' })
  await driver.schema.apply([counter])
  await driver.write([put(counter, { id: 'a', n: 1 }, { id: nextId() })], { atomic: false })
  expect(await driver.get(counter, [['a'], ['b']], {})).toMatchObject([
    { value: { id: 'a', n: 1 } },
    undefined,
  ])
  await driver.close()
})
