import { randomBytes } from 'node:crypto'
import { status } from '@grpc/grpc-js'
import type { Committer } from '../committer.ts'
import { Failure, invalid, unimplemented } from '../failure.ts'
import { parsePath } from '../field-path.ts'
import { checkParent, databaseOf } from '../names.ts'
import { project } from '../query/run.ts'
import { toDocument } from '../storage.ts'
import type { Storage } from '../storage.ts'
import { toTimestamp } from '../time.ts'
import type { Transactions } from '../transaction/transactions.ts'
import type { Document, DocumentMask, Precondition } from '../wire/document.ts'
import type { Timestamp } from '../wire/value.ts'
import type {
  BatchWriteRequest,
  CommitRequest,
  CreateDocumentRequest,
  DeleteDocumentRequest,
  UpdateDocumentRequest,
  Write,
  WriteResult,
} from '../wire/write.ts'
import { checkWrite, nameOf } from '../write/apply.ts'
import type { Caller, Unary } from './call.ts'

interface Parts {
  storage: Storage
  committer: Committer
  transactions: Transactions
}

interface RpcStatus {
  code: number
  message: string
  details: never[]
}

/** The methods that write. */
export interface WriteMethods {
  Commit: Unary<CommitRequest, { writeResults: WriteResult[]; commitTime: Timestamp }>
  BatchWrite: Unary<BatchWriteRequest, { writeResults: WriteResult[]; status: RpcStatus[] }>
  CreateDocument: Unary<CreateDocumentRequest, Document>
  UpdateDocument: Unary<UpdateDocumentRequest, Document>
  DeleteDocument: Unary<DeleteDocumentRequest, object>
}

const write = (part: Partial<Write>): Write => ({
  updateMask: null,
  updateTransforms: [],
  currentDocument: null,
  ...part,
})

const statusOf = (error: unknown): RpcStatus => {
  if (!(error instanceof Failure)) throw error
  return { code: error.code, message: error.message, details: [] }
}

// Each write by itself: one that fails does not stop the others.
const batchWrite = async (
  { database, writes }: BatchWriteRequest,
  caller: Caller,
  committer: Committer,
): Promise<{ writeResults: WriteResult[]; status: RpcStatus[] }> => {
  for (const write of writes) checkWrite(write, database)
  if (new Set(writes.map(nameOf)).size !== writes.length)
    throw invalid('the same document cannot be written more than once in a single request')
  const outcomes = await Promise.all(
    writes.map(async (one) => {
      try {
        const writer = { ...caller, transaction: undefined }
        const { results } = await committer.commit(database, [one], writer)
        return { status: { code: status.OK, message: '', details: [] as never[] }, results }
      } catch (error) {
        return { status: statusOf(error), results: [] }
      }
    }),
  )
  const nothing: WriteResult = { updateTime: null, transformResults: [] }
  return {
    writeResults: outcomes.map(({ results }) => results[0] ?? nothing),
    status: outcomes.map((outcome) => outcome.status),
  }
}

/** Makes the methods that write. */
export const writeMethods = ({ storage, committer, transactions }: Parts): WriteMethods => {
  const one = async (single: Write, caller: Caller): Promise<string> => {
    const name = nameOf(single)
    const writer = { ...caller, transaction: undefined }
    await committer.commit(databaseOf(name) ?? '', [single], writer)
    return name
  }
  const answer = (name: string, mask: DocumentMask | null): Document => {
    const stored = storage.get(name)
    if (stored === undefined) throw new Failure(status.NOT_FOUND, `Document (${name}) not found.`)
    return toDocument(stored, project(stored.fields, mask?.fieldPaths.map(parsePath)))
  }
  return {
    Commit: async ({ database, writes, transaction }, caller) => {
      const used = transaction.length > 0 ? transactions.use(transaction) : undefined
      const { time, results } = await committer.commit(database, writes, {
        ...caller,
        transaction: used,
      })
      return { writeResults: results, commitTime: toTimestamp(time) }
    },
    BatchWrite: (request, caller) => batchWrite(request, caller, committer),
    CreateDocument: async ({ parent, collectionId, documentId, document, mask }, caller) => {
      checkParent(parent)
      const id = documentId === '' ? randomBytes(10).toString('hex') : documentId
      const name = `${parent}/${collectionId}/${id}`
      const update = { name, fields: document?.fields ?? {}, createTime: null, updateTime: null }
      const currentDocument: Precondition = { conditionType: 'exists', exists: false }
      return answer(
        await one(write({ operation: 'update', update, currentDocument }), caller),
        mask,
      )
    },
    UpdateDocument: async ({ document, updateMask, mask, currentDocument }, caller) => {
      if (document === null) throw unimplemented('an update without a document')
      const update = write({ operation: 'update', update: document, updateMask, currentDocument })
      return answer(await one(update, caller), mask)
    },
    DeleteDocument: async ({ name, currentDocument }, caller) => {
      await one(write({ operation: 'delete', delete: name, currentDocument }), caller)
      return {}
    },
  }
}
