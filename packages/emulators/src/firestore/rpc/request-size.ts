import type { MethodDefinition } from '@grpc/grpc-js'
import { invalid } from '../failure.ts'
import type { Failure } from '../failure.ts'
import type { Protocol } from '../protocol.ts'

/** The greatest size of a request: 10 MiB. https://cloud.google.com/firestore/quotas */
const MAX_REQUEST_BYTES = 10 * 1024 * 1024

/** Stands for a request that is too large to be read. */
export class TooLarge {
  /** What the client is told. */
  failure(): Failure {
    return invalid(`Request payload size exceeds the limit: ${MAX_REQUEST_BYTES} bytes.`)
  }
}

const limited = (method: MethodDefinition<object, object>): MethodDefinition<object, object> => ({
  ...method,
  requestDeserialize: (bytes) =>
    bytes.length > MAX_REQUEST_BYTES ? new TooLarge() : method.requestDeserialize(bytes),
})

/** The protocol with the service's limit on the size of requests. */
export const withRequestLimit = (protocol: Protocol): Protocol =>
  Object.fromEntries(Object.entries(protocol).map(([name, method]) => [name, limited(method)]))
