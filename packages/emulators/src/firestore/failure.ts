import type { Metadata } from '@grpc/grpc-js'
import { status } from '@grpc/grpc-js'

/** An answer that is an error: a gRPC code and the words the client sees. */
export class Failure extends Error {
  readonly code: status
  /** What is sent besides, in the trailer. */
  metadata: Metadata | undefined
  constructor(code: status, message: string) {
    super(message)
    this.code = code
  }
}

/** The request can never succeed as it is. */
export const invalid = (message: string): Failure => new Failure(status.INVALID_ARGUMENT, message)

/** The request needs something that this emulator does not have. */
export const unimplemented = (what: string): Failure =>
  new Failure(status.UNIMPLEMENTED, `This emulator does not have ${what}.`)

/** The transaction or write lost against another one and may be tried anew. */
export const aborted = (message: string): Failure => new Failure(status.ABORTED, message)

/** A condition that the request stated, or that the service states, does not hold. */
export const preconditionFailed = (message: string): Failure =>
  new Failure(status.FAILED_PRECONDITION, message)
