import { status } from '@grpc/grpc-js'
import type { ServiceError } from '@grpc/grpc-js'
import { Failure } from '../failure.ts'

/** An error as the client gets it. One that is no answer of ours is a fault of the emulator itself. */
export const errorOf = (error: unknown): ServiceError => {
  const failure =
    error instanceof Failure
      ? error
      : new Failure(status.INTERNAL, `The emulator failed: ${String(error)}`)
  return Object.assign(failure, { details: failure.message }) as unknown as ServiceError
}
