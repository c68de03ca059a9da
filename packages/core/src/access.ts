/** What policies say, and whether they say what is meant: for tests, reviews and the server's own eyes. */
export { accessTable, formatAccessTable } from './access/access-table.ts'
export type { EntityAccess, RoleAccess, RuleAccess } from './access/access-table.ts'
export { explainAccess } from './access/explain-access.ts'
export type { AccessExplanation, AccessRequest, RuleTrial, Tried } from './access/explain-access.ts'
export { lintPolicies } from './access/lint-policies.ts'
export type { Finding, FindingKind } from './access/lint-policies.ts'
