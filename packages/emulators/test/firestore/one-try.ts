import { Client, credentials } from '@grpc/grpc-js'
import type { ServiceError } from '@grpc/grpc-js'
import { FieldValue } from '@google-cloud/firestore'
import type { Firestore } from '@google-cloud/firestore'
import { loadProtocol } from '../../src/firestore/protocol.ts'

/** Sends single commits to the document c/a, each of them once: the client proper would send them again. */
export interface OneTry {
  /** Adds one to `n`, with a deadline in so many milliseconds. */
  increment(deadlineMs: number): Promise<void>
  /** Creates the document with n = 1. */
  create(deadlineMs: number): Promise<void>
  /** Adds one by the client proper, for comparison. */
  viaClient(db: Firestore): Promise<void>
  close(): void
}

const DATABASE = 'projects/tests/databases/(default)'
const NAME = `${DATABASE}/documents/c/a`
const one = { integerValue: '1' }

// Where the details hold a google.rpc.RetryInfo, the delay in its last bytes: seconds and nanoseconds.
const retryAfterMs = (error: ServiceError): number | undefined => {
  const [details] = error.metadata?.get('grpc-status-details-bin') ?? []
  if (!Buffer.isBuffer(details) || !details.includes('google.rpc.RetryInfo')) return undefined
  const delay = details.subarray(details.indexOf('google.rpc.RetryInfo') + 20)
  const numbers: number[] = []
  for (let at = 4; at < delay.length; at++) {
    let [value, shift] = [0, 1]
    for (at++; ((delay[at] ?? 0) & 0x80) !== 0; at++, shift *= 128)
      value += ((delay[at] ?? 0) & 0x7f) * shift
    numbers.push(value + (delay[at] ?? 0) * shift)
  }
  return (numbers[0] ?? 0) * 1000 + (numbers[1] ?? 0) / 1e6
}

/** Makes a client that tries once. */
export const oneTry = ({ host, port }: { host: string; port: number }): OneTry => {
  const client = new Client(`${host}:${port}`, credentials.createInsecure(), {
    'grpc.enable_retries': 0,
  })
  const method = loadProtocol()['Commit']
  if (method === undefined) throw new Error('The protocol has no Commit.')
  const commit = (write: object, deadlineMs: number): Promise<void> =>
    new Promise((resolve, reject) => {
      client.makeUnaryRequest(
        method.path,
        method.requestSerialize,
        method.responseDeserialize,
        { database: DATABASE, writes: [write] },
        { deadline: Date.now() + deadlineMs },
        (error) => {
          if (error === null) resolve()
          else reject(Object.assign(error, { retryAfterMs: retryAfterMs(error) }))
        },
      )
    })
  const fieldTransforms = [{ fieldPath: 'n', increment: one }]
  return {
    increment: (deadlineMs) =>
      commit({ transform: { document: NAME, fieldTransforms } }, deadlineMs),
    create: (deadlineMs) =>
      commit(
        { update: { name: NAME, fields: { n: one } }, currentDocument: { exists: false } },
        deadlineMs,
      ),
    viaClient: async (db) => {
      await db.doc('c/a').set({ n: FieldValue.increment(1) }, { merge: true })
    },
    close: () => client.close(),
  }
}
