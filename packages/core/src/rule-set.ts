import { ALWAYS, conjuncts, leavesOf } from './filter-algebra.ts'
import { type Filter, isReference } from './filter.ts'
import type { Operation, Policy, Rule } from './policy.ts'
import type { EntityModel, Fields, Kind } from './shape.ts'
import { isOfKind } from './where.ts'

/** Rules of one operation and one effect, for every actor that holds certain roles. Knows no actor. */
export interface RuleList {
  readonly effect: Rule['effect']
  readonly rules: readonly Rule[]
  /** Fields of the new record that a write must know to be decided by these rules. */
  readonly reads: readonly string[]
  /**
   * The position of a rule that `holds`, among those that may hold of a record: an allow where it is
   * true, a deny where it is not false.
   */
  find(record: Readonly<Fields>, holds: (position: number) => boolean): number | undefined
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

/** Rules that say which values a field must have, by value. */
interface Level {
  readonly field: string
  readonly byValue: ReadonlyMap<unknown, readonly number[]>
  readonly positions: readonly number[]
}

/** Fewer rules are tried one by one. */
const LEAST = 4

/** The field that tells most of these rules apart. */
const levelOf = (
  { fields }: EntityModel,
  rules: readonly Rule[],
  positions: readonly number[],
): Level | undefined => {
  let best: Level | undefined
  for (const field of Object.values(fields)) {
    if (!INDEXED.includes(field.kind)) continue
    const byValue = new Map<unknown, number[]>()
    const told = positions.filter((at) => {
      const values = rules[at] === undefined ? undefined : valuesOf(rules[at].when, field)
      for (const value of new Set(values)) byValue.set(value, [...(byValue.get(value) ?? []), at])
      return values !== undefined
    })
    if (byValue.size > Math.max(1, best?.byValue.size ?? 0))
      best = { field: field.name, byValue, positions: told }
  }
  return best
}

/** Finds rules by the values of the fields that tell them apart, so that many cost what few do. */
const listOf = (model: EntityModel, effect: Rule['effect'], given: readonly Rule[]): RuleList => {
  const rules = given.filter((rule) => rule.effect === effect)
  const levels: Level[] = []
  let others = rules.map((_, at) => at)
  while (others.length >= LEAST) {
    const level = levelOf(model, rules, others)
    if (level === undefined) break
    levels.push(level)
    others = others.filter((at) => !level.positions.includes(at))
  }
  const nextOf = ({ check, when, on }: Rule): Filter =>
    effect === 'allow' ? check : on === 'old' ? ALWAYS : when
  return {
    effect,
    rules,
    reads: rules.flatMap((rule) => leavesOf(nextOf(rule)).map(({ field }) => field)),
    find: (record, holds) => {
      for (const { field, byValue, positions } of levels) {
        const value = record[field]
        const isUnknown = value === undefined || value === null
        const found = isUnknown && effect === 'deny' ? positions : byValue.get(value)
        if (found !== undefined) for (const at of found) if (holds(at)) return at
      }
      for (const at of others) if (holds(at)) return at
      return undefined
    },
  }
}

/** The roles that a policy names, by position, and the sets of rules that some of them give. */
interface RuleSets {
  readonly positions: ReadonlyMap<string, number>
  readonly sets: Map<string, RuleSet>
}

const SETS = new WeakMap<Policy, RuleSets>()

/** A policy that names 20 roles has a million sets of them; those in use are few. */
const MOST_SETS = 1000

const setsOf = (policy: Policy): RuleSets => {
  let known = SETS.get(policy)
  if (known === undefined) {
    const named = Object.values(policy.rules).flatMap((rules) =>
      rules.flatMap(({ roles }) => roles),
    )
    const positions = new Map([...new Set(named)].map((role, at) => [role, at]))
    SETS.set(policy, (known = { positions, sets: new Map() }))
  }
  return known
}

const makeSet = ({ entity, rules }: Policy, held: readonly string[]): RuleSet => {
  const given = (operation: Operation): RuleSet[Operation] => {
    const list = rules[operation].filter(({ roles }) =>
      roles.some((role) => role === '*' || held.includes(role)),
    )
    return { allow: listOf(entity, 'allow', list), deny: listOf(entity, 'deny', list) }
  }
  return {
    read: given('read'),
    create: given('create'),
    update: given('update'),
    delete: given('delete'),
  }
}

/** The rules of a policy that these roles give. Made once per policy and set of its roles. */
export const ruleSetOf = (policy: Policy, held: readonly string[]): RuleSet => {
  const { positions, sets } = setsOf(policy)
  const named = new Set<number>()
  for (const role of held) {
    const at = positions.get(role)
    if (at !== undefined) named.add(at)
  }
  const name = [...named].sort((a, b) => a - b).join()
  let set = sets.get(name)
  if (set === undefined) {
    if (sets.size >= MOST_SETS) sets.clear()
    sets.set(name, (set = makeSet(policy, held)))
  }
  return set
}
