import { Committer } from './committer.ts'
import { openConnections } from './connections.ts'
import type { Connections } from './connections.ts'
import { expireDocuments } from './expire.ts'
import { makeDecide } from './fault/plan.ts'
import { makeIndexes } from './index/indexes.ts'
import type { Indexes } from './index/indexes.ts'
import { ResumePoints } from './listen/resume.ts'
import { ListenSessions } from './listen/sessions.ts'
import type { FirestoreEmulator, FirestoreEmulatorOptions } from './options.ts'
import { loadProtocol } from './protocol.ts'
import { listMethods } from './rpc/list-methods.ts'
import { listenMethod } from './rpc/listen-method.ts'
import { readMethods } from './rpc/read-methods.ts'
import { withRequestLimit } from './rpc/request-size.ts'
import { serve } from './rpc/serve.ts'
import type { Methods, Surroundings } from './rpc/serve.ts'
import { writeMethods } from './rpc/write-methods.ts'
import { Storage } from './storage.ts'
import { makeClock } from './time.ts'
import { Transactions } from './transaction/transactions.ts'
import { Views } from './view.ts'

const LOCK_TIMEOUT_MS = 20_000

interface Parts {
  storage: Storage
  transactions: Transactions
  committer: Committer
  views: Views
  sessions: ListenSessions
}

const makeParts = (
  { concurrency = 'pessimistic', lockTimeoutMs = LOCK_TIMEOUT_MS }: FirestoreEmulatorOptions,
  now: () => number,
  checkIndexes: Indexes['check'],
): Parts => {
  const clock = makeClock(now)
  const storage = new Storage()
  const transactions = new Transactions(clock, now, concurrency)
  const committer = new Committer({ storage, clock, transactions }, lockTimeoutMs)
  const views = new Views(storage, clock, transactions)
  const sessions = new ListenSessions({ storage, clock, points: new ResumePoints(), checkIndexes })
  committer.listeners.add(sessions.onCommit)
  return { storage, transactions, committer, views, sessions }
}

const makeMethods = (
  parts: Parts,
  checkIndexes: Indexes['check'],
  around: Surroundings,
): Methods => {
  const { RunQuery, RunAggregationQuery, BatchGetDocuments, ...unary } = readMethods(
    parts.views,
    parts.transactions,
    checkIndexes,
  )
  return {
    unary: { ...unary, ...writeMethods(parts), ...listMethods(parts.storage, parts.views) },
    streaming: { RunQuery, RunAggregationQuery, BatchGetDocuments },
    both: { Listen: listenMethod(parts.sessions, around) },
    // Each handler takes the request of its own method, which the protocol guarantees.
  } as unknown as Methods
}

/**
 * Starts an emulator of Firestore in this process.
 *
 * @throws the system's error when the port is taken; RangeError for a rate of faults that is none; Error when
 *   the file of indexes cannot be read or says nothing sensible
 */
export const startFirestore = async (
  options: FirestoreEmulatorOptions = {},
): Promise<FirestoreEmulator> => {
  const { host = '127.0.0.1', now = Date.now } = options
  let indexes = makeIndexes(options.indexes)
  let decide = makeDecide(options.faults)
  let connections: Connections | undefined
  const counts = { requests: {} as Record<string, number>, faults: 0 }
  const around: Surroundings = {
    arrived: (method, request, host) => {
      counts.requests[method] = (counts.requests[method] ?? 0) + 1
      const fault = decide(method, request, host)
      if (fault !== undefined) counts.faults++
      return fault
    },
    drop: (peer) => connections?.drop(peer),
  }
  const check: Indexes['check'] = (query, aggregated) => indexes.check(query, aggregated)
  const parts = makeParts(options, now, check)
  const protocol = withRequestLimit(loadProtocol())
  const handlers = serve(protocol, makeMethods(parts, check, around), around)
  const opened = await openConnections({ port: options.port ?? 0, host }, protocol, handlers)
  connections = opened
  return {
    host,
    port: opened.port,
    address: `${host}:${opened.port}`,
    settings: { host, port: opened.port, ssl: false },
    counts,
    faults: (plan) => {
      decide = makeDecide(plan)
    },
    indexes: (given) => {
      indexes = makeIndexes(given)
    },
    expire: () => expireDocuments(parts, indexes.expiry, now()),
    dropConnections: () => opened.dropAll(),
    clear: () => {
      parts.transactions.clear()
      parts.storage.clear()
      parts.sessions.onClear()
    },
    stop: () => opened.stop(),
  }
}
