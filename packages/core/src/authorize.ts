import { type BoundRule, BoundRules } from './bound-rules.ts'
import {
  allOf,
  ALWAYS,
  anyOf,
  bindFilter,
  conjuncts,
  filterText,
  isFalse,
  NEVER,
  specialize,
} from './filter-algebra.ts'
import type { Filter } from './filter.ts'
import type { ActorShape, Operation, Policy, Rule } from './policy.ts'
import { type RuleList, type RuleSet, ruleSetOf } from './rule-set.ts'
import type { EntityModel, Fields } from './shape.ts'
import { literal } from './where.ts'

/** The answer for one write, and the rule that decided it. */
export interface Decision {
  readonly allowed: boolean
  readonly rule: string | undefined
  /** The carried field that no rule lets this write change. */
  readonly field?: string | undefined
}

/** What a write makes of a record, as far as it is known without the record. */
export interface WriteChange {
  /** Fields that it carries. */
  readonly carried: readonly string[]
  /** Whether the new value of a field is known; it is then in `known`, or missing. */
  readonly isKnown: (field: string) => boolean
  readonly known: Readonly<Fields>
  /** Fields whose new value depends on the stored one. */
  readonly relative: readonly string[]
}

/** Core finds rules by value; a store would try them all, and some take no more alternatives. */
const MOST_RULES = 30

/** What one actor may do with one entity. Bound once per actor; everything inside is lazy. */
export interface Access {
  readonly isUnrestricted: boolean
  /** Holds for the records the actor may read and whose rules reveal all of `sensitive`. */
  readFilter(sensitive: readonly string[]): Filter
  canRead(record: Readonly<Fields>): boolean
  /** Whether any rule of the actor shows this sensitive field on some record. */
  mayReveal(field: string): boolean
  /** Whether a rule of the actor shows this sensitive field on this record. */
  reveals(field: string, record: Readonly<Fields>): boolean
  /** Removes, in place, the sensitive fields that no rule shows on this record. */
  mask(record: Record<string, unknown>): Record<string, unknown>
  /** Evaluates the rules of a write on full records. */
  decide(
    operation: Write,
    old: Readonly<Fields> | undefined,
    next: Readonly<Fields> | undefined,
    carried: readonly string[],
  ): Decision
  /**
   * The same decision as one filter over the stored record; `undefined` where there is none, or rules
   * are too many to ask a store.
   */
  writeFilter(operation: Write, change: WriteChange): Filter | undefined
  /** Whether any rule could allow such a write on some record. */
  mayEver(operation: Write, carried: readonly string[]): Decision
  /** Whether any rule of the actor limits which fields a write may carry. */
  readonly limitsFields: boolean
  /** Id of the only rule that can allow this operation; `undefined` when several can. */
  soleRule(operation: Write): string | undefined
}

type Write = Exclude<Operation, 'read'>

/** `or` with the conditions that all branches share taken out, so that the planner sees them. */
const factored = (branches: readonly Filter[]): Filter => {
  const [first, ...rest] = branches.map(conjuncts)
  if (first === undefined || rest.length === 0) return anyOf(branches)
  const texts = rest.map((branch) => new Set(branch.map(filterText)))
  const shared = first.filter((one) => texts.every((branch) => branch.has(filterText(one))))
  const sharedTexts = new Set(shared.map(filterText))
  const remaining = [first, ...rest].map((branch) =>
    allOf(branch.filter((one) => !sharedTexts.has(filterText(one)))),
  )
  return allOf([...shared, anyOf(remaining)])
}

/** Whether a write under this rule may carry the field. */
export const mayCarry = (rule: Rule, field: string, model: EntityModel): boolean =>
  rule.fields === undefined
    ? !model.sensitive.includes(field)
    : rule.fields === 'all' || rule.fields.includes(field) || isKeyField(model, field)

const isKeyField = (model: EntityModel, field: string): boolean =>
  model.key.partition.includes(field) || model.key.sort.includes(field)

const looksAt = (rule: Rule, state: 'old' | 'new'): boolean =>
  rule.on === state || rule.on === 'both'

type Bound = Readonly<Record<'allow' | 'deny', BoundRules>>

class RestrictedAccess implements Access {
  readonly isUnrestricted = false
  readonly #model: EntityModel
  readonly #set: RuleSet
  readonly #bind: (filter: Filter) => Filter
  readonly #bound = new Map<Operation, Bound>()
  readonly #filters = new Map<string, Filter>()

  constructor(policy: Policy, actor: ActorShape) {
    const model = policy.entity
    this.#model = model
    this.#set = ruleSetOf(policy, actor.roles)
    const attribute = (name: string): unknown =>
      Object.hasOwn(actor, name) ? actor[name as 'roles'] : undefined
    this.#bind = (filter) =>
      bindFilter(filter, attribute, (field, value) => literal(model, field, value))
  }

  #rules(operation: Operation): Bound {
    let bound = this.#bound.get(operation)
    if (bound === undefined) {
      const { allow, deny } = this.#set[operation]
      const of = (list: RuleList): BoundRules => new BoundRules(list, this.#bind)
      this.#bound.set(operation, (bound = { allow: of(allow), deny: of(deny) }))
    }
    return bound
  }

  mayEver(operation: Write, carried: readonly string[]): Decision {
    let nearest: Decision = { allowed: false, rule: undefined }
    for (const rule of this.#rules(operation).allow.rules) {
      const field = carried.find((one) => !mayCarry(rule, one, this.#model))
      if (field === undefined) return { allowed: true, rule: rule.id }
      nearest = { allowed: false, rule: rule.id, field }
    }
    return nearest
  }

  soleRule(operation: Write): string | undefined {
    const { rules } = this.#rules(operation).allow
    return rules.length === 1 ? rules[0]?.id : undefined
  }

  get limitsFields(): boolean {
    return this.#rules('update').allow.rules.some(({ fields }) => Array.isArray(fields))
  }

  readFilter(sensitive: readonly string[]): Filter {
    const key = JSON.stringify(sensitive)
    let filter = this.#filters.get(key)
    if (filter === undefined) {
      const { allow, deny } = this.#rules('read')
      const whenOf = (rules: readonly BoundRule[]): Filter[] => rules.map(({ when }) => when)
      filter =
        allow.rules.length === 0
          ? NEVER
          : allOf([
              factored(whenOf(allow.all)),
              ...sensitive.map((field) =>
                anyOf(whenOf(allow.all.filter(({ rule }) => rule.reveal.includes(field)))),
              ),
              ...whenOf(deny.all).map(isFalse),
            ])
      this.#filters.set(key, filter)
    }
    return filter
  }

  canRead(record: Readonly<Fields>): boolean {
    const { allow, deny } = this.#rules('read')
    return allow.find(record) !== undefined && deny.find(record) === undefined
  }

  mayReveal(field: string): boolean {
    return this.#rules('read').allow.rules.some(({ reveal }) => reveal.includes(field))
  }

  reveals(field: string, record: Readonly<Fields>): boolean {
    const { allow, deny } = this.#rules('read')
    return (
      this.mayReveal(field) &&
      allow.find(record, ({ rule }) => rule.reveal.includes(field)) !== undefined &&
      deny.find(record) === undefined
    )
  }

  mask(record: Record<string, unknown>): Record<string, unknown> {
    const hidden = this.#model.sensitive.filter(
      (field) => field in record && !this.reveals(field, record),
    )
    for (const field of hidden) delete record[field]
    return record
  }

  decide(
    operation: Write,
    old: Readonly<Fields> | undefined,
    next: Readonly<Fields> | undefined,
    carried: readonly string[],
  ): Decision {
    const { allow, deny } = this.#rules(operation)
    const firing =
      (old && deny.find(old, ({ rule }) => looksAt(rule, 'old'))) ??
      (next && deny.find(next, ({ rule }) => looksAt(rule, 'new')))
    if (firing !== undefined) return { allowed: false, rule: firing.rule.id }
    let nearest: Decision = { allowed: false, rule: undefined }
    const deciding = allow.find(old ?? next ?? {}, ({ rule, checkTest }) => {
      nearest = { allowed: false, rule: rule.id }
      if (next !== undefined && checkTest(next) !== true) return false
      const field = carried.find((one) => !mayCarry(rule, one, this.#model))
      if (field !== undefined) nearest = { ...nearest, field }
      return field === undefined
    })
    return deciding === undefined ? nearest : { allowed: true, rule: deciding.rule.id }
  }

  writeFilter(operation: Write, change: WriteChange): Filter | undefined {
    const { allow, deny } = this.#rules(operation)
    const { carried, known, isKnown, relative } = change
    if (allow.rules.length + deny.rules.length > MOST_RULES) return undefined
    if (operation === 'delete') return this.#kept('delete', carried, () => ALWAYS)
    const reads = [...allow.reads, ...deny.reads]
    if (reads.some((field) => relative.includes(field))) return undefined
    return reads.some(isKnown)
      ? this.#condition(operation, carried, (filter) => specialize(filter, isKnown, known))
      : this.#kept(operation, carried, (filter) => filter)
  }

  /** A condition that depends on nothing but which fields are carried. */
  #kept(operation: Write, carried: readonly string[], after: (filter: Filter) => Filter): Filter {
    const name = `${operation} ${JSON.stringify(carried)}`
    const filter = this.#filters.get(name) ?? this.#condition(operation, carried, after)
    this.#filters.set(name, filter)
    return filter
  }

  /** `after` turns a condition on the new record into one on the stored record. */
  #condition(
    operation: Write,
    carried: readonly string[],
    after: (filter: Filter) => Filter,
  ): Filter {
    const { allow, deny } = this.#rules(operation)
    const allows = allow.all
      .filter(({ rule }) => carried.every((field) => mayCarry(rule, field, this.#model)))
      .map(({ when, check }) => allOf([when, after(check)]))
    const denies = deny.all.flatMap(({ rule, when }) => [
      looksAt(rule, 'old') ? isFalse(when) : ALWAYS,
      looksAt(rule, 'new') ? isFalse(after(when)) : ALWAYS,
    ])
    return allOf([anyOf(allows), ...denies])
  }
}

const ALLOWED: Decision = { allowed: true, rule: undefined }

/** Access without policies, for `store.unrestricted(reason)`. */
export const UNRESTRICTED: Access = {
  isUnrestricted: true,
  limitsFields: false,
  mayEver: () => ALLOWED,
  soleRule: () => undefined,
  readFilter: () => ALWAYS,
  canRead: () => true,
  mayReveal: () => true,
  reveals: () => true,
  mask: (record) => record,
  decide: () => ALLOWED,
  writeFilter: () => ALWAYS,
}

/** What `actor` may do with an entity under its policy. */
export const bindAccess = (policy: Policy, actor: ActorShape): Access =>
  new RestrictedAccess(policy, actor)
