import { randomBytes } from 'node:crypto'
import { Firestore } from '@google-cloud/firestore'
import type { ChangeDriver, Driver, SegmentDriver } from '@holdfast/core/driver'
import { FIRESTORE_CLIENT, type FirestoreEngine, startFirestore } from '@holdfast/engines'
import { beforeAll } from 'vitest'
import { firestore, type FirestoreOptions } from '../src/index.ts'

/** Collections of their own on an emulator. */
export interface TestPlace {
  readonly prefix: string
  readonly host: () => string
  /** Another driver on the same collections. */
  readonly open: (options?: FirestoreOptions) => ChangeDriver & SegmentDriver
  /** The vendor's own client. */
  readonly client: () => Firestore
}

/** Starts what the tests of a file share. Call it once, at the top of the file. */
export const testPlace = (): TestPlace => {
  let engine: FirestoreEngine
  let client: Firestore
  const prefix = `t${randomBytes(4).toString('hex')}-`
  const opened: Driver[] = []
  beforeAll(async () => {
    engine = await startFirestore()
    client = clientOf(engine.host)
    return async () => {
      for (const driver of opened) await driver.close()
      await client.terminate()
      await engine.stop()
    }
  })
  return {
    prefix,
    host: () => engine.host,
    open: (options) => {
      const driver = firestore({
        ...FIRESTORE_CLIENT,
        emulatorHost: engine.host,
        collectionPrefix: prefix,
        ...options,
      })
      opened.push(driver)
      return driver
    },
    client: () => client,
  }
}

/** What a client of an emulator is made with. Numbers of 64 bits are bigints. */
export const clientOptionsOf = (host: string): object => ({
  ...FIRESTORE_CLIENT,
  host,
  ssl: false,
  useBigInt: true,
  universeDomain: 'googleapis.com',
})

/** A client of an emulator. */
export const clientOf = (host: string): Firestore => new Firestore(clientOptionsOf(host))
