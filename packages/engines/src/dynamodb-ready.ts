import { setTimeout } from 'node:timers/promises'

/** What a client of DynamoDB Local must name. Any region and any alphanumeric key will do there. */
export const DYNAMODB_CLIENT = {
  region: 'us-east-1',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
} as const

const { region, credentials } = DYNAMODB_CLIENT

// DynamoDB Local reads the key and the region out of the signature, and does not check it.
const HEADERS = {
  'content-type': 'application/x-amz-json-1.0',
  'x-amz-target': 'DynamoDB_20120810.ListTables',
  authorization: `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/20260101/${region}/dynamodb/aws4_request, SignedHeaders=host, Signature=0`,
}

/** Throws when what answers there is not DynamoDB Local. */
const listTables = async (endpoint: string): Promise<void> => {
  const request = {
    method: 'POST',
    headers: HEADERS,
    body: '{}',
    signal: AbortSignal.timeout(10_000),
  }
  const response = await fetch(endpoint, request)
  const body = await response.text()
  if (!response.ok || !body.includes('TableNames'))
    throw new Error(
      `${endpoint} answered ${response.status}, not a list of tables: ${body.slice(0, 500)}`,
    )
}

/**
 * Waits until the server lists its tables.
 * @param check called between tries; throws when waiting on is of no use.
 */
export const untilReady = async (endpoint: string, check: () => void = () => {}): Promise<void> => {
  const deadline = Date.now() + 60_000
  for (;;) {
    check()
    try {
      return await listTables(endpoint)
    } catch (error) {
      if (Date.now() > deadline)
        throw new Error('DynamoDB Local did not answer within a minute.', { cause: error })
    }
    await setTimeout(25)
  }
}
