import { status } from '@grpc/grpc-js'
import type {
  ServerUnaryCall,
  ServerWritableStream,
  ServiceError,
  UntypedServiceImplementation,
  handleServerStreamingCall,
  handleUnaryCall,
} from '@grpc/grpc-js'
import { Failure, unimplemented } from '../failure.ts'
import { Silence, withFault } from '../fault/apply.ts'
import type { Fault } from '../fault/fault.ts'
import type { Protocol } from '../protocol.ts'
import type { Caller, Streaming, Unary } from './call.ts'
import { TooLarge } from './request-size.ts'

type Call = ServerUnaryCall<object, object> | ServerWritableStream<object, object>

/** What stands around the handlers: what goes wrong, and how a connection is closed. */
export interface Surroundings {
  /** Told of each request; says what goes wrong with it. */
  arrived: (method: string, request: object) => Fault | undefined
  /** Closes the connection of a client by its address. */
  drop: (peer: string) => void
}

/** An error as the client gets it. What is no answer of ours is a fault of the emulator. */
const errorOf = (error: unknown): ServiceError => {
  const failure =
    error instanceof Failure
      ? error
      : new Failure(status.INTERNAL, `The emulator failed: ${String(error)}`)
  return Object.assign(failure, { details: failure.message }) as unknown as ServiceError
}

const callerOf = (call: Call): Caller => ({ isGone: () => call.cancelled })

const answer = async <T>(
  call: Call,
  name: string,
  { handle, around }: { handle: (request: never, caller: Caller) => T; around: Surroundings },
): Promise<Awaited<T> | Silence> => {
  const { request } = call
  const fault = around.arrived(name, request)
  const found = await withFault(fault, callerOf(call), async (caller) => {
    if (request instanceof TooLarge) throw request.failure()
    return await handle(request as never, caller)
  })
  if (found instanceof Silence && found.drop) around.drop(call.getPeer())
  return found
}

const unary =
  (
    name: string,
    handle: Unary<never, object>,
    around: Surroundings,
  ): handleUnaryCall<object, object> =>
  (call, respond) => {
    answer(call, name, { handle, around }).then(
      (message) => {
        if (!(message instanceof Silence)) respond(null, message)
      },
      (error: unknown) => respond(errorOf(error)),
    )
  }

const streaming =
  (
    name: string,
    handle: Streaming<never, object>,
    around: Surroundings,
  ): handleServerStreamingCall<object, object> =>
  (call) => {
    answer(call, name, { handle, around }).then(
      (messages) => {
        if (messages instanceof Silence) return
        for (const message of messages) call.write(message)
        call.end()
      },
      (error: unknown) => call.emit('error', errorOf(error)),
    )
  }

/** The methods that this emulator has, by their names in the protocol. */
export interface Methods {
  unary: Record<string, Unary<never, object>>
  streaming: Record<string, Streaming<never, object>>
}

/** Makes the server's handlers; methods of the protocol that are not there answer UNIMPLEMENTED. */
export const serve = (
  protocol: Protocol,
  methods: Methods,
  around: Surroundings,
): UntypedServiceImplementation =>
  Object.fromEntries(
    Object.entries(protocol).map(([name, { responseStream }]) => {
      const missing = (): never => {
        throw unimplemented(`the method ${name}`)
      }
      return [
        name,
        responseStream
          ? streaming(name, methods.streaming[name] ?? missing, around)
          : unary(name, methods.unary[name] ?? missing, around),
      ]
    }),
  )
