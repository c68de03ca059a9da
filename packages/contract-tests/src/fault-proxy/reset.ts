import type { Socket } from 'node:net'

/**
 * Resets a connection, or just drops it when our side has ended it already. Node cannot reset a socket
 * that is shutting down: the handle would stay, and keep the process from exiting.
 */
export const reset = (socket: Socket): void => {
  if (socket.writableEnded) socket.destroy()
  else socket.resetAndDestroy()
}
