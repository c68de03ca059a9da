/** What `lintPolicies` looks for. */
export type FindingKind =
  | 'entity-without-policy'
  | 'shadowed-allow'
  | 'deny-always-fires'
  | 'contradictory-when'
  | 'unused-role'
  | 'unknown-role'
  | 'sensitive-nobody-sees'
  | 'unserved-rule'
  | 'unscoped-unique-index'
  | 'refusal-tells'
  | 'unchecked-move'

/** One thing in a store's policies that is probably not what was meant. */
export interface Finding {
  readonly finding: FindingKind
  /** `error`: it cannot be meant. `warning`: it may be, and then it should be said in the test. */
  readonly severity: 'error' | 'warning'
  /** Name of the repository; none for a finding about roles. */
  readonly entity?: string
  /** Id of the rule. */
  readonly rule?: string
  readonly role?: string
  readonly field?: string
  /** Name of the index; `key` for the key itself. */
  readonly index?: string
  /** What was found, and the way out. */
  readonly message: string
}
