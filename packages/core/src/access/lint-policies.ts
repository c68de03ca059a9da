import type { Policy } from '../policy.ts'
import { type DeclaredStore, policyOf } from './declared-policy.ts'
import { declaredRoles } from './declared-roles.ts'
import type { Finding, FindingKind } from './finding.ts'
import { contradictoryWhen, denyAlwaysFires, refusalTells, shadowedAllows } from './lint-rules.ts'
import { uncheckedMoves, unscopedUniqueIndexes, unservedRules } from './lint-scope.ts'

export type { Finding, FindingKind }

const LINTS = [
  shadowedAllows,
  denyAlwaysFires,
  contradictoryWhen,
  refusalTells,
  unservedRules,
  unscopedUniqueIndexes,
  uncheckedMoves,
]

const sensitiveNobodySees = (entity: string, policy: Policy): readonly Finding[] =>
  policy.entity.sensitive
    .filter((field) => !policy.rules.read.some(({ reveal }) => reveal.includes(field)))
    .map((field) => ({
      finding: 'sensitive-nobody-sees',
      severity: 'warning',
      entity,
      field,
      message: `No rule reveals ${entity}.${field}: no role ever sees it. Reveal it to one, or keep it elsewhere.`,
    }))

const roleFindings = (store: DeclaredStore): readonly Finding[] => {
  const declared = declaredRoles(store)
  if (declared.length === 0) return []
  const rules = store.declared.policies.flatMap((policy) =>
    Object.values(policy.rules).flatMap((list) => list),
  )
  const named = new Set(rules.flatMap(({ roles }) => roles))
  const unused = declared.filter((role) => !named.has(role))
  const unknown = [...named].filter((role) => role !== '*' && !declared.includes(role))
  return [
    ...unused.map((role): Finding => ({
      finding: 'unused-role',
      severity: 'warning',
      role,
      message: `No rule names role ${role}, which the actor's schema lists: it may do no more than anybody. Give it a rule, or remove it.`,
    })),
    ...unknown.map((role): Finding => ({
      finding: 'unknown-role',
      severity: 'error',
      role,
      message: `A rule names role ${role}, which the actor's schema does not list: nobody can hold it. Correct its name.`,
    })),
  ]
}

/**
 * What in the policies of a store is probably not what was meant; empty when nothing was found. What it
 * says of conditions is certain, but it does not find everything: it knows the fields of an entity and
 * their kinds, not which values a schema lists, and of the actor only that an attribute equals itself.
 */
export const lintPolicies = (store: DeclaredStore): readonly Finding[] => [
  ...roleFindings(store),
  ...Object.entries(store.declared.entities).flatMap(([name, { model }]): readonly Finding[] => {
    if (!store.declared.policies.some(({ entity }) => entity === model))
      return [
        {
          finding: 'entity-without-policy',
          severity: 'error',
          entity: name,
          message: `${name} has no policy: it is closed to every actor. Declare one, even if it allows nothing.`,
        },
      ]
    const policy = policyOf(store, name)
    return [sensitiveNobodySees, ...LINTS].flatMap((lint) => lint(name, policy))
  }),
]
