import { createStore, defineActor, defineEntity, increment } from '@holdfast/core'
import { type Fault, type FirestoreEmulator, startFirestore } from '@holdfast/emulators'
import { FIRESTORE_CLIENT } from '@holdfast/engines'
import { beforeAll, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { firestore } from '../../src/index.ts'

// The emulator of ours, also where another one is named: only it loses answers when asked to.
const Counter = defineEntity('counter', {
  schema: z.object({ place: z.string(), id: z.string(), count: z.int().default(0) }),
  key: { partition: ['place'], sort: ['id'] },
})
const actor = defineActor(z.object({ id: z.string(), roles: z.array(z.string()) }))

let emulator: FirestoreEmulator
const open = () => {
  const adapter = firestore({
    ...FIRESTORE_CLIENT,
    emulatorHost: emulator.address,
    requestTimeoutMs: 300,
  })
  const store = createStore({ adapter, entities: { counters: Counter }, actor })
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

/** Far less than the minute after which Firestore ends a transaction that has fallen silent. */
const SOON_MS = 3000

const FAULTS: readonly (readonly [string, string, Fault])[] = [
  ['begin', 'BeginTransaction', { kind: 'lose-answer' }],
  ['read', 'BatchGetDocuments', { kind: 'lose-answer' }],
  ['read that hangs', 'BatchGetDocuments', { kind: 'hang', when: 'after' }],
  ['commit', 'Commit', { kind: 'lose-answer' }],
  ['commit that never arrived', 'Commit', { kind: 'hang', when: 'before' }],
]

test.each(FAULTS)(
  'nobody waits for the locks of a transaction whose %s was lost',
  async (place, method, fault) => {
    const [mine, other] = [
      { place, id: 'mine' },
      { place, id: 'other' },
    ]
    await db.counters.createMany([mine, other])
    const begun = emulator.counts.requests['BeginTransaction'] ?? 0
    let isInside = false
    // Only within the transaction of Firestore that commits, not while the function reads.
    emulator.faults((called) => {
      isInside ||= called === 'BeginTransaction'
      if (!isInside || called !== method) return undefined
      emulator.faults()
      return fault
    })
    const running = db.transaction(async (tx) => {
      await tx.counters.get(other)
      await tx.counters.update(mine, { count: increment(1) })
    })
    await expect
      .poll(() => emulator.counts.requests['BeginTransaction'] ?? 0)
      .toBeGreaterThan(begun)
    const start = performance.now()
    await db.counters.update(other, { count: increment(1) })
    expect(performance.now() - start).toBeLessThan(SOON_MS)
    await running
    expect(await db.counters.getMany([mine, other])).toMatchObject([{ count: 1 }, { count: 1 }])
  },
)

test('a transaction that only reads takes no locks', async () => {
  const key = { place: 'looked at', id: 'a' }
  await db.counters.createMany([key, { ...key, id: 'b' }])
  const begun = emulator.counts.requests['BeginTransaction'] ?? 0
  const rows = await db.transaction(async (tx) => [
    await tx.counters.get(key),
    await tx.counters.get({ ...key, id: 'b' }),
  ])
  expect(rows).toHaveLength(2)
  expect(emulator.counts.requests['BeginTransaction'] ?? 0).toBe(begun)
})
