import { dynamodb } from '@holdfast/adapter-aws'
import { type Harness, runContract, suites } from '@holdfast/contract-tests'
import { DYNAMODB_CLIENT, startDynamodb } from '@holdfast/engines'
import { afterAll, describe, test } from 'vitest'

const engine = await startDynamodb()
const { endpoint } = engine
// The tables of an earlier run may be there still.
const tablePrefix = `test-${Date.now().toString(36)}-`
const runner = { describe, test, afterAll }
const harness: Harness = {
  name: 'dynamodb',
  // DynamoDB Local slows down at every write by what its streams keep: one is enough.
  open: async () => dynamodb({ ...DYNAMODB_CLIENT, endpoint, tablePrefix, streams: ['drive'] }),
}
const isModel = ({ name }: { readonly name: string }): boolean => name === 'model'
// The model in full; of the other random suites less, since a call takes about a millisecond.
runContract(
  harness,
  runner,
  suites.filter((suite) => isModel(suite)),
)
runContract(
  { ...harness, scale: 0.4, dispose: () => engine.stop() },
  runner,
  suites.filter((suite) => !isModel(suite)),
)
