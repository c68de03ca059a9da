import { status } from '@grpc/grpc-js'
import { Failure, unimplemented } from '../failure.ts'
import { parsePath } from '../field-path.ts'
import type { Indexes } from '../index/indexes.ts'
import { checkDocumentName } from '../names.ts'
import { aggregate } from '../query/aggregate.ts'
import { readQuery } from '../query/read.ts'
import { project } from '../query/run.ts'
import { toDocument } from '../storage.ts'
import { toTimestamp } from '../time.ts'
import type { Transactions } from '../transaction/transactions.ts'
import type { Views } from '../view.ts'
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
  transaction: Buffer
  readTime: Timestamp
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
    Answer & { result: { aggregateFields: Fields } }
  >
  BeginTransaction: Unary<BeginTransactionRequest, { transaction: Buffer }>
  Rollback: Unary<RollbackRequest, object>
}

const NOTHING = Buffer.alloc(0)

// Only the first message names the transaction that the request began.
const first = <T extends Answer>(messages: T[], began: Buffer): T[] =>
  messages.map((message, at) => (at === 0 ? { ...message, transaction: began } : message))

/** Makes the methods that read. */
export const readMethods = (
  views: Views,
  transactions: Transactions,
  indexes: Indexes,
): ReadMethods => ({
  GetDocument: (request) => {
    checkDocumentName(request.name)
    const stored = views.of(request).get(request.name)
    if (stored === undefined)
      throw new Failure(status.NOT_FOUND, `Document "${request.name}" not found.`)
    return toDocument(stored, project(stored.fields, request.mask?.fieldPaths.map(parsePath)))
  },
  BatchGetDocuments: (request) => {
    for (const name of request.documents) checkDocumentName(name, request.database)
    const view = views.of(request)
    const paths = request.mask?.fieldPaths.map(parsePath)
    const answer = { readTime: toTimestamp(view.time), transaction: NOTHING }
    const messages = [...new Set(request.documents)].map((name) => {
      const stored = view.get(name)
      return stored === undefined
        ? { ...answer, missing: name }
        : { ...answer, found: toDocument(stored, project(stored.fields, paths)) }
    })
    return first(messages.length === 0 ? [answer] : messages, view.began)
  },
  RunQuery: (request) => {
    if (request.explainOptions !== null) throw unimplemented('query explain')
    const query = readQuery(request.parent, request.structuredQuery)
    indexes.check(query)
    const view = views.of(request)
    const answer = { readTime: toTimestamp(view.time), transaction: NOTHING }
    const messages = view.run(query).map((stored) => ({
      ...answer,
      document: toDocument(stored, project(stored.fields, query.select)),
    }))
    return first(messages.length === 0 ? [answer] : messages, view.began)
  },
  RunAggregationQuery: (request) => {
    if (request.explainOptions !== null) throw unimplemented('query explain')
    const asked = request.structuredAggregationQuery
    const query = readQuery(request.parent, asked?.structuredQuery)
    const work = aggregate(asked?.aggregations ?? [])
    indexes.check(query, work.fields)
    const view = views.of(request)
    return [
      {
        result: { aggregateFields: work.over(view.run(query)) },
        readTime: toTimestamp(view.time),
        transaction: view.began,
      },
    ]
  },
  BeginTransaction: ({ options }) => ({ transaction: transactions.begin(options) }),
  Rollback: ({ transaction }) => {
    transactions.rollback(transaction)
    return {}
  },
})
