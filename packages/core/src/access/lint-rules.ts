import { allOf, isAlways, leavesOf } from '../filter-algebra.ts'
import type { Operation, Policy, Rule } from '../policy.ts'
import { isContradictory } from './contradiction.ts'
import type { Finding } from './finding.ts'
import { alwaysFires, implies } from './reasoning.ts'

/** What is wrong with the rules of one policy, each seen for itself and beside the others. */
type Lint = (entity: string, policy: Policy) => readonly Finding[]

const OPERATIONS: readonly Operation[] = ['read', 'create', 'update', 'delete']

/** Every rule, with the others of its operation. */
const eachRule = (
  { rules }: Policy,
  visit: (rule: Rule, operation: Operation, others: readonly Rule[]) => Finding | undefined,
): readonly Finding[] =>
  OPERATIONS.flatMap((operation) =>
    rules[operation].flatMap(
      (rule) =>
        visit(
          rule,
          operation,
          rules[operation].filter((other) => other !== rule),
        ) ?? [],
    ),
  )

const covers = (wide: readonly string[], narrow: readonly string[]): boolean =>
  wide.includes('*') || narrow.every((role) => wide.includes(role))

/** Whether an actor may hold a role of each: one that holds two roles has the rules of both. */
const meets = (one: readonly string[], other: readonly string[]): boolean =>
  one.includes('*') || other.includes('*') || one.some((role) => other.includes(role))

const fieldsOf = ({ entity }: Policy, { fields }: Rule): readonly string[] =>
  fields === 'all'
    ? Object.keys(entity.fields)
    : (fields ?? Object.keys(entity.fields).filter((field) => !entity.sensitive.includes(field)))

/** Whether `wide` allows all that `narrow` does, to everybody. */
const isWithin = (policy: Policy, operation: Operation, narrow: Rule, wide: Rule): boolean => {
  const { entity } = policy
  const isWrite = operation === 'create' || operation === 'update'
  const [whole, part] = [allOf([narrow.when, narrow.check]), allOf([wide.when, wide.check])]
  return (
    covers(wide.roles, narrow.roles) &&
    narrow.reveal.every((field) => wide.reveal.includes(field)) &&
    (operation === 'create'
      ? implies(entity, whole, part)
      : implies(entity, narrow.when, wide.when) &&
        (operation !== 'update' || implies(entity, narrow.check, wide.check))) &&
    (!isWrite || fieldsOf(policy, narrow).every((field) => fieldsOf(policy, wide).includes(field)))
  )
}

/** An allow that another one makes needless, or that a deny makes vain. */
export const shadowedAllows: Lint = (entity, policy) =>
  eachRule(policy, (rule, operation, others) => {
    if (rule.effect === 'deny' || isContradictory(policy.entity, operation, rule)) return undefined
    const order = policy.rules[operation]
    const shadow = others.find((other) =>
      other.effect === 'deny'
        ? covers(other.roles, rule.roles) && alwaysFires(policy.entity, other.when)
        : isWithin(policy, operation, rule, other) &&
          // Of two equal rules only the later one is needless.
          (order.indexOf(other) < order.indexOf(rule) || !isWithin(policy, operation, other, rule)),
    )
    return shadow === undefined
      ? undefined
      : {
          finding: 'shadowed-allow',
          severity: 'warning',
          entity,
          rule: rule.id,
          message: `Rule ${rule.id} changes nothing: ${shadow.id} ${shadow.effect === 'deny' ? 'denies' : 'allows'} all that it allows. Remove it.`,
        }
  })

/** A deny that fires on every record. */
export const denyAlwaysFires: Lint = (entity, policy) =>
  eachRule(policy, (rule, operation, others) => {
    if (rule.effect === 'allow' || !alwaysFires(policy.entity, rule.when)) return undefined
    const closes = others.filter(
      (other) => other.effect === 'allow' && meets(rule.roles, other.roles),
    )
    // deny('guest') beside allow('member'), or deny('*') alone, is said plainly and may be meant.
    const isPlain =
      isAlways(rule.when) &&
      (closes.length === 0 ||
        (!rule.roles.includes('*') && !closes.some((other) => covers(rule.roles, other.roles))))
    return isPlain
      ? undefined
      : {
          finding: 'deny-always-fires',
          severity: 'error',
          entity,
          rule: rule.id,
          message: `Rule ${rule.id} denies every ${operation} to ${rule.roles.join(', ')}: its condition is never false. Give it one that can be, or remove the allows.`,
        }
  })

/** A condition, or a `check`, that is true of no record. */
export const contradictoryWhen: Lint = (entity, policy) =>
  eachRule(policy, (rule, operation) => {
    if (!isContradictory(policy.entity, operation, rule)) return undefined
    const result =
      rule.effect === 'allow'
        ? 'so it allows nothing'
        : 'so it fires at most where a field is null or missing'
    return {
      finding: 'contradictory-when',
      severity: 'error',
      entity,
      rule: rule.id,
      message: `The condition of rule ${rule.id} is true of no record, ${result}. Correct it, or remove the rule.`,
    }
  })

/** The first role under a rule to which no read rule reveals the field. */
const blindRole = ({ rules }: Policy, { roles }: Rule, field: string): string | undefined =>
  roles.find(
    (role) =>
      !rules.read.some(
        ({ effect, reveal, roles: seeing }) =>
          effect === 'allow' && reveal.includes(field) && covers(seeing, [role]),
      ),
  )

/** A change or deletion decided by a sensitive field that a role under the rule does not see. */
export const refusalTells: Lint = (entity, policy) =>
  // What a create decides by, its actor has brought.
  (['update', 'delete'] as const).flatMap((operation) =>
    policy.rules[operation].flatMap((rule) => {
      const conditions = rule.effect === 'allow' ? [rule.when, rule.check] : [rule.when]
      const read = new Set(conditions.flatMap(leavesOf).map(({ field }) => field))
      return policy.entity.sensitive.flatMap((field): readonly Finding[] => {
        const role = read.has(field) ? blindRole(policy, rule, field) : undefined
        return role === undefined
          ? []
          : [
              {
                finding: 'refusal-tells',
                severity: 'warning',
                entity,
                rule: rule.id,
                role,
                field,
                message: `Rule ${rule.id} decides by ${field}, which ${role === '*' ? 'not every role sees' : `role ${role} does not see`}: a refusal tells its value. Reveal it, or decide by another field.`,
              },
            ]
      })
    }),
  )
