import { Firestore, Timestamp } from '@google-cloud/firestore'
import { startFirestore } from '../../src/index.ts'
import type { FirestoreEmulator, FirestoreEmulatorOptions } from '../../src/index.ts'
import { afterEach, describe, expect, test } from 'vitest'
import { code, refusal } from './case.ts'
import { oneTry } from './one-try.ts'

process.env['METADATA_SERVER_DETECTION'] ??= 'none'
const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

const open = async (
  options: FirestoreEmulatorOptions = {},
): Promise<{ emulator: FirestoreEmulator; db: Firestore }> => {
  const emulator = await startFirestore(options)
  const db = new Firestore({ projectId: 'tests', ...emulator.settings })
  cleanups.push(
    () => emulator.stop(),
    () => db.terminate(),
  )
  return { emulator, db }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

describe('the emulator', () => {
  test('listens on this machine only, at a port of its own', async () => {
    const { emulator } = await open()
    expect(emulator.host).toBe('127.0.0.1')
    expect(emulator.address).toBe(`127.0.0.1:${emulator.port}`)
    await expect(startFirestore({ port: emulator.port })).rejects.toThrow(/EADDRINUSE/)
  })

  test('stops with clients connected, and its port is free again', async () => {
    const { emulator, db } = await open()
    await db.doc('c/a').set({})
    await emulator.stop()
    const again = await startFirestore({ port: emulator.port })
    await again.stop()
  })

  test('counts requests by method', async () => {
    const { emulator, db } = await open()
    await db.doc('c/a').set({})
    await db.doc('c/a').set({})
    await db.doc('c/a').get()
    expect(emulator.counts).toEqual({ requests: { Commit: 2, BatchGetDocuments: 1 }, faults: 0 })
  })

  test('keeps projects and databases apart', async () => {
    const { emulator, db } = await open()
    const other = new Firestore({ projectId: 'tests', databaseId: 'second', ...emulator.settings })
    cleanups.push(() => other.terminate())
    await db.doc('c/a').set({ n: 1 })
    expect((await other.doc('c/a').get()).exists).toBe(false)
  })

  test('forgets everything on clear, and tells listeners', async () => {
    const { emulator, db } = await open()
    await db.doc('c/a').set({ n: 1 })
    const sizes: number[] = []
    const stop = db.collection('c').onSnapshot(({ size }) => sizes.push(size))
    await expect.poll(() => sizes).toEqual([1])
    emulator.clear()
    await expect.poll(() => sizes).toEqual([1, 0])
    stop()
    expect((await db.collection('c').get()).empty).toBe(true)
    expect(await db.listCollections()).toEqual([])
  })

  test('says what it does not have', async () => {
    const { db } = await open()
    await db.doc('c/a').set({ n: 1 })
    const explained = await refusal(db.collection('c').explain())
    expect(explained).toEqual({
      code: code.unimplemented,
      details: 'This emulator does not have query explain.',
    })
    const nearest = db.collection('c').findNearest({
      vectorField: 'v',
      queryVector: [1],
      limit: 1,
      distanceMeasure: 'COSINE',
    })
    expect((await refusal(nearest.get())).details).toMatch(/does not have vector search/)
  })

  test("lets every query through with indexes 'any', and takes others later", async () => {
    const { emulator, db } = await open({ indexes: 'any' })
    const query = db.collection('c').orderBy('a').orderBy('b')
    expect((await query.get()).empty).toBe(true)
    emulator.indexes()
    expect((await refusal(query.get())).code).toBe(code.failedPrecondition)
    expect(() => emulator.indexes('/no/such/file')).toThrow(/ENOENT/)
    expect(() => emulator.indexes({} as never)).toThrow(TypeError)
  })
})

describe('time to live', () => {
  test('deletes what has passed by the given clock, when it is told to', async () => {
    let now = Date.UTC(2030, 0, 1)
    const override = { collectionGroup: 'c', fieldPath: 'expiresAt', ttl: true }
    const { emulator, db } = await open({
      now: () => now,
      indexes: { indexes: [], fieldOverrides: [override] },
    })
    const soon = Timestamp.fromMillis(now + 1000)
    await db.doc('c/soon').set({ expiresAt: soon })
    await db.doc('x/y/c/below').set({ expiresAt: soon })
    await db.doc('c/late').set({ expiresAt: Timestamp.fromMillis(now + 10_000) })
    await db.doc('c/number').set({ expiresAt: 1 })
    await db.doc('other/soon').set({ expiresAt: soon })
    expect(await emulator.expire()).toBe(0)
    now += 1000
    // Until then it can be read, as in the service.
    expect((await db.doc('c/soon').get()).exists).toBe(true)
    expect(await emulator.expire()).toBe(2)
    expect((await db.collectionGroup('c').get()).docs.map(({ id }) => id)).toEqual([
      'late',
      'number',
    ])
    expect((await db.doc('other/soon').get()).exists).toBe(true)
    // Such a declaration leaves the field's indexes as they were.
    expect((await db.collection('c').orderBy('expiresAt').get()).size).toBe(2)
  })
})

describe('locks', () => {
  test('time out', async () => {
    const { emulator, db } = await open({ lockTimeoutMs: 300 })
    const low = oneTry(emulator.settings)
    await db.runTransaction(async (transaction) => {
      await transaction.get(db.doc('c/a'))
      expect(await refusal(low.increment(5000))).toEqual({
        code: code.aborted,
        details: 'Transaction lock timeout.',
      })
    })
    await low.increment(5000)
    low.close()
  })

  test('are not waited for any longer once the caller has left', async () => {
    const { emulator, db } = await open()
    const low = oneTry(emulator.settings)
    await db.runTransaction(async (transaction) => {
      await transaction.get(db.doc('c/a'))
      expect((await refusal(low.increment(200))).code).toBe(code.deadlineExceeded)
    })
    await pause(500)
    expect((await db.doc('c/a').get()).exists).toBe(false)
    low.close()
  })

  test('end with a transaction that is left alone for a minute', async () => {
    let now = Date.now()
    const { db } = await open({ now: () => now })
    const late = db.runTransaction(
      async (transaction) => {
        await transaction.get(db.doc('c/a'))
        now += 61_000
        await db.doc('c/a').set({ n: 1 })
        transaction.set(db.doc('c/b'), {})
      },
      { maxAttempts: 1 },
    )
    const { code: found, details } = await refusal(late)
    expect([found, details]).toEqual([
      code.invalidArgument,
      'The referenced transaction has expired or is no longer valid.',
    ])
    expect((await db.doc('c/a').get()).get('n')).toBe(1)
  })
})

describe('optimistic concurrency', () => {
  test('lets the outside write win: the transaction is tried anew and sees it', async () => {
    const { db } = await open({ concurrency: 'optimistic' })
    await db.doc('c/a').set({ n: 1 })
    let attempts = 0
    await db.runTransaction(async (transaction) => {
      attempts++
      const n = (await transaction.get(db.doc('c/a'))).get('n') as number
      if (attempts === 1) await db.doc('c/a').set({ n: 10 })
      transaction.set(db.doc('c/a'), { n: n + 1 })
    })
    expect(attempts).toBe(2)
    expect((await db.doc('c/a').get()).get('n')).toBe(11)
  })

  test('finds a document that came into a query', async () => {
    const { db } = await open({ concurrency: 'optimistic' })
    let attempts = 0
    const size = await db.runTransaction(async (transaction) => {
      attempts++
      const found = await transaction.get(db.collection('c').where('n', '==', 1))
      if (attempts === 1) await db.doc('c/new').set({ n: 1 })
      transaction.set(db.doc('counts/c'), { size: found.size })
      return found.size
    })
    expect([attempts, size]).toEqual([2, 1])
  })
})

describe('a listener whose connection is lost', () => {
  const follow = async (awayMs: number): Promise<string[]> => {
    let now = Date.now()
    const { emulator, db } = await open({ now: () => now })
    await db.doc('c/a').set({ n: 1 })
    await db.doc('c/gone').set({ n: 1 })
    const changes: string[] = []
    const stop = db.collection('c').onSnapshot((snapshot) =>
      changes.push(
        snapshot
          .docChanges()
          .map(({ type, doc }) => `${type} ${doc.id}`)
          .join(', '),
      ),
    )
    await expect.poll(() => changes.length).toBe(1)
    // Away: nobody may listen until everything has been changed.
    emulator.faults((method) =>
      method === 'Listen' ? { kind: 'refuse', code: 'UNAVAILABLE' } : undefined,
    )
    emulator.dropConnections()
    await pause(100)
    await db.doc('c/gone').delete()
    await db.doc('c/b').set({ n: 2 })
    now += awayMs
    emulator.faults()
    await expect.poll(() => changes.length, { timeout: 30_000 }).toBe(2)
    stop()
    return changes
  }

  test('goes on where it was', async () => {
    const changes = await follow(60_000)
    expect(changes[1]).toBe('removed gone, added b')
  })

  test('begins anew after half an hour, and misses nothing', async () => {
    const changes = await follow(31 * 60_000)
    expect(changes[1]).toBe('removed gone, added b')
  })
})
