import { actorUsesOf, validateActor } from '../actor.ts'
import { bindAccess, type Decision } from '../authorize.ts'
import { invalid } from '../error.ts'
import type { ActorShape, Operation } from '../policy.ts'
import type { EntityModel, Fields } from '../shape.ts'
import type { Store } from '../store-types.ts'
import { policyOf } from './declared-policy.ts'
import { type Attempt, decisionOf, markDecided, type RuleTrial, tryRules } from './rule-trial.ts'

/** What is asked of `explainAccess`. Records are whole, as `store.unrestricted(reason)` reads them. */
export interface AccessRequest<Name extends string = string> {
  /** Name of the repository. */
  readonly entity: Name
  /** A put is a create where there is no record, else an update. */
  readonly operation: Operation
  /** The record as stored; for a create, the record to create, with what its schema adds. */
  readonly record: Readonly<Fields>
  /** For an update: the fields to change, as plain values; `undefined` removes one. */
  readonly patch?: Readonly<Fields>
  /**
   * For a create: the fields that the caller gives, where the schema adds others, such as one with a
   * default. Default: all that `record` has.
   */
  readonly fields?: readonly string[]
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
  /**
   * The rules tried, in the order declared: those of the operation, or those of reading where the
   * record cannot be read, because then no others are.
   */
  readonly rules: readonly RuleTrial[]
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

/** A misspelt field would be explained as one that may be carried. @throws `INVALID` */
const checkFields = (model: EntityModel, fields: readonly string[], legal: Legal): void => {
  for (const field of fields)
    if (!Object.hasOwn(model.fields, field) || (legal === 'patch' && isKeyField(model, field)))
      throw invalid(
        `${field} is not a field of ${model.name} that ${legal === 'patch' ? 'an update changes' : 'a create carries'}.`,
        model.name,
        field,
      )
}

type Legal = 'patch' | 'record'

const isKeyField = ({ key }: EntityModel, field: string): boolean =>
  key.partition.includes(field) || key.sort.includes(field)

const attemptOf = (model: EntityModel, request: AccessRequest): Attempt => {
  const { operation, record, patch = {}, fields } = request
  switch (operation) {
    case 'create': {
      const given = Object.keys(model.fields).filter((field) => record[field] !== undefined)
      checkFields(model, fields ?? [], 'record')
      // Every write names its key, whatever its rules say of fields.
      const carried = (fields ?? given).filter((field) => !isKeyField(model, field))
      return { operation, stored: undefined, next: record, carried }
    }
    case 'update':
      checkFields(model, Object.keys(patch), 'patch')
      return {
        operation,
        stored: record,
        next: { ...record, ...patch },
        carried: Object.keys(patch),
      }
    case 'read':
    case 'delete':
      return { operation, stored: record, next: undefined, carried: [] }
    default:
      throw invalid(
        `The operation ${String(operation)} is not read, create, update or delete.`,
        model.name,
        'operation',
      )
  }
}

/**
 * Tells which rules were tried for one operation on one record, and which decided: by the code that
 * decides for repositories. No I/O. It tells of records that the actor may not see: it is for those who
 * run the service, not for the actor.
 *
 * @throws `INVALID` for an unknown repository, operation or field of `patch` or `fields`, or an actor
 * that `store.as` would refuse.
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
  const attempt = attemptOf(policy.entity, request)
  const read = { operation: 'read', stored: record, next: undefined, carried: [] } as const
  const reading = tryRules(policy, bound, read)
  const readDecision = decisionOf(reading)
  const isHidden = operation !== 'create' && !readDecision.allowed
  const isRead = operation === 'read' || isHidden
  const decision = isRead
    ? readDecision
    : access.decide(operation, attempt.stored, attempt.next, attempt.carried)
  return {
    allowed: decision.allowed,
    outcome: decision.allowed ? 'ALLOWED' : isHidden ? 'NOT_FOUND' : 'FORBIDDEN',
    rule: decision.rule,
    field: decision.field,
    reason: reasonOf(decision, isHidden),
    readable: readDecision.allowed,
    masked: policy.entity.sensitive.filter(
      (field) => record[field] !== undefined && !access.reveals(field, record),
    ),
    rules: markDecided(isRead ? reading : tryRules(policy, bound, attempt), decision),
  }
}
