import { dynamodb } from '@holdfast/adapter-aws'
import { firestore } from '@holdfast/adapter-gcp'
import { postgres, sqlite } from '@holdfast/adapter-sql'
import { createStore, defineActor, defineEntity, type Driver } from '@holdfast/core'
import { DYNAMODB_CLIENT, FIRESTORE_CLIENT } from '@holdfast/engines'
import { z } from 'zod'

const Ledger = defineEntity('ledger', {
  schema: z.object({ id: z.string(), count: z.int(), marks: z.array(z.string()) }),
  key: { partition: ['id'] },
})
const actor = defineActor(z.object({ roles: z.array(z.string()) }))

const DRIVERS: Readonly<Record<string, (address: string) => Driver>> = {
  sqlite: (file) => sqlite({ file }),
  postgres: (connectionString) => postgres({ connectionString, max: 2 }),
  dynamodb: (endpoint) => dynamodb({ ...DYNAMODB_CLIENT, endpoint, streams: false }),
  firestore: (emulatorHost) => firestore({ ...FIRESTORE_CLIENT, emulatorHost }),
}

/** A process's way to the ledgers of a store, by its name and address. */
export const openLedgers = (name: string, address: string) => {
  const open = DRIVERS[name]
  if (open === undefined) throw new RangeError(`${name} is not shared by processes.`)
  const store = createStore({ adapter: open(address), entities: { ledgers: Ledger }, actor })
  return { store, db: store.unrestricted('processes are killed') }
}

/** The ledger that all processes count in. */
export const SHARED = 'shared'
