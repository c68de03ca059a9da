import { Committer } from './committer.ts'
import { openConnections } from './connections.ts'
import type { Connections } from './connections.ts'
import { makeDecide } from './fault/plan.ts'
import { makeIndexes } from './index/indexes.ts'
import type { FirestoreEmulator, FirestoreOptions } from './options.ts'
import { loadProtocol } from './protocol.ts'
import { readMethods } from './rpc/read-methods.ts'
import { withRequestLimit } from './rpc/request-size.ts'
import { serve } from './rpc/serve.ts'
import type { Methods } from './rpc/serve.ts'
import { writeMethods } from './rpc/write-methods.ts'
import { Storage } from './storage.ts'
import { makeClock } from './time.ts'
import { Transactions } from './transaction/transactions.ts'
import { Views } from './view.ts'

const LOCK_TIMEOUT_MS = 20_000

/** Starts an emulator of Firestore in this process. @throws the system's error when the port is taken */
export const startFirestore = async (
  options: FirestoreOptions = {},
): Promise<FirestoreEmulator> => {
  const now = options.now ?? Date.now
  const clock = makeClock(now)
  const storage = new Storage()
  const transactions = new Transactions(clock, now, options.concurrency ?? 'pessimistic')
  const committer = new Committer(
    { storage, clock, transactions },
    options.lockTimeoutMs ?? LOCK_TIMEOUT_MS,
  )
  let indexes = makeIndexes(options.indexes)
  const { BeginTransaction, Rollback, GetDocument, ...streamed } = readMethods(
    new Views(storage, clock, transactions),
    transactions,
    (query, aggregated) => indexes.check(query, aggregated),
  )
  const methods = {
    unary: {
      ...writeMethods({ storage, committer, transactions }),
      BeginTransaction,
      Rollback,
      GetDocument,
    },
    streaming: { ...streamed },
  } as unknown as Methods
  let decide = makeDecide(options.faults)
  const counts = { requests: {} as Record<string, number>, faults: 0 }
  let connections: Connections | undefined
  const protocol = withRequestLimit(loadProtocol())
  const handlers = serve(protocol, methods, {
    arrived: (method, request) => {
      counts.requests[method] = (counts.requests[method] ?? 0) + 1
      const fault = decide(method, request)
      if (fault !== undefined) counts.faults++
      return fault
    },
    drop: (peer) => connections?.drop(peer),
  })
  const host = options.host ?? '127.0.0.1'
  connections = await openConnections({ port: options.port ?? 0, host }, protocol, handlers)
  const { port, stop, dropAll } = connections
  return {
    host,
    port,
    address: `${host}:${port}`,
    settings: { host, port, ssl: false },
    counts,
    faults: (plan) => {
      decide = makeDecide(plan)
    },
    indexes: (given) => {
      indexes = makeIndexes(given)
    },
    expire: () => 0,
    dropConnections: dropAll,
    clear: () => {
      storage.clear()
      transactions.clear()
    },
    stop,
  }
}
