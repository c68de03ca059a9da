import { contract, type MutantGroup, unit } from './mutant.ts'
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

/** Defects in policies and authorization. */
export const policy: MutantGroup = {
  parts: [
    {
      mutants: [...policyDecisions, ...policyRules, ...policyReads, ...policyWrites],
      suites: [contract('memory', ...SUITES), contract('sqlite', ...SUITES), unit('core')],
    },
  ],
}
