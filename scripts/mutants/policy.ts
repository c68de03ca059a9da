import type { MutantGroup } from './mutant.ts'
import { policyDecisions } from './policy-decisions.ts'
import { policyReads } from './policy-reads.ts'
import { policyRules } from './policy-rules.ts'
import { policyWrites } from './policy-writes.ts'

const SUITES = [
  'attack',
  'polic',
  'actors',
  'governed',
  'hidden',
  'masking',
  'cursors',
  'transactions',
]
const suite = SUITES.flatMap((name) => ['--suite', name])

/** Defects in policies and authorization. */
export const policy: MutantGroup = {
  mutants: [...policyDecisions, ...policyRules, ...policyReads, ...policyWrites],
  suites: [
    ['scripts/contract.ts', 'memory', '--bail', ...suite],
    ['scripts/contract.ts', 'sqlite', '--bail', ...suite],
    ['node_modules/vitest/vitest.mjs', 'run', '--project', 'unit', '--bail', '1', 'packages/core'],
  ],
}
