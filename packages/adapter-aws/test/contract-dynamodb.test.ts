import { dynamodb } from '@holdfast/adapter-aws'
import { runContract } from '@holdfast/contract-tests'
import { DYNAMODB_CLIENT, startDynamodb } from '@holdfast/engines'
import { afterAll, describe, test } from 'vitest'

const engine = await startDynamodb()
const { endpoint } = engine
// The tables of an earlier run may be there still.
const tablePrefix = `test-${Date.now().toString(36)}-`
runContract(
  {
    name: 'dynamodb',
    // DynamoDB Local slows down at every write by what its streams keep: one is enough.
    open: async () => dynamodb({ ...DYNAMODB_CLIENT, endpoint, tablePrefix, streams: ['drive'] }),
    dispose: () => engine.stop(),
  },
  { describe, test, afterAll },
)
