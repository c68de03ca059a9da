import { firestore } from '@holdfast/adapter-gcp'
import { runContract } from '@holdfast/contract-tests'
import { FIRESTORE_CLIENT, startFirestore } from '@holdfast/engines'
import { afterAll, describe, test } from 'vitest'

const engine = await startFirestore()
const { host: emulatorHost } = engine
// The collections of an earlier run may be there still.
const collectionPrefix = `test-${Date.now().toString(36)}-`
runContract(
  {
    name: 'firestore',
    open: async () => firestore({ ...FIRESTORE_CLIENT, emulatorHost, collectionPrefix }),
    dispose: () => engine.stop(),
    // No filter is evaluated by Firestore: each query brings all records of its partition.
    scale: 0.1,
  },
  { describe, test, afterAll },
)
