import { createServer } from 'node:net'
import type { AddressInfo, Server as TcpServer, Socket } from 'node:net'
import { Server, ServerCredentials } from '@grpc/grpc-js'
import type { UntypedServiceImplementation } from '@grpc/grpc-js'
import type { Protocol } from './protocol.ts'

/** A server whose connections can be closed one by one: gRPC's own does not show them. */
export interface Connections {
  port: number
  /** Closes the connection of a client, by its `address:port`. */
  drop(peer: string): void
  dropAll(): void
  stop(): Promise<void>
}

const listen = (server: TcpServer, port: number, host: string): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve((server.address() as AddressInfo).port)
    })
  })

const peerOf = ({ remoteAddress = '', remotePort = 0 }: Socket): string =>
  `${remoteAddress}:${remotePort}`

/** Serves gRPC at an address. @throws the system's error when the address is not to be had */
export const openConnections = async (
  { port, host }: { port: number; host: string },
  protocol: Protocol,
  handlers: UntypedServiceImplementation,
): Promise<Connections> => {
  // Our own limit on requests answers with the service's words, so gRPC's is lifted.
  const grpc = new Server({ 'grpc.max_receive_message_length': -1 })
  grpc.addService(protocol, handlers)
  const injector = grpc.createConnectionInjector(ServerCredentials.createInsecure())
  const sockets = new Map<string, Socket>()
  const tcp = createServer((socket) => {
    const peer = peerOf(socket)
    sockets.set(peer, socket)
    socket.on('close', () => sockets.delete(peer)).on('error', () => socket.destroy())
    socket.setNoDelay(true)
    injector.injectConnection(socket)
  })
  const opened = await listen(tcp, port, host)
  const dropAll = (): void => {
    for (const socket of sockets.values()) socket.destroy()
  }
  return {
    port: opened,
    drop: (peer) => sockets.get(peer)?.destroy(),
    dropAll,
    stop: async () => {
      const closed = new Promise((resolve) => tcp.close(resolve))
      grpc.forceShutdown()
      dropAll()
      await closed
    },
  }
}
