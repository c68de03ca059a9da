/** What policies say, and whether they say what is meant: for tests, reviews and the server's own eyes. */
export { accessTable } from './access/access-table.ts'
export type { EntityAccess, RoleAccess, RuleAccess } from './access/access-table.ts'
export { formatAccessTable } from './access/format-table.ts'
export { explainAccess } from './access/explain-access.ts'
export type { AccessExplanation, AccessRequest } from './access/explain-access.ts'
export { lintPolicies } from './access/lint-policies.ts'
export type { Finding, FindingKind } from './access/lint-policies.ts'
export type { RuleTrial, Tried } from './access/rule-trial.ts'
