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
import { compileFilter, type Filter, type Test } from './filter.ts'
import type { ActorShape, Operation, Policy, Rule } from './policy.ts'
import type { EntityModel, Fields } from './shape.ts'
import { literal } from './where.ts'

/** The answer for one write, and the rule that decided it. */
export interface Decision {
  readonly allowed: boolean
  readonly rule: string | undefined
  /** The carried field that no rule lets this write change. */
  readonly field?: string | undefined
}

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
   * The same decision as one filter over the stored record, for a write that sets the fields in `known`
   * and leaves the others as they are.
   */
  writeFilter(
    operation: Write,
    isKnown: (field: string) => boolean,
    known: Readonly<Fields>,
    carried: readonly string[],
  ): Filter
  /** Whether any rule of the actor limits which fields a write may carry. */
  readonly limitsFields: boolean
  /** Id of the only rule that can allow this operation; `undefined` when several can. */
  soleRule(operation: Write): string | undefined
}

type Write = Exclude<Operation, 'read'>

/** A rule with the actor's values in place, bound and compiled when first needed. */
class BoundRule {
  readonly rule: Rule
  readonly #bind: (filter: Filter) => Filter
  #when: Filter | undefined
  #check: Filter | undefined
  #whenTest: Test | undefined
  #checkTest: Test | undefined

  constructor(rule: Rule, bind: (filter: Filter) => Filter) {
    this.rule = rule
    this.#bind = bind
  }

  get when(): Filter {
    return (this.#when ??= this.#bind(this.rule.when))
  }

  get check(): Filter {
    return (this.#check ??= this.#sharesCheck ? this.when : this.#bind(this.rule.check))
  }

  get whenTest(): Test {
    return (this.#whenTest ??= compileFilter(this.when))
  }

  get checkTest(): Test {
    return (this.#checkTest ??= this.#sharesCheck ? this.whenTest : compileFilter(this.check))
  }

  get #sharesCheck(): boolean {
    return this.rule.check === this.rule.when
  }
}

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

const mayCarry = (rule: Rule, field: string, model: EntityModel): boolean =>
  rule.fields === undefined
    ? !model.sensitive.includes(field)
    : rule.fields === 'all' || rule.fields.includes(field) || isKeyField(model, field)

const isKeyField = (model: EntityModel, field: string): boolean =>
  model.key.partition.includes(field) || model.key.sort.includes(field)

const looksAt = (rule: Rule, state: 'old' | 'new'): boolean =>
  rule.on === state || rule.on === 'both'

class RestrictedAccess implements Access {
  readonly isUnrestricted = false
  readonly #model: EntityModel
  readonly #rules: Record<Operation, readonly BoundRule[]>
  readonly #readTest: Test
  readonly #filters = new Map<string, Filter>()
  readonly #reveal = new Map<string, readonly BoundRule[]>()

  constructor(policy: Policy | undefined, model: EntityModel, actor: ActorShape) {
    this.#model = model
    const held = new Set<string>([...actor.roles, '*'])
    const attribute = (name: string): unknown =>
      Object.hasOwn(actor, name) ? actor[name as 'roles'] : undefined
    const bind = (filter: Filter): Filter =>
      bindFilter(filter, attribute, (field, value) => literal(model, field, value))
    const select = (operation: Operation): readonly BoundRule[] =>
      (policy?.rules[operation] ?? [])
        .filter((rule) => rule.roles.some((role) => held.has(role)))
        .map((rule) => new BoundRule(rule, bind))
    this.#rules = {
      read: select('read'),
      create: select('create'),
      update: select('update'),
      delete: select('delete'),
    }
    const { read } = this.#rules
    this.#readTest = (record) =>
      read.some(({ rule, whenTest }) => rule.effect === 'allow' && whenTest(record) === true) &&
      !read.some(({ rule, whenTest }) => rule.effect === 'deny' && whenTest(record) !== false)
    for (const field of model.sensitive)
      this.#reveal.set(
        field,
        read.filter(({ rule }) => rule.effect === 'allow' && rule.reveal.includes(field)),
      )
  }

  soleRule(operation: Write): string | undefined {
    const allows = this.#rules[operation].filter(({ rule }) => rule.effect === 'allow')
    return allows.length === 1 ? allows[0]?.rule.id : undefined
  }

  get limitsFields(): boolean {
    return this.#rules.update.some(({ rule }) => Array.isArray(rule.fields))
  }

  readFilter(sensitive: readonly string[]): Filter {
    const key = sensitive.join()
    let filter = this.#filters.get(key)
    if (filter === undefined) {
      const { read } = this.#rules
      const allows = read.filter(({ rule }) => rule.effect === 'allow')
      filter = allOf([
        factored(allows.map(({ when }) => when)),
        ...sensitive.map((field) => anyOf((this.#reveal.get(field) ?? []).map(({ when }) => when))),
        ...read.filter(({ rule }) => rule.effect === 'deny').map(({ when }) => isFalse(when)),
      ])
      if (allows.length === 0) filter = NEVER
      this.#filters.set(key, filter)
    }
    return filter
  }

  canRead(record: Readonly<Fields>): boolean {
    return this.#readTest(record) === true
  }

  mayReveal(field: string): boolean {
    return (this.#reveal.get(field) ?? []).length > 0
  }

  reveals(field: string, record: Readonly<Fields>): boolean {
    return (this.#reveal.get(field) ?? []).some(({ whenTest }) => whenTest(record) === true)
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
    const rules = this.#rules[operation]
    for (const { rule, whenTest } of rules) {
      if (rule.effect !== 'deny') continue
      const fires = (state: 'old' | 'new', record: Readonly<Fields> | undefined): boolean =>
        record !== undefined && looksAt(rule, state) && whenTest(record) !== false
      if (fires('old', old) || fires('new', next)) return { allowed: false, rule: rule.id }
    }
    let nearest: Decision = { allowed: false, rule: undefined }
    for (const { rule, whenTest, checkTest } of rules) {
      if (rule.effect !== 'allow') continue
      const subject = old ?? next
      if (subject === undefined || whenTest(subject) !== true) continue
      nearest = { allowed: false, rule: rule.id }
      if (next !== undefined && checkTest(next) !== true) continue
      const field = carried.find((one) => !mayCarry(rule, one, this.#model))
      if (field === undefined) return { allowed: true, rule: rule.id }
      nearest = { allowed: false, rule: rule.id, field }
    }
    return nearest
  }

  writeFilter(
    operation: Write,
    isKnown: (field: string) => boolean,
    known: Readonly<Fields>,
    carried: readonly string[],
  ): Filter {
    const rules = this.#rules[operation]
    const after = (filter: Filter): Filter =>
      operation === 'delete' ? ALWAYS : specialize(filter, isKnown, known)
    const allows = rules
      .filter(
        ({ rule }) =>
          rule.effect === 'allow' && carried.every((field) => mayCarry(rule, field, this.#model)),
      )
      .map(({ when, check }) => allOf([when, after(check)]))
    const denies = rules
      .filter(({ rule }) => rule.effect === 'deny')
      .flatMap(({ rule, when }) => [
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
  soleRule: () => undefined,
  readFilter: () => ALWAYS,
  canRead: () => true,
  mayReveal: () => true,
  reveals: () => true,
  mask: (record) => record,
  decide: () => ALLOWED,
  writeFilter: () => ALWAYS,
}

/** What `actor` may do with an entity under its policy. Without a policy: nothing. */
export const bindAccess = (
  policy: Policy | undefined,
  model: EntityModel,
  actor: ActorShape,
): Access => new RestrictedAccess(policy, model, actor)
