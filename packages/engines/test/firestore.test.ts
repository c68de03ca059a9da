import { Firestore } from '@google-cloud/firestore'
import { FIRESTORE_CLIENT, type FirestoreEngine, startFirestore } from '@holdfast/engines'
import { afterEach, beforeAll, expect, test, vi } from 'vitest'

let engine: FirestoreEngine
beforeAll(async () => {
  engine = await startFirestore()
  return () => engine.stop()
})
afterEach(() => vi.unstubAllEnvs())

const countAt = async (host: string): Promise<number> => {
  const client = new Firestore({
    ...FIRESTORE_CLIENT,
    host,
    ssl: false,
    universeDomain: 'googleapis.com',
  })
  try {
    await client.collection('seen').doc('by-all').set({ at: 1 })
    return (await client.collection('seen').count().get()).data().count
  } finally {
    await client.terminate()
  }
}

test('every client sees the same documents', async () => {
  expect(engine.description).toMatch(/Firestore/)
  expect(await countAt(engine.host)).toBe(1)
  expect(await countAt(engine.host)).toBe(1)
})

test('a server named in the environment is used, and outlives its stop', async () => {
  vi.stubEnv('FIRESTORE_EMULATOR_HOST', engine.host)
  const named = await startFirestore()
  expect(named.host).toBe(engine.host)
  await named.stop()
  expect(await countAt(engine.host)).toBe(1)
})

test('an emulator of ours that was stopped is gone', async ({ skip }) => {
  if (!engine.description.includes('@holdfast/emulators')) skip()
  const other = await startFirestore()
  expect(other.host).not.toBe(engine.host)
  await other.stop()
  await expect(fetch(`http://${other.host}`)).rejects.toThrow('fetch failed')
})
