import type { handleBidiStreamingCall } from '@grpc/grpc-js'
import { Silence, withFault } from '../fault/apply.ts'
import type { ListenSession } from '../listen/session.ts'
import type { ListenSessions } from '../listen/sessions.ts'
import type { ListenRequest } from '../wire/listen.ts'
import { errorOf } from './error.ts'
import type { Surroundings } from './serve.ts'

/** Answers `Listen`: each request adds or removes a target, and meets the faults that are planned. */
export const listenMethod =
  (sessions: ListenSessions, around: Surroundings): handleBidiStreamingCall<object, object> =>
  (call) => {
    let isOver = false
    const session: ListenSession = sessions.open((message) => {
      if (!isOver) call.write(message)
    })
    const close = (): void => {
      isOver = true
      sessions.close(session)
    }
    const receive = async (request: ListenRequest): Promise<void> => {
      const fault = around.arrived('Listen', request, call.getHost())
      const found = await withFault(fault, { isGone: () => isOver }, () => session.receive(request))
      if (found instanceof Silence && found.drop) around.drop(call.getPeer())
    }
    call.on('data', (request: object) => {
      receive(request as ListenRequest).catch((error: unknown) => {
        close()
        call.emit('error', errorOf(error))
      })
    })
    call.on('cancelled', close)
    call.on('end', () => {
      close()
      call.end()
    })
  }
