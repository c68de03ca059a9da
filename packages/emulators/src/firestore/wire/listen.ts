import type { StructuredQuery } from './query.ts'
import type { Document } from './document.ts'
import type { Timestamp } from './value.ts'

/** What a client listens to. */
export interface Target {
  targetType?: 'query' | 'documents'
  query?: { parent: string; structuredQuery?: StructuredQuery }
  documents?: { documents: string[] }
  resumeType?: 'resumeToken' | 'readTime'
  resumeToken?: Buffer
  readTime?: Timestamp
  targetId: number
  once: boolean
  expectedCount: { value: number } | null
}

/** A message from a client that listens. */
export interface ListenRequest {
  database: string
  targetChange?: 'addTarget' | 'removeTarget'
  addTarget?: Target
  removeTarget?: number
}

/** A message to a client that listens. */
export interface ListenResponse {
  targetChange?: {
    targetChangeType: 'NO_CHANGE' | 'ADD' | 'REMOVE' | 'CURRENT' | 'RESET'
    targetIds: number[]
    cause?: { code: number; message: string }
    resumeToken?: Buffer
    readTime?: Timestamp
  }
  documentChange?: { document: Document; targetIds: number[]; removedTargetIds: number[] }
  documentDelete?: { document: string; removedTargetIds: number[]; readTime: Timestamp }
  filter?: { targetId: number; count: number }
}
