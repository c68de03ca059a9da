import { createStore, defineActor, defineEntity, increment, isHoldfastError } from '@holdfast/core'
import { startFirestore, type FirestoreEmulator, type FirestoreFaults } from '@holdfast/emulators'
import { FIRESTORE_CLIENT } from '@holdfast/engines'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { model, patch, put, writeId as id } from '@holdfast/contract-tests/models'
import { firestore } from '../../src/index.ts'

// The emulator of ours, also where another one is named: only it loses answers when asked to.
const Counter = defineEntity('counter', {
  schema: z.object({
    place: z.string(),
    id: z.string(),
    count: z.int().default(0),
    tag: z.string().optional(),
  }),
  key: { partition: ['place'], sort: ['id'] },
  indexes: { byTag: { partition: ['place'], sort: ['tag'], unique: true } },
})
const Plain = defineEntity('plain', {
  schema: z.object({ place: z.string(), id: z.string(), count: z.int().default(0) }),
  key: { partition: ['place'], sort: ['id'] },
})
const actor = defineActor(z.object({ id: z.string(), roles: z.array(z.string()) }))

let emulator: FirestoreEmulator
const open = () => {
  const adapter = firestore({ ...FIRESTORE_CLIENT, emulatorHost: emulator.address })
  const store = createStore({
    adapter,
    entities: { counters: Counter, plains: Plain },
    actor,
  })
  return { store, db: store.unrestricted('a bad network') }
}
let db: ReturnType<typeof open>['db']
beforeAll(async () => {
  vi.stubEnv('FIRESTORE_EMULATOR_HOST', undefined)
  emulator = await startFirestore()
  const opened = open()
  await opened.store.ensureSchema()
  db = opened.db
  return async () => {
    await opened.store.close()
    await emulator.stop()
    vi.unstubAllEnvs()
  }
})

const WRITES = ['Commit', 'BatchWrite']

/** Does something while the answers to the first writes are lost; says how many were. */
const losing = async (
  times: number,
  by: 'unavailable' | 'drop',
  run: () => Promise<unknown>,
): Promise<number> => {
  const before = emulator.counts.faults
  const plan: FirestoreFaults = {
    seed: 1,
    rules: [{ fault: { kind: 'lose-answer', by }, rate: 1, methods: WRITES, times }],
  }
  emulator.faults(plan)
  try {
    await run()
  } finally {
    emulator.faults()
  }
  return emulator.counts.faults - before
}

describe.each(['unavailable', 'drop'] as const)('an answer lost by %s', (by) => {
  const key = (id: string) => ({ place: by, id })

  test('applies an increment once', async () => {
    await db.plains.create(key('i'))
    expect(await losing(1, by, () => db.plains.update(key('i'), { count: increment(1) }))).toBe(1)
    expect((await db.plains.get(key('i')))?.count).toBe(1)
    await losing(3, by, () => db.plains.update(key('i'), { count: increment(1) }))
    expect((await db.plains.get(key('i')))?.count).toBe(2)
  })

  test('does not make a create conflict with itself', async () => {
    expect(await losing(1, by, () => db.plains.create({ ...key('c'), count: 5 }))).toBe(1)
    expect((await db.plains.get(key('c')))?.count).toBe(5)
    const unique = { ...key('u'), tag: `tag ${by}` }
    expect(await losing(1, by, () => db.counters.create(unique))).toBe(1)
    expect((await db.counters.get(key('u')))?.tag).toBe(`tag ${by}`)
  })

  test('leaves puts, deletes and transactions done once', async () => {
    expect(await losing(1, by, () => db.plains.put({ ...key('p'), count: 1 }))).toBe(1)
    await losing(1, by, () =>
      db.transaction(async (tx) => {
        await tx.plains.update(key('p'), { count: increment(10) })
        await tx.plains.create({ ...key('t'), count: 1 })
        await tx.plains.get(key('nobody'))
      }),
    )
    expect(await db.plains.getMany([key('p'), key('t')])).toMatchObject([
      { count: 11 },
      { count: 1 },
    ])
    await losing(1, by, () => db.plains.delete(key('t')))
    expect(await db.plains.get(key('t'))).toBeUndefined()
  })

  test('settles each item of a list', async () => {
    const rows = Array.from({ length: 10 }, (_, at) => ({ ...key(`m${at}`), count: at }))
    const results: { ok: boolean }[] = []
    expect(
      await losing(1, by, async () => results.push(...(await db.plains.createMany(rows)))),
    ).toBe(1)
    expect(results.every(({ ok }) => ok)).toBe(true)
    expect(await db.plains.getMany(rows.map(({ place, id }) => ({ place, id })))).toMatchObject(
      rows,
    )
  })
})

test('a write of a list that another overtakes is made on what that left', async () => {
  const entity = model(
    'overtaken',
    { p: 'string', s: 'string', n: 'integer' },
    { partition: ['p'], sort: ['s'] },
  )
  const driver = firestore({ ...FIRESTORE_CLIENT, emulatorHost: emulator.address })
  const write = (s: string, at: number) =>
    patch(entity, { key: ['p', s], id: id(at), increment: { n: 1 } })
  const value = (s: string) => ({ p: 'p', s, n: 0 })
  for (const s of ['a', 'b'])
    await driver.write([put(entity, { key: ['p', s], id: id(1), value: value(s) })], {
      atomic: false,
    })
  const before = emulator.counts.faults
  emulator.faults((method) => (method === 'BatchWrite' ? { kind: 'delay', ms: 300 } : undefined))
  const list = driver.write([write('a', 3), write('b', 3)], { atomic: false })
  await vi.waitFor(() => expect(emulator.counts.faults).toBe(before + 1))
  await driver.write([write('a', 2)], { atomic: false })
  expect(await list).toMatchObject([
    { applied: true, record: { value: { n: 2 }, version: id(3) } },
    { applied: true, record: { value: { n: 1 }, version: id(3) } },
  ])
  emulator.faults()
  await driver.close()
})

test('a request that is delivered twice is applied once', async () => {
  const key = { place: 'twice', id: 'a' }
  await db.plains.create(key)
  emulator.faults((method) =>
    method === 'Commit' ? { kind: 'repeat', answer: 'last' } : undefined,
  )
  await db.plains.update(key, { count: increment(1) })
  await db.plains.create({ place: 'twice', id: 'b' })
  emulator.faults()
  expect((await db.plains.get(key))?.count).toBe(1)
})

test('of many increments under losses, refusals and repeats none is lost or doubled', async () => {
  const key = { place: 'many', id: 'a' }
  await db.plains.create(key)
  emulator.faults({
    seed: 7,
    rules: [
      { fault: { kind: 'lose-answer', by: 'unavailable' }, rate: 0.06, methods: WRITES },
      { fault: { kind: 'repeat', answer: 'last' }, rate: 0.04, methods: WRITES },
      { fault: { kind: 'refuse', code: 'ABORTED' }, rate: 0.03, methods: WRITES },
      { fault: { kind: 'refuse', code: 'UNAVAILABLE' }, rate: 0.03 },
    ],
  })
  let [done, unknown] = [0, 0]
  const worker = async (): Promise<void> => {
    for (let at = 0; at < 20; at += 1)
      try {
        await db.plains.update(key, { count: increment(1) })
        done += 1
      } catch (error) {
        if (!isHoldfastError(error)) throw error
        if (error.outcome === 'unknown') unknown += 1
      }
  }
  await Promise.all(Array.from({ length: 4 }, worker))
  emulator.faults()
  const count = (await db.plains.get(key))?.count ?? 0
  expect(emulator.counts.faults).toBeGreaterThan(5)
  expect(count).toBeGreaterThanOrEqual(done)
  expect(count).toBeLessThanOrEqual(done + unknown)
  expect(done).toBeGreaterThan(70)
})
