/**
 * What a store can do beyond the contract. Values, not flags of mixed polarity: the first value
 * listed is the least promise. The adapter's constant decides which contract cases run.
 */
export interface Capabilities {
  /** Reach of one transaction: one partition of one group, or the whole store. */
  readonly transactions: 'partition' | 'store'
  /** Whether a query along an index sees every write acknowledged before it. */
  readonly indexConsistency: 'eventual' | 'strong'
  /** Whether `consistency: 'strong'` on keys is kept. */
  readonly strongReads: 'session' | 'strong'
  /** Reach of a unique index. */
  readonly uniqueIndexes: 'none' | 'partition' | 'store'
  /** Where the change feed comes from. */
  readonly changes: 'none' | 'streams' | 'listen' | 'feed' | 'outbox' | 'log'
  /** How long an expired record, already hidden, may still take space. `'sweeper'`: until `store.sweepExpired()`. */
  readonly physicalExpiry: 'sweeper' | 'hours' | 'minutes' | 'prompt'
  /** Into how many parts all records of an entity can be split, to be read side by side. */
  readonly segments: 'one' | 'many'
}

const ORDER = {
  transactions: ['partition', 'store'],
  indexConsistency: ['eventual', 'strong'],
  strongReads: ['session', 'strong'],
  uniqueIndexes: ['none', 'partition', 'store'],
  changes: ['none'],
  physicalExpiry: ['sweeper', 'hours', 'minutes', 'prompt'],
  segments: ['one', 'many'],
} as const

/** What all of several stores promise: the least of each capability. */
export const leastCapabilities = (all: readonly Capabilities[]): Capabilities => {
  const least: Record<string, string> = {}
  for (const [name, order] of Object.entries(ORDER) as [keyof Capabilities, readonly string[]][]) {
    const values = all.map((one) => one[name])
    least[name] = order.find((value) => values.includes(value as never)) ?? values[0] ?? ''
  }
  return least as unknown as Capabilities
}
