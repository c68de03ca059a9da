import type { Document, DocumentMask, Precondition } from './document.ts'
import type { Timestamp, Value } from './value.ts'

/** A change of one field that the server works out. */
export interface FieldTransform {
  fieldPath: string
  transformType?:
    | 'setToServerValue'
    | 'increment'
    | 'maximum'
    | 'minimum'
    | 'appendMissingElements'
    | 'removeAllFromArray'
  setToServerValue?: string
  increment?: Value
  maximum?: Value
  minimum?: Value
  appendMissingElements?: { values: Value[] }
  removeAllFromArray?: { values: Value[] }
}

/** One write of a commit or of a batch. */
export interface Write {
  operation?: 'update' | 'delete' | 'transform'
  update?: Document
  delete?: string
  transform?: { document: string; fieldTransforms: FieldTransform[] }
  updateMask: DocumentMask | null
  updateTransforms: FieldTransform[]
  currentDocument: Precondition | null
}

/** What a write did. `updateTime` is null after a delete. */
export interface WriteResult {
  updateTime: Timestamp | null
  transformResults: Value[]
}

/** A request to apply writes all together or not at all. */
export interface CommitRequest {
  database: string
  writes: Write[]
  transaction: Buffer
}

/** A request to apply each write by itself. */
export interface BatchWriteRequest {
  database: string
  writes: Write[]
}

/** A request to create one document. */
export interface CreateDocumentRequest {
  parent: string
  collectionId: string
  documentId: string
  document: Document | null
  mask: DocumentMask | null
}

/** A request to write one document. */
export interface UpdateDocumentRequest {
  document: Document | null
  updateMask: DocumentMask | null
  mask: DocumentMask | null
  currentDocument: Precondition | null
}

/** A request to delete one document. */
export interface DeleteDocumentRequest {
  name: string
  currentDocument: Precondition | null
}
