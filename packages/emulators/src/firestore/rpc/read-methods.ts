import { status } from '@grpc/grpc-js'
import { Failure, unimplemented } from '../failure.ts'
import { parsePath } from '../field-path.ts'
import type { Indexes } from '../index/indexes.ts'
import { checkDocumentName } from '../names.ts'
import { aggregate } from '../query/aggregate.ts'
import type { Query } from '../query/query.ts'
import { readQuery } from '../query/read.ts'
import { project } from '../query/run.ts'
import { toDocument } from '../storage.ts'
import { toTimestamp } from '../time.ts'
import type { Transactions } from '../transaction/transactions.ts'
import type { View, Views } from '../view.ts'
import type { Document } from '../wire/document.ts'
import type {
  BatchGetDocumentsRequest,
  BeginTransactionRequest,
  GetDocumentRequest,
  RollbackRequest,
  RunAggregationQueryRequest,
  RunQueryRequest,
} from '../wire/read.ts'
import type { Fields, Timestamp } from '../wire/value.ts'
import type { Streaming, Unary } from './call.ts'

interface Answer {
  transaction?: Buffer
  readTime?: Timestamp
}

/** The methods that read, and those that begin and end transactions. */
export interface ReadMethods {
  GetDocument: Unary<GetDocumentRequest, Document>
  BatchGetDocuments: Streaming<
    BatchGetDocumentsRequest,
    Answer & { found?: Document; missing?: string }
  >
  RunQuery: Streaming<RunQueryRequest, Answer & { document?: Document }>
  RunAggregationQuery: Streaming<
    RunAggregationQueryRequest,
    Answer & { result?: { aggregateFields: Fields } }
  >
  BeginTransaction: Unary<BeginTransactionRequest, { transaction: Buffer }>
  Rollback: Unary<RollbackRequest, object>
}

// A transaction that the request began is told in a message of its own, before all others.
const begun = <T>({ began }: View, messages: T[]): (T | { transaction: Buffer })[] =>
  began.length === 0 ? messages : [{ transaction: began }, ...messages]

const runQuery = (
  view: View,
  query: Query,
): (Answer & { document?: Document; skippedResults?: number; done?: boolean })[] => {
  const readTime = toTimestamp(view.time)
  const found = view.run(query)
  if (found.length === 0) return [{ readTime, done: true }]
  return found.map((stored, at) => ({
    readTime,
    document: toDocument(stored, project(stored.fields, query.select)),
    ...(at === 0 && query.offset > 0 ? { skippedResults: query.offset } : {}),
    ...(at === found.length - 1 ? { done: true } : {}),
  }))
}

/** Makes the methods that read. */
export const readMethods = (
  views: Views,
  transactions: Transactions,
  checkIndexes: Indexes['check'],
): ReadMethods => ({
  GetDocument: (request) => {
    checkDocumentName(request.name)
    const stored = views.of(request).get(request.name)
    if (stored === undefined)
      throw new Failure(status.NOT_FOUND, `Document (${request.name}) not found.`)
    return toDocument(stored, project(stored.fields, request.mask?.fieldPaths.map(parsePath)))
  },
  BatchGetDocuments: (request) => {
    for (const name of request.documents) checkDocumentName(name, request.database)
    const view = views.of(request)
    const paths = request.mask?.fieldPaths.map(parsePath)
    const readTime = toTimestamp(view.time)
    const messages = [...new Set(request.documents)].map((name) => {
      const stored = view.get(name)
      return stored === undefined
        ? { readTime, missing: name }
        : { readTime, found: toDocument(stored, project(stored.fields, paths)) }
    })
    return begun(view, messages)
  },
  RunQuery: (request) => {
    if (request.explainOptions !== null) throw unimplemented('query explain')
    const query = readQuery(request.parent, request.structuredQuery)
    checkIndexes(query)
    const view = views.of(request)
    return begun(view, runQuery(view, query))
  },
  RunAggregationQuery: (request) => {
    if (request.explainOptions !== null) throw unimplemented('query explain')
    const asked = request.structuredAggregationQuery
    const query = readQuery(request.parent, asked?.structuredQuery)
    const work = aggregate(asked?.aggregations ?? [])
    checkIndexes(query, work.fields)
    const view = views.of(request)
    const result = { aggregateFields: work.over(view.run(query)) }
    return begun(view, [{ result, readTime: toTimestamp(view.time) }])
  },
  BeginTransaction: ({ options }) => ({ transaction: transactions.begin(options) }),
  Rollback: ({ transaction }) => {
    transactions.rollback(transaction)
    return {}
  },
})
