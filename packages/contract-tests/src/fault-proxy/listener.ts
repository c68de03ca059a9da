import { once } from 'node:events'
import type { AddressInfo, Server, Socket } from 'node:net'
import { reset } from './reset.ts'

/** A server on a free port of 127.0.0.1 that can go away, with all its connections, and come back. */
export class Listener {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #port = 0

  constructor(server: Server) {
    this.#server = server
  }

  /** `127.0.0.1:<port>`, the same after `down` and `up`. */
  get address(): string {
    return `127.0.0.1:${this.#port}`
  }

  /** Remembers a connection until it closes. */
  hold(socket: Socket): void {
    this.#sockets.add(socket)
    // Callers that reset their side are part of the game.
    socket.on('close', () => this.#sockets.delete(socket)).on('error', () => {})
  }

  async up(): Promise<void> {
    if (this.#server.listening) return
    this.#server.listen(this.#port, '127.0.0.1')
    await once(this.#server, 'listening')
    this.#port = (this.#server.address() as AddressInfo).port
  }

  async down(): Promise<void> {
    if (!this.#server.listening) return
    const closed = once(this.#server, 'close')
    this.#server.close()
    for (const socket of this.#sockets) reset(socket)
    await closed
  }
}
