import type { DocumentMask } from './document.ts'
import type { Aggregation, StructuredQuery } from './query.ts'
import type { Timestamp } from './value.ts'

/** How a transaction reads and whether it writes. */
export interface TransactionOptions {
  mode?: 'readOnly' | 'readWrite'
  readOnly?: { readTime?: Timestamp }
  readWrite?: { retryTransaction: Buffer }
}

/** What state a read sees: a transaction's, a new transaction's or that of a time. */
export interface Consistency {
  consistencySelector?: 'transaction' | 'newTransaction' | 'readTime'
  transaction?: Buffer
  newTransaction?: TransactionOptions
  readTime?: Timestamp
}

/** A request to start a transaction. */
export interface BeginTransactionRequest {
  database: string
  options: TransactionOptions | null
}

/** A request to end a transaction without writing. */
export interface RollbackRequest {
  database: string
  transaction: Buffer
}

/** A request for one document. */
export interface GetDocumentRequest extends Consistency {
  name: string
  mask: DocumentMask | null
}

/** A request for documents by their names. */
export interface BatchGetDocumentsRequest extends Consistency {
  database: string
  documents: string[]
  mask: DocumentMask | null
}

/** A request to run a query. */
export interface RunQueryRequest extends Consistency {
  parent: string
  queryType?: 'structuredQuery'
  structuredQuery?: StructuredQuery
  explainOptions: object | null
}

/** A request to count, sum and average what a query finds. */
export interface RunAggregationQueryRequest extends Consistency {
  parent: string
  queryType?: 'structuredAggregationQuery'
  structuredAggregationQuery?: {
    queryType?: 'structuredQuery'
    structuredQuery?: StructuredQuery
    aggregations: Aggregation[]
  }
  explainOptions: object | null
}

/** A request to split a query into parts to be run side by side. */
export interface PartitionQueryRequest extends Consistency {
  parent: string
  queryType?: 'structuredQuery'
  structuredQuery?: StructuredQuery
  partitionCount: string
  pageToken: string
  pageSize: number
}

/** A request for the documents of a collection. */
export interface ListDocumentsRequest extends Consistency {
  parent: string
  collectionId: string
  pageSize: number
  pageToken: string
  orderBy: string
  mask: DocumentMask | null
  showMissing: boolean
}

/** A request for the names of the collections below a document or the database. */
export interface ListCollectionIdsRequest extends Consistency {
  parent: string
  pageSize: number
  pageToken: string
}
