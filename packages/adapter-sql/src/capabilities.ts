import type { Capabilities } from '@holdfast/core/driver'

/** What all three SQL stores promise. Each is one database with one order of commits. */
export const CAPABILITIES: Capabilities = {
  transactions: 'store',
  indexConsistency: 'strong',
  strongReads: 'strong',
  uniqueIndexes: 'store',
  changes: 'none',
  physicalExpiry: 'sweeper',
  segments: 'one',
}
