import type { Fields, Timestamp } from './value.ts'

/** A document as the protocol carries it. Times are null in what a client sends. */
export interface Document {
  name: string
  fields: Fields
  createTime: Timestamp | null
  updateTime: Timestamp | null
}

/** The field paths to return or to write. */
export interface DocumentMask {
  fieldPaths: string[]
}

/** What must hold of a document for a write to it to be applied. */
export interface Precondition {
  conditionType?: 'exists' | 'updateTime'
  exists?: boolean
  updateTime?: Timestamp
}
