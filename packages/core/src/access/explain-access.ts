import { actorUsesOf, validateActor } from '../actor.ts'
import { bindAccess, type Decision, mayCarry } from '../authorize.ts'
import { allOf, ALWAYS, bindFilter } from '../filter-algebra.ts'
import { evaluate, type Filter } from '../filter.ts'
import type { ActorShape, Operation, Policy, Rule } from '../policy.ts'
import type { EntityModel, Fields } from '../shape.ts'
import type { Store } from '../store-types.ts'
import { literal } from '../where.ts'
import { policyOf } from './declared-policy.ts'
import { ruleText } from './rule-text.ts'

/** What is asked of `explainAccess`. Records are whole, as `store.unrestricted(reason)` reads them. */
export interface AccessRequest<Name extends string = string> {
  /** Name of the repository. */
  readonly entity: Name
  /** A put is a create where there is no record, else an update. */
  readonly operation: Operation
  /** The record as stored; for a create, the record to create. */
  readonly record: Readonly<Fields>
  /** For an update: the fields to change, as plain values; `undefined` removes one. */
  readonly patch?: Readonly<Fields>
}

/** A condition on one record: unknown where it meets a null or missing value. */
export type Tried = boolean | 'unknown'

/** One rule, as it was tried. */
export interface RuleTrial {
  readonly id: string
  readonly effect: 'allow' | 'deny'
  /** Whether the actor holds one of its roles. The others are not tried. */
  readonly held: boolean
  /** Its condition, with `me.x` for the actor's attributes. Empty: none. */
  readonly condition: string
  /** Its condition on the record as stored, where it looks at that. */
  readonly stored?: Tried
  /** Its condition, for an allow its `check`, on the new record of a create or update. */
  readonly next?: Tried
  /** The fields of the write that it does not let carry. */
  readonly refuses?: readonly string[]
  /** Whether it decided. */
  readonly decided: boolean
}

/** Why an actor may or may not do something with a record. Plain data. */
export interface AccessExplanation {
  readonly allowed: boolean
  /** What a repository answers: `NOT_FOUND` stands for `undefined` of `get` and `delete`, too. */
  readonly outcome: 'ALLOWED' | 'FORBIDDEN' | 'NOT_FOUND'
  /** Id of the rule that decided, where one alone did. */
  readonly rule: string | undefined
  /** The field that no rule lets this write carry. */
  readonly field: string | undefined
  readonly reason: string
  /** Whether the actor may read the record as stored. For a create, the record created. */
  readonly readable: boolean
  /** Sensitive fields of that record that the actor does not see. */
  readonly masked: readonly string[]
  /** The rules of the operation, in the order declared. */
  readonly rules: readonly RuleTrial[]
}

/** The rule that decides a read: a deny that fires, else an allow that holds. */
const decideRead = (trials: readonly Omit<RuleTrial, 'decided'>[]): Decision => {
  const held = trials.filter((trial) => trial.held)
  const deny = held.find(({ effect, stored }) => effect === 'deny' && stored !== false)
  if (deny !== undefined) return { allowed: false, rule: deny.id }
  const allow = held.find(({ effect, stored }) => effect === 'allow' && stored === true)
  return { allowed: allow !== undefined, rule: allow?.id }
}

const reasonOf = ({ allowed, rule, field }: Decision, isHidden: boolean): string => {
  if (allowed) return `Rule ${rule} allows it.`
  const reason =
    rule === undefined
      ? 'No rule that the actor holds allows it'
      : field === undefined
        ? `Rule ${rule} refuses it`
        : `Rule ${rule} does not let it carry ${field}`
  return isHidden ? `${reason}, so for this actor the record does not exist.` : `${reason}.`
}

/** Tries the rules of one operation on one record, bound to an actor. */
const tryRules = (
  policy: Policy,
  actor: ActorShape,
  rules: readonly Rule[],
  { stored, next, carried }: Write,
): readonly Omit<RuleTrial, 'decided'>[] => {
  const { entity } = policy
  const bind = (filter: Filter): Filter =>
    bindFilter(
      filter,
      (name) => (Object.hasOwn(actor, name) ? actor[name as 'roles'] : undefined),
      (field, value) => literal(entity, field, value),
    )
  const tried = (filter: Filter, record: Readonly<Fields>): Tried =>
    evaluate(bind(filter), record) ?? 'unknown'
  return rules.map((rule) => {
    const { id, effect, when, check, roles, on } = rule
    const held = roles.some((role) => role === '*' || actor.roles.includes(role))
    const trial = { id, effect, held, condition: ruleText(when) }
    if (!held) return trial
    const isAllow = effect === 'allow'
    const refuses = isAllow ? carried.filter((field) => !mayCarry(rule, field, entity)) : []
    return {
      ...trial,
      ...(stored !== undefined && (isAllow || on !== 'new') ? { stored: tried(when, stored) } : {}),
      ...(next !== undefined && (isAllow || on !== 'old')
        ? {
            next: tried(
              isAllow ? allOf([stored === undefined ? when : ALWAYS, check]) : when,
              next,
            ),
          }
        : {}),
      ...(refuses.length === 0 ? {} : { refuses }),
    }
  })
}

/** What a write makes of a record. */
interface Write {
  readonly stored: Readonly<Fields> | undefined
  readonly next: Readonly<Fields> | undefined
  readonly carried: readonly string[]
}

const writeOf = ({ key }: EntityModel, { operation, record, patch = {} }: AccessRequest): Write => {
  const isKey = (field: string): boolean =>
    key.partition.includes(field) || key.sort.includes(field)
  const fieldsOf = (fields: Readonly<Fields>): readonly string[] =>
    Object.keys(fields).filter((field) => !isKey(field))
  if (operation === 'create') return { stored: undefined, next: record, carried: fieldsOf(record) }
  if (operation === 'update')
    return { stored: record, next: { ...record, ...patch }, carried: fieldsOf(patch) }
  return { stored: record, next: undefined, carried: [] }
}

/**
 * Tells which rules were tried for one operation on one record, and which decided: by the code that
 * decides for repositories. No I/O. It tells of records that the actor may not see: it is for those who
 * run the service, not for the actor.
 *
 * @throws `INVALID` for an unknown repository, or an actor that `store.as` would refuse.
 */
export const explainAccess = <E, A extends ActorShape>(
  store: Store<E, A>,
  actor: A,
  request: AccessRequest<keyof E & string>,
): AccessExplanation => {
  const policy = policyOf(store, request.entity)
  const { policies, actor: definition } = store.declared
  const bound = validateActor(definition.schema, actor, actorUsesOf(policies))
  const access = bindAccess(policy, bound)
  const { operation, record } = request
  const write = writeOf(policy.entity, request)
  const trialsOf = (of: Operation, what: Write): readonly Omit<RuleTrial, 'decided'>[] =>
    tryRules(policy, bound, policy.rules[of], what)
  const reading = decideRead(
    trialsOf('read', { ...write, stored: record, next: undefined, carried: [] }),
  )
  const isHidden = operation !== 'create' && !reading.allowed
  const decision =
    operation === 'read' || isHidden
      ? reading
      : access.decide(operation, write.stored, write.next, write.carried)
  return {
    allowed: decision.allowed,
    outcome: decision.allowed ? 'ALLOWED' : isHidden ? 'NOT_FOUND' : 'FORBIDDEN',
    rule: decision.rule,
    field: decision.field,
    reason: reasonOf(decision, isHidden),
    readable: reading.allowed,
    masked: policy.entity.sensitive.filter(
      (field) => record[field] !== undefined && !access.reveals(field, record),
    ),
    rules: trialsOf(operation, write).map((trial) => ({
      ...trial,
      decided: trial.held && trial.id === decision.rule,
    })),
  }
}
