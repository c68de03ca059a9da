import type {
  ServerUnaryCall,
  ServerWritableStream,
  UntypedServiceImplementation,
  handleBidiStreamingCall,
  handleServerStreamingCall,
  handleUnaryCall,
} from '@grpc/grpc-js'
import { unimplemented } from '../failure.ts'
import { Silence, withFault } from '../fault/apply.ts'
import type { Fault } from '../fault/fault.ts'
import type { Protocol } from '../protocol.ts'
import type { Caller, Streaming, Unary } from './call.ts'
import { errorOf } from './error.ts'
import { TooLarge } from './request-size.ts'

type Call = ServerUnaryCall<object, object> | ServerWritableStream<object, object>

/** What stands around the handlers: what goes wrong, and how a connection is closed. */
export interface Surroundings {
  /** Told of each request, and of the host that its caller asked; says what goes wrong with it. */
  arrived: (method: string, request: object, host: string) => Fault | undefined
  /** Closes the connection of a client by its address. */
  drop: (peer: string) => void
}

const callerOf = (call: Call): Caller => ({ isGone: () => call.cancelled })

const answer = async <T>(
  call: Call,
  name: string,
  { handle, around }: { handle: (request: never, caller: Caller) => T; around: Surroundings },
): Promise<Awaited<T> | Silence> => {
  const { request } = call
  const fault = around.arrived(name, request, call.getHost())
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
  both: Record<string, handleBidiStreamingCall<object, object>>
}

/** Makes the server's handlers; methods of the protocol that are not there answer UNIMPLEMENTED. */
export const serve = (
  protocol: Protocol,
  methods: Methods,
  around: Surroundings,
): UntypedServiceImplementation =>
  Object.fromEntries(
    Object.entries(protocol).map(([name, { requestStream, responseStream }]) => {
      const failure = unimplemented(`the method ${name}`)
      const missing = (): never => {
        throw failure
      }
      const refuse: handleBidiStreamingCall<object, object> = (call) => {
        call.emit('error', errorOf(failure))
      }
      if (requestStream) return [name, methods.both[name] ?? refuse]
      return responseStream
        ? [name, streaming(name, methods.streaming[name] ?? missing, around)]
        : [name, unary(name, methods.unary[name] ?? missing, around)]
    }),
  )
