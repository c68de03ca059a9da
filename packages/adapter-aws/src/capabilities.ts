import type { Capabilities } from '@holdfast/core/driver'

/**
 * What DynamoDB promises. Indexes follow their table with a delay; expired items mostly go within hours, and
 * within days at the latest.
 */
export const CAPABILITIES: Capabilities = {
  transactions: 'store',
  indexConsistency: 'eventual',
  strongReads: 'strong',
  uniqueIndexes: 'store',
  changes: 'streams',
  physicalExpiry: 'hours',
  segments: 'many',
}
