import type { ChangeDriver } from '@holdfast/core/driver'
import { type GrpcCode, type FirestoreEmulator, startFirestore } from '@holdfast/emulators'
import { FIRESTORE_CLIENT } from '@holdfast/engines'
import { beforeAll, expect, test, vi } from 'vitest'
import { firestore } from '../../src/index.ts'
import { model, patch, put, writeId as id } from '@holdfast/contract-tests/models'

// The emulator of ours, also where another one is named: only it fails when asked to.
const KEY = { partition: ['p'], sort: ['s'] } as const
let emulator: FirestoreEmulator
let driver: ChangeDriver
beforeAll(async () => {
  vi.stubEnv('FIRESTORE_EMULATOR_HOST', undefined)
  emulator = await startFirestore()
  driver = firestore({ ...FIRESTORE_CLIENT, emulatorHost: emulator.address })
  return async () => {
    await driver.close()
    await emulator.stop()
    vi.unstubAllEnvs()
  }
})

const noteOf = (name: string) => model(name, { p: 'string', s: 'string', n: 'integer' }, KEY)
const write = (...writes: Parameters<ChangeDriver['write']>[0]) =>
  driver.write(writes, { atomic: writes.length > 1 })
const fill = (note: ReturnType<typeof noteOf>) =>
  write(
    ...['a', 'b'].map((s) =>
      put(note, { key: ['p', s], id: id(1), expect: 'absent', value: { p: 'p', s, n: 0 } }),
    ),
  )

/** Refuses so many listeners from now on. */
const refuse = (code: GrpcCode, times: number): void =>
  emulator.faults({
    seed: 1,
    rules: [{ fault: { kind: 'refuse', code }, rate: 1, methods: ['Listen'], times }],
  })

const follow = async (
  note: ReturnType<typeof noteOf>,
  count: number,
  from?: string,
): Promise<{ readonly seen: readonly string[]; readonly cursor: string }> => {
  const seen: string[] = []
  let cursor = ''
  const signal = AbortSignal.timeout(20_000)
  for await (const { type, key, record, position } of driver.changes(note, from, { signal })) {
    seen.push(`${type} ${String(key[1])} ${String(record?.value['n'])}`)
    cursor = position
    if (seen.length === count) break
  }
  return { seen, cursor }
}

test('a feed that is refused for a while goes on where it stood', async () => {
  const note = noteOf('patient')
  await fill(note)
  const { cursor } = await follow(note, 2)
  await write(patch(note, { key: ['p', 'a'], id: id(2), set: { n: 1 } }))
  const before = emulator.counts.faults
  refuse('UNAVAILABLE', 3)
  expect((await follow(note, 1, cursor)).seen).toEqual(['upsert a 1'])
  expect(emulator.counts.faults - before).toBe(3)
})

test('a feed whose place Firestore has forgotten reads everything anew', async () => {
  const note = noteOf('forgotten')
  await fill(note)
  const { cursor } = await follow(note, 2)
  await write(patch(note, { key: ['p', 'a'], id: id(2), set: { n: 1 } }))
  refuse('INVALID_ARGUMENT', 1)
  expect((await follow(note, 2, cursor)).seen).toEqual(['upsert b 0', 'upsert a 1'])
})

test('a connection that breaks while a feed waits is made anew', async () => {
  const note = noteOf('broken')
  await fill(note)
  const seen: string[] = []
  const signal = AbortSignal.timeout(20_000)
  for await (const { key, record } of driver.changes(note, undefined, { signal })) {
    seen.push(`${String(key[1])} ${String(record?.value['n'])}`)
    if (seen.at(-1) === 'a 7') break
    if (seen.length !== 2) continue
    emulator.dropConnections()
    setTimeout(() => {
      void write(patch(note, { key: ['p', 'a'], id: id(2), set: { n: 7 } }))
    }, 100)
  }
  expect(seen.slice(0, 2).toSorted()).toEqual(['a 0', 'b 0'])
  expect(seen.at(-1)).toBe('a 7')
})

test.each(['PERMISSION_DENIED', 'UNAVAILABLE'] as const)(
  'a feed that is refused for good, %s, says so',
  async (code) => {
    refuse(code, 1000)
    await expect(follow(noteOf('refused'), 1)).rejects.toMatchObject({ code, entity: 'refused' })
    emulator.faults()
  },
)
