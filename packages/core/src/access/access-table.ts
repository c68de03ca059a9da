import { isAlways } from '../filter-algebra.ts'
import type { DenyOn, Operation, Policy, Rule } from '../policy.ts'
import { isContradictory } from './contradiction.ts'
import { type DeclaredStore, policyOf } from './declared-policy.ts'
import { declaredRoles } from './declared-roles.ts'
import { alwaysFires } from './reasoning.ts'
import { ruleText } from './rule-text.ts'

/** How many of an entity's records a role may use for an operation. */
export type Extent = 'none' | 'some' | 'all'

/** What an actor with this role alone may do with one entity. `'*'` stands for an actor with none of the other roles. */
export type RoleAccess = { readonly role: string } & Readonly<Record<Operation, Extent>>

/** One rule in words. Conditions name the actor's attributes as `me.x`; empty: no condition. */
export interface RuleAccess {
  readonly operation: Operation
  readonly effect: 'allow' | 'deny'
  readonly rule: string
  readonly roles: readonly string[]
  readonly when: string
  /** Of an allow on create or update, where it differs from `when`. */
  readonly check?: string
  /** Of an allow on create or update, where it lists fields. */
  readonly fields?: readonly string[] | 'all'
  /** Of an allow on read: the sensitive fields shown. */
  readonly reveal?: readonly string[]
  /** Of a deny on update: the state it looks at. */
  readonly on?: DenyOn
}

/** Who may do what with the records of one repository. */
export interface EntityAccess {
  /** Name of the repository. */
  readonly entity: string
  readonly roles: readonly RoleAccess[]
  readonly rules: readonly RuleAccess[]
}

/** The columns of the table. */
export const OPERATIONS: readonly Operation[] = ['read', 'create', 'update', 'delete']

/** What a role may do by the rules of one operation alone. */
const grantOf = ({ entity, rules }: Policy, operation: Operation, role: string): Extent => {
  const held = rules[operation].filter(({ roles }) => roles.includes(role) || roles.includes('*'))
  const allows = held.filter(
    (rule) => rule.effect === 'allow' && !isContradictory(entity, operation, rule),
  )
  const denies = held.filter(({ effect }) => effect === 'deny')
  if (allows.length === 0 || denies.some((rule) => alwaysFires(entity, rule.when))) return 'none'
  const isWhole = ({ when, check }: Rule): boolean => isAlways(when) && isAlways(check)
  return denies.length === 0 && allows.some(isWhole) ? 'all' : 'some'
}

/** What a role cannot read does not exist for it: it can neither change nor delete it. */
const extentOf = (policy: Policy, operation: Operation, role: string): Extent => {
  const grant = grantOf(policy, operation, role)
  if (operation === 'read' || operation === 'create') return grant
  const reading = grantOf(policy, 'read', role)
  if (grant === 'none' || reading === 'none') return 'none'
  return grant === 'all' && reading === 'all' ? 'all' : 'some'
}

const inWords = (operation: Operation, rule: Rule): RuleAccess => {
  const { effect, id, roles, when, check, fields, reveal, on } = rule
  const isAllow = effect === 'allow'
  return {
    operation,
    effect,
    rule: id,
    roles,
    when: ruleText(when),
    ...(isAllow && check !== when ? { check: ruleText(check) } : {}),
    ...(fields === undefined ? {} : { fields }),
    ...(reveal.length === 0 ? {} : { reveal }),
    ...(!isAllow && operation === 'update' ? { on } : {}),
  }
}

const entityAccess = (
  entity: string,
  policy: Policy,
  declared: readonly string[],
): EntityAccess => {
  const { rules } = policy
  const all = OPERATIONS.flatMap((operation) => rules[operation])
  const named = all.flatMap((rule) => rule.roles).filter((role) => role !== '*')
  const roles = new Set([...declared, ...named])
  const isForAll = all.some((rule) => rule.effect === 'allow' && rule.roles.includes('*'))
  if (isForAll || roles.size === 0) roles.add('*')
  return {
    entity,
    roles: [...roles].map((role) => ({
      role,
      read: extentOf(policy, 'read', role),
      create: extentOf(policy, 'create', role),
      update: extentOf(policy, 'update', role),
      delete: extentOf(policy, 'delete', role),
    })),
    rules: OPERATIONS.flatMap((operation) =>
      rules[operation].map((rule) => inWords(operation, rule)),
    ),
  }
}

/**
 * Who may do what, as plain data in the order declared: for a snapshot test, so that a change that widens
 * a role is seen in review, and by `formatAccessTable` for people. An entity without a policy is closed.
 */
export const accessTable = (store: DeclaredStore): readonly EntityAccess[] => {
  const roles = declaredRoles(store)
  return Object.keys(store.declared.entities).map((name) =>
    entityAccess(name, policyOf(store, name), roles),
  )
}
