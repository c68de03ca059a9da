import { allOf, conjuncts, isAlways } from '../filter-algebra.ts'
import { type Filter, isReference } from '../filter.ts'
import type { Policy, Rule } from '../policy.ts'
import type { EntityModel, IndexModel } from '../shape.ts'
import type { Finding } from './finding.ts'
import { implies } from './reasoning.ts'

type Lint = (entity: string, policy: Policy) => readonly Finding[]

/** The equalities that a rule demands: `field = value` for all records it grants. */
const equalities = ({ when }: Rule): readonly (Filter & { op: 'eq'; field: string })[] =>
  conjuncts(when).filter((one) => one.op === 'eq') as never

const isOfActor = (one: Filter): boolean => one.op === 'eq' && isReference(one.value)

const readAllows = ({ rules }: Policy): readonly Rule[] =>
  rules.read.filter(({ effect }) => effect === 'allow')

/** The fields by which every read is limited to what is the actor's, such as its tenant. */
const scopingFields = (policy: Policy): readonly string[] => {
  const [first, ...rest] = readAllows(policy).map((rule) =>
    equalities(rule)
      .filter(isOfActor)
      .map(({ field }) => field),
  )
  return (first ?? []).filter((field) => rest.every((fields) => fields.includes(field)))
}

/**
 * Whether the planner finds what a rule grants without more from the caller: by the key, or by an index
 * from which no record is missing and that is not ordered by what may be hidden.
 */
const isServed = ({ key, indexes, fields, sensitive }: EntityModel, rule: Rule): boolean => {
  const present = conjuncts(rule.when).map((one) => ('field' in one ? one.field : undefined))
  const equal = equalities(rule).map(({ field }) => field)
  const isComplete = ({ partition, sort }: IndexModel): boolean =>
    [...partition, ...sort].every(
      (field) =>
        (present.includes(field) || fields[field]?.optional === false) &&
        !sensitive.includes(field),
    )
  return [key, ...Object.values(indexes).filter(isComplete)].some(({ partition }) =>
    partition.every((field) => equal.includes(field)),
  )
}

/** A read rule whose records no key and no index finds. */
export const unservedRules: Lint = (entity, policy) =>
  readAllows(policy)
    .filter((rule) => !isAlways(rule.when) && !isServed(policy.entity, rule))
    .map((rule) => ({
      finding: 'unserved-rule',
      severity: 'warning',
      entity,
      rule: rule.id,
      message: `No key or index of ${entity} serves what rule ${rule.id} grants: every query under it must give a partition itself, name its index, or scan. Declare an index of required fields that begins with those it compares.`,
    }))

/** A unique index, or a key, in which records of one tenant collide with those of another. */
export const unscopedUniqueIndexes: Lint = (entity, policy) => {
  const scoping = scopingFields(policy)
  if (scoping.length === 0) return []
  const { key, indexes } = policy.entity
  const unique = [
    { name: 'key', ...key },
    ...Object.values(indexes).filter((index) => index.unique),
  ]
  return unique
    .filter(({ partition, sort }) =>
      [...partition, ...sort].every((field) => !scoping.includes(field)),
    )
    .map(({ name }) => ({
      finding: 'unscoped-unique-index',
      severity: 'warning',
      entity,
      index: name,
      message: `${name === 'key' ? 'The key' : `Unique index ${name}`} of ${entity} does not contain ${scoping.join(' or ')}, by which its rules are limited: a collision tells of records that the actor may not read. Begin it with ${scoping[0]}.`,
    }))
}

/** An update that can move a record to where the rule would not have allowed it. */
export const uncheckedMoves: Lint = (entity, policy) => {
  const { key, sensitive } = policy.entity
  const keyFields = [...key.partition, ...key.sort]
  const mayWrite = ({ fields }: Rule, field: string): boolean =>
    fields === undefined ? !sensitive.includes(field) : fields === 'all' || fields.includes(field)
  return policy.rules.update
    .filter(({ effect }) => effect === 'allow')
    .flatMap((rule): readonly Finding[] => {
      const left = equalities(rule).find(
        (one) =>
          isOfActor(one) &&
          !keyFields.includes(one.field) &&
          mayWrite(rule, one.field) &&
          !implies(policy.entity, rule.check, allOf([one])),
      )
      return left === undefined
        ? []
        : [
            {
              finding: 'unchecked-move',
              severity: 'warning',
              entity,
              rule: rule.id,
              field: left.field,
              message: `Rule ${rule.id} lets an update change ${left.field}, by which it is limited, to anything: its check does not ask for it. Add it to check, or leave it out of fields.`,
            },
          ]
    })
}
