import { createRequire } from 'node:module'
import { firestore, type FirestoreClient } from '@holdfast/adapter-gcp'
import { runContract, suites } from '@holdfast/contract-tests'
import { startFirestore } from '@holdfast/engines'
import { afterAll, describe, test } from 'vitest'
import { clientOptionsOf } from './place.ts'

// The oldest version of Google's client that is taken. What the adapter asks of a client differs by suite.
const SUITES = ['writes', 'queries', 'bulk', 'transactions', 'segments', 'changes', 'close']

// Its types are of no module.
const { Firestore } = createRequire(import.meta.url)('firestore-8') as {
  readonly Firestore: new (options: object) => FirestoreClient
}
const engine = await startFirestore()
const client = new Firestore(clientOptionsOf(engine.host))
const collectionPrefix = `eight-${Date.now().toString(36)}-`
runContract(
  {
    name: 'firestore by client 8',
    open: async () => firestore({ client, collectionPrefix }),
    gaps: engine.gaps,
    dispose: async () => {
      await client.terminate()
      await engine.stop()
    },
  },
  { describe, test, afterAll },
  suites.filter(({ name }) => SUITES.includes(name)),
)
