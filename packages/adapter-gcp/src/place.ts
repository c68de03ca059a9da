import type { Collections } from './collection.ts'
import type { Connection } from './connection.ts'
import type { Seen } from './seen.ts'

/** Where records are. */
export interface Place {
  readonly connection: Connection
  readonly collections: Collections
  readonly seen: Seen
}
