import type { Driver, QueryPage, StoredRecord } from '@holdfast/core/driver'

/** What a stub driver answers. */
export interface StubAnswers {
  /** A record for `get`. Must be fresh wherever core may change it. */
  readonly get: () => StoredRecord
  readonly query: (limit: number) => QueryPage
}

/** A driver that answers at once, so that only core is left to measure. */
export const stubDriver = ({ get, query }: StubAnswers): Driver => ({
  name: 'stub',
  capabilities: {
    transactions: 'store',
    indexConsistency: 'strong',
    strongReads: 'strong',
    uniqueIndexes: 'store',
    changes: 'none',
    physicalExpiry: 'prompt',
    segments: 'one',
  },
  pushes: () => true,
  get: async (_, keys) => keys.map(get),
  write: async (writes) =>
    writes.map((write) =>
      write.kind === 'put' ? { applied: true } : { applied: true, record: get() },
    ),
  query: async ({ limit }) => query(limit),
  classify: () => ({ code: 'INTERNAL', retryable: false, outcome: 'not_applied' }),
  schema: { plan: async () => [], apply: async () => [] },
  native: () => undefined,
  close: async () => {},
})
