import { conjuncts } from './filter-algebra.ts'
import { compileFilter, type Filter, isReference, type Test } from './filter.ts'
import type { Operation, Policy, Rule } from './policy.ts'
import type { EntityModel, Fields, Kind } from './shape.ts'
import { isOfKind } from './where.ts'

/** Rules of one operation and one effect, for every actor that holds certain roles. Knows no actor. */
export interface RuleList {
  readonly effect: Rule['effect']
  readonly rules: readonly Rule[]
  /** Positions of the rules that may hold of a record: an allow where it is true, a deny where it is not false. */
  candidates(record: Readonly<Fields>): readonly number[]
}

/** The rules that some roles give, by operation and effect. */
export type RuleSet = Readonly<
  Record<Operation, { readonly allow: RuleList; readonly deny: RuleList }>
>

/** Kinds whose equal values are one key of a `Map`. */
const INDEXED: readonly Kind[] = ['string', 'integer', 'number', 'bigint', 'boolean']

/** The values of which a rule says that a field must have one; `undefined` where it says no such thing. */
const valuesOf = (filter: Filter, { name, kind }: { name: string; kind: Kind }) => {
  for (const leaf of conjuncts(filter)) {
    if (!('field' in leaf) || leaf.field !== name) continue
    const values = leaf.op === 'eq' ? [leaf.value] : leaf.op === 'in' ? leaf.values : undefined
    if (values !== undefined && !isReference(values) && values.every((one) => isOfKind(kind, one)))
      return values
  }
  return undefined
}

/** Fewer rules are tried one by one. */
const LEAST = 4

/** Finds rules by the value of the field that tells most of them apart, so that many cost what few do. */
const listOf = (model: EntityModel, effect: Rule['effect'], given: readonly Rule[]): RuleList => {
  const rules = given.filter((rule) => rule.effect === effect)
  const all = rules.map((_, at) => at)
  let field = ''
  let best = new Map<unknown, Set<number>>()
  if (rules.length >= LEAST)
    for (const one of Object.values(model.fields)) {
      if (!INDEXED.includes(one.kind)) continue
      const positions = new Map<unknown, Set<number>>()
      rules.forEach(({ when }, at) => {
        for (const value of valuesOf(when, one) ?? [])
          positions.set(value, (positions.get(value) ?? new Set()).add(at))
      })
      if (positions.size > best.size) [field, best] = [one.name, positions]
    }
  const told = new Set([...best.values()].flatMap((some) => [...some]))
  const others = all.filter((at) => !told.has(at))
  const byValue = new Map(
    [...best].map(([value, some]) => [value, all.filter((at) => some.has(at) || !told.has(at))]),
  )
  return {
    effect,
    rules,
    candidates: (record) => {
      const value = record[field]
      const isUnknown = value === undefined || value === null
      return byValue.get(value) ?? (isUnknown && effect === 'deny' ? all : others)
    },
  }
}

const SETS = new WeakMap<
  Policy,
  { readonly roles: readonly string[]; sets: Map<string, RuleSet> }
>()

/** A policy that names 20 roles has a million sets of them; those in use are few. */
const MOST_SETS = 1000

/** The rules of a policy that these roles give. Made once per policy and set of its roles. */
export const ruleSetOf = (policy: Policy, held: readonly string[]): RuleSet => {
  let known = SETS.get(policy)
  if (known === undefined) {
    const named = Object.values(policy.rules).flatMap((rules) =>
      rules.flatMap(({ roles }) => roles),
    )
    SETS.set(policy, (known = { roles: [...new Set(named)], sets: new Map() }))
  }
  const roles = known.roles.filter((role) => role === '*' || held.includes(role))
  const name = JSON.stringify(roles)
  let set = known.sets.get(name)
  if (set === undefined) {
    const lists = (operation: Operation) => {
      const given = policy.rules[operation].filter((rule) =>
        rule.roles.some((role) => roles.includes(role)),
      )
      return {
        allow: listOf(policy.entity, 'allow', given),
        deny: listOf(policy.entity, 'deny', given),
      }
    }
    set = {
      read: lists('read'),
      create: lists('create'),
      update: lists('update'),
      delete: lists('delete'),
    }
    if (known.sets.size >= MOST_SETS) known.sets.clear()
    known.sets.set(name, set)
  }
  return set
}

/** A rule with the actor's values in place, bound and compiled when first needed. */
export class BoundRule {
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
