import type { Benchmark } from './benchmark.ts'
import { binding } from './policy-binding.ts'
import { readDecisions, writeDecisions } from './policy-decisions.ts'

/** Row 11 of the goals: what a decision costs as rules grow, and what binding an actor costs. */
export const policy: Benchmark = {
  comparisons: {
    'read-roles': readDecisions('spread'),
    'read-key': readDecisions('all on one key'),
    'read-fields': readDecisions('spread over fields'),
    'create-roles': writeDecisions('create', 'spread'),
    'create-key': writeDecisions('create', 'all on one key'),
    'update-roles': writeDecisions('update', 'spread'),
    'update-key': writeDecisions('update', 'all on one key'),
    'decide-key': writeDecisions('update after a read', 'all on one key'),
    binding,
  },
}
