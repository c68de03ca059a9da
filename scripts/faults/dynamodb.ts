import { startFaultProxy } from '@holdfast/contract-tests'
import { startDynamodb } from '@holdfast/engines'
import { holdfastCounters } from './dynamodb-holdfast.ts'
import { sdkCounters } from './dynamodb-sdk.ts'
import { type Counters, runLoad, type Tally } from './load.ts'

/** Where counters are, and how long to wait for them. */
export interface Addresses {
  /** The store itself. */
  readonly direct: string
  /** The store behind the faults. */
  readonly proxied: string
  readonly requestTimeoutMs: number
}

const REQUEST_TIMEOUT_MS = 500

const FAULTS = {
  resetBefore: 0.02,
  resetAfter: 0.02,
  error500: 0.01,
  error500After: 0.01,
  hang: 0.01,
  hangAfter: 0.01,
  throttle: 0.02,
}

// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
const answer = (type: string, message: string) => ({
  headers: { 'content-type': 'application/x-amz-json-1.0' },
  body: JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${type}`, message }),
})
const THROTTLED = {
  status: 400,
  ...answer('ProvisionedThroughputExceededException', 'The level of throughput is exceeded.'),
}

const underFaults = async (
  endpoint: string,
  seed: number,
  make: (addresses: Addresses) => Promise<Counters>,
): Promise<Tally> => {
  const proxy = await startFaultProxy({
    target: endpoint,
    seed,
    faults: FAULTS,
    throttled: THROTTLED,
    failed: answer('InternalServerError', 'The server met an internal error.'),
  })
  const counters = await make({
    direct: endpoint,
    proxied: proxy.url,
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
  })
  try {
    const tally = await runLoad(counters)
    console.log(
      `${tally.name}: ${proxy.counts.requests} requests, ${faultsOf(proxy.counts.faults)}`,
    )
    return tally
  } finally {
    await counters.close()
    await proxy.stop()
  }
}

const faultsOf = (faults: Readonly<Record<string, number>>): string =>
  Object.entries(faults)
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => `${kind} ${count}`)
    .join(', ')

/** Runs the load with Holdfast and with the SDK alone, each behind faults of its own. */
export const dynamodbFaults = async (seed: number): Promise<readonly [Tally, Tally]> => {
  const engine = await startDynamodb()
  console.log(engine.description)
  try {
    return [
      await underFaults(engine.endpoint, seed, holdfastCounters),
      await underFaults(engine.endpoint, seed, sdkCounters),
    ]
  } finally {
    await engine.stop()
  }
}
