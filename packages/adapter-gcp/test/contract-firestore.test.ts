import { firestore } from '@holdfast/adapter-gcp'
import { type Harness, runContract, suites } from '@holdfast/contract-tests'
import { FIRESTORE_CLIENT, startFirestore } from '@holdfast/engines'
import { afterAll, describe, test } from 'vitest'

const engine = await startFirestore()
const { host: emulatorHost, gaps } = engine
// The collections of an earlier run may be there still.
const collectionPrefix = `test-${Date.now().toString(36)}-`
const runner = { describe, test, afterAll }
const harness: Harness = {
  name: 'firestore',
  open: async () => firestore({ ...FIRESTORE_CLIENT, emulatorHost, collectionPrefix }),
}
const isModel = ({ name }: { readonly name: string }): boolean => name === 'model'
// The model in full; of the other random suites less: each query brings all records of its partition.
runContract(
  harness,
  runner,
  suites.filter((suite) => isModel(suite)),
)
runContract(
  { ...harness, gaps, scale: 0.27, dispose: () => engine.stop() },
  runner,
  suites.filter((suite) => !isModel(suite)),
)
