import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { MethodDefinition } from '@grpc/grpc-js'
import { loadSync } from '@grpc/proto-loader'

/** The methods of the service `google.firestore.v1.Firestore`, by name. */
export type Protocol = Record<string, MethodDefinition<object, object>>

// The folder of .proto files inside the client, found by its package.json because that path is
// open in every version of it.
const findProtos = (): string => {
  const require = createRequire(import.meta.url)
  return join(dirname(require.resolve('@google-cloud/firestore/package.json')), 'build/protos')
}

/**
 * Reads the protocol from the .proto files that `@google-cloud/firestore` ships.
 * 64-bit integers are text, enums their names, absent messages null.
 */
export const loadProtocol = (): Protocol => {
  const loaded = loadSync('google/firestore/v1/firestore.proto', {
    includeDirs: [findProtos()],
    longs: String,
    enums: String,
    bytes: Buffer,
    oneofs: true,
    defaults: true,
    arrays: true,
    objects: true,
  })
  const service = loaded['google.firestore.v1.Firestore']
  if (service === undefined) throw new Error('@google-cloud/firestore has no protocol v1')
  return service as unknown as Protocol
}
