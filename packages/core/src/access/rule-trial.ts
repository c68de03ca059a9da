import { type Decision, mayCarry } from '../authorize.ts'
import { allOf, ALWAYS, bindFilter } from '../filter-algebra.ts'
import { evaluate, type Filter } from '../filter.ts'
import type { ActorShape, Operation, Policy } from '../policy.ts'
import type { Fields } from '../shape.ts'
import { literal } from '../where.ts'
import { ruleText } from './rule-text.ts'

/** A condition on one record: unknown where it meets a null or missing value. */
export type Tried = boolean | 'unknown'

/** One rule, as it was tried. */
export interface RuleTrial {
  readonly id: string
  /** The operation that it is about: reading, where a record cannot be read. */
  readonly operation: Operation
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

/** What is asked of rules: the states of a record, and the fields that a write carries. */
export interface Attempt {
  readonly operation: Operation
  readonly stored: Readonly<Fields> | undefined
  readonly next: Readonly<Fields> | undefined
  readonly carried: readonly string[]
}

type Trial = Omit<RuleTrial, 'decided'>

/** Tries the rules of one operation on one record, bound to an actor. */
export const tryRules = (
  { entity, rules }: Policy,
  actor: ActorShape,
  { operation, stored, next, carried }: Attempt,
): readonly Trial[] => {
  const bind = (filter: Filter): Filter =>
    bindFilter(
      filter,
      (name) => (Object.hasOwn(actor, name) ? actor[name as 'roles'] : undefined),
      (field, value) => literal(entity, field, value),
    )
  const tried = (filter: Filter, record: Readonly<Fields>): Tried =>
    evaluate(bind(filter), record) ?? 'unknown'
  return rules[operation].map((rule) => {
    const { id, effect, when, check, roles, on } = rule
    const held = roles.some((role) => role === '*' || actor.roles.includes(role))
    const trial = { id, operation, effect, held, condition: ruleText(when) }
    if (!held) return trial
    const isAllow = effect === 'allow'
    const after = isAllow ? allOf([stored === undefined ? when : ALWAYS, check]) : when
    const refuses = isAllow ? carried.filter((field) => !mayCarry(rule, field, entity)) : []
    return {
      ...trial,
      ...(stored !== undefined && (isAllow || on !== 'new') ? { stored: tried(when, stored) } : {}),
      ...(next !== undefined && (isAllow || on !== 'old') ? { next: tried(after, next) } : {}),
      ...(refuses.length === 0 ? {} : { refuses }),
    }
  })
}

const truthsOf = ({ stored, next }: Trial): readonly Tried[] =>
  [stored, next].filter((truth) => truth !== undefined)

/** Whether an allow lets the write pass, or a deny refuses it. */
const takesEffect = (trial: Trial): boolean =>
  trial.held &&
  (trial.effect === 'deny'
    ? truthsOf(trial).some((truth) => truth !== false)
    : truthsOf(trial).every((truth) => truth === true) && trial.refuses === undefined)

/** The answer for a read: a deny that fires, else an allow that holds. */
export const decisionOf = (trials: readonly Trial[]): Decision => {
  const effective = trials.filter(takesEffect)
  const [first] = effective
  const deny = effective.find(({ effect }) => effect === 'deny')
  return deny === undefined
    ? { allowed: first !== undefined, rule: first?.id }
    : { allowed: false, rule: deny.id }
}

/** Marks the trial of the rule that decided: the first of that name, if rules share one. */
export const markDecided = (
  trials: readonly Trial[],
  { allowed, rule }: Decision,
): readonly RuleTrial[] => {
  const named = trials.filter((trial) => trial.held && trial.id === rule)
  const decided =
    named.find((trial) => takesEffect(trial) && (trial.effect === 'allow') === allowed) ?? named[0]
  return trials.map((trial) => ({ ...trial, decided: trial === decided }))
}
