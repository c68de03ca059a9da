import type { Capabilities } from '@holdfast/core/driver'

/**
 * What Firestore promises. Indexes are written with their document; expired documents mostly go within a day.
 */
export const CAPABILITIES: Capabilities = {
  transactions: 'store',
  indexConsistency: 'strong',
  strongReads: 'strong',
  uniqueIndexes: 'store',
  changes: 'listen',
  physicalExpiry: 'hours',
  segments: 'many',
}
