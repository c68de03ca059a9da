import { dynamodb } from '@holdfast/adapter-aws'
import { type FaultProxy, startFaultProxy } from '@holdfast/contract-tests'
import { DYNAMODB_CLIENT, startDynamodb } from '@holdfast/engines'
import { sdkCounters } from './dynamodb-sdk.ts'
import { DELAY_MS, REQUEST_FAULTS, type Start, TIMEOUT_MS } from './start.ts'

// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
const answer = (type: string, message: string) => ({
  headers: { 'content-type': 'application/x-amz-json-1.0' },
  body: JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${type}`, message }),
})

/** A proxy whose errors are those of DynamoDB. */
const startProxy = (target: string, seed: number): Promise<FaultProxy> =>
  startFaultProxy({
    target,
    seed,
    faults: {},
    throttled: {
      status: 400,
      ...answer('ProvisionedThroughputExceededException', 'The level of throughput is exceeded.'),
    },
    failed: answer('InternalServerError', 'The server met an internal error.'),
    delayMs: DELAY_MS,
  })

/** DynamoDB Local behind a proxy that breaks requests. */
export const startDynamodbBehindFaults: Start = async (seed) => {
  const engine = await startDynamodb()
  const proxy = await startProxy(engine.endpoint, seed)
  // The tables of an earlier run may be there still.
  const tablePrefix = `faults-${Date.now().toString(36)}-`
  const shared = { ...DYNAMODB_CLIENT, tablePrefix, streams: false }
  const straight = dynamodb({ ...shared, endpoint: engine.endpoint })
  const faulty = dynamodb({ ...shared, endpoint: proxy.url, requestTimeoutMs: TIMEOUT_MS })
  const beside = await sdkCounters({
    direct: engine.endpoint,
    proxied: proxy.url,
    table: `${tablePrefix}sdk`,
    requestTimeoutMs: TIMEOUT_MS,
  })
  return {
    beside,
    description: `${engine.description}; faults by an HTTP proxy`,
    place: {
      straight,
      faulty,
      line: proxy,
      faults: REQUEST_FAULTS,
      timeoutMs: TIMEOUT_MS,
      delayMs: DELAY_MS,
    },
    address: engine.endpoint,
    stop: async () => {
      beside.close()
      await proxy.stop()
      await faulty.close()
      await straight.close()
      await engine.stop()
    },
  }
}
