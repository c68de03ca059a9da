import type { Access } from './authorize.ts'
import type { CursorCodec } from './cursor.ts'
import { keyFields } from './driver-helpers.ts'
import type { Key, Scalar, StoredRecord } from './driver.ts'
import type { Entity } from './entity.ts'
import type { HoldfastError } from './error.ts'
import { invalid } from './error.ts'
import { anyOf, isFalse } from './filter-algebra.ts'
import type { Filter } from './filter.ts'
import type { Runtime } from './retry.ts'
import type { EntityModel, Fields } from './shape.ts'
import type { AuditEvent, AuditSink, TracingHook } from './telemetry.ts'
import { checkKey, normalizeField } from './value.ts'

/** One actor's view of one entity: what every repository function works in. */
export interface Scope {
  readonly entity: Entity
  readonly model: EntityModel
  readonly access: Access
  readonly runtime: Runtime
  readonly cursors: CursorCodec
  /** Whether records are checked again when read. */
  readonly verify: boolean
  /** For audit: who. */
  readonly actorId: string
  /** For cursors: everything the actor's rights depend on, as text. */
  readonly actorText: () => string
  readonly audit: AuditSink | undefined
  readonly telemetry: TracingHook | undefined
}

/** Whether a stored record has passed its instant of expiry. */
export const isExpired = (scope: Scope, record: StoredRecord): boolean => {
  const { expiresAt } = scope.model
  if (expiresAt === undefined) return false
  const at = record.value[expiresAt]
  return at instanceof Date && at.getTime() <= scope.runtime.environment.now()
}

/** True for records that have expired; `undefined` where the entity's records never do. */
export const expiredFilter = (scope: Scope): Filter | undefined => {
  const { expiresAt } = scope.model
  if (expiresAt === undefined) return undefined
  return { op: 'lte', field: expiresAt, value: new Date(scope.runtime.environment.now()) }
}

/** True for records that have not expired; `undefined` where the entity's records never do. */
export const aliveFilter = (scope: Scope): Filter | undefined => {
  const { expiresAt } = scope.model
  const expired = expiredFilter(scope)
  if (expiresAt === undefined || expired === undefined) return undefined
  return anyOf([
    isFalse({ op: 'exists', field: expiresAt }),
    { op: 'isNull', field: expiresAt },
    isFalse(expired),
  ])
}

/** Whether there is a record that has not expired and that the actor may read. */
export const isVisible = (scope: Scope, record: StoredRecord | undefined): record is StoredRecord =>
  record !== undefined && !isExpired(scope, record) && scope.access.canRead(record.value)

/** The record as returned to the actor: with its version, without what no rule reveals. */
export const present = (scope: Scope, { value, version }: StoredRecord): Fields => {
  const { model, access } = scope
  if (model.version !== undefined) value[model.version] = version
  return model.sensitive.length === 0 ? value : access.mask(value)
}

/** Whether a value is an object literal, or one without prototype. */
export const isPlainObject = (value: unknown): value is Readonly<Fields> => {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** Refuses options that would be ignored. @throws `INVALID` */
export const checkOptions = (
  { name }: EntityModel,
  options: unknown,
  allowed: readonly string[],
): void => {
  if (!isPlainObject(options)) throw invalid(`Options on ${name} must be an object.`, name)
  for (const option of Reflect.ownKeys(options).map(String))
    if (!allowed.includes(option))
      throw invalid(
        `Option ${option} on ${name} is not known here; use ${allowed.join(', ') || 'none'}.`,
        name,
        option,
      )
}

/**
 * Checks a key as the user gave it: exactly the key fields, legal values, limits.
 * @throws `INVALID`, `LIMIT_EXCEEDED`
 */
export const parseKey = (model: EntityModel, input: unknown): Key => {
  const names = keyFields(model)
  if (!isPlainObject(input))
    throw invalid(
      `The key of ${model.name} must be an object with ${names.join(', ')}.`,
      model.name,
    )
  for (const name of Reflect.ownKeys(input))
    if (!names.includes(name as string))
      throw invalid(
        `${String(name)} is not part of the key of ${model.name}; give ${names.join(', ')} only.`,
        model.name,
        String(name),
      )
  const key = names.map((name) => keyValue(model, name, input[name]))
  checkKey(model.name, names, key)
  return key
}

const keyValue = (model: EntityModel, name: string, value: unknown): Scalar => {
  const field = model.fields[name]
  if (value === undefined || field === undefined)
    throw invalid(`The key of ${model.name} lacks ${name}.`, model.name, name)
  return normalizeField(model.name, field, value) as Scalar
}

/** Tells audit of a decision. */
export const audit = (
  scope: Scope,
  operation: AuditEvent['operation'],
  key: Key | undefined,
  outcome: AuditEvent['outcome'],
  rule: string | undefined,
): void => {
  if (scope.audit === undefined) return
  const named =
    key === undefined
      ? undefined
      : Object.fromEntries(keyFields(scope.model).map((name, at) => [name, key[at]]))
  scope.audit({
    actor: scope.actorId,
    entity: scope.model.name,
    operation,
    key: named,
    rule,
    outcome,
  })
}

/** Tells audit of a denial and returns its error, to be thrown. */
export const denied = (
  scope: Scope,
  operation: AuditEvent['operation'],
  key: Key | undefined,
  error: HoldfastError,
): HoldfastError => {
  if (error.code === 'FORBIDDEN') audit(scope, operation, key, 'denied', error.rule)
  return error
}

/** Tells audit of a read that no policy limits. */
export const auditRead = (scope: Scope): void => {
  if (scope.access.isUnrestricted) audit(scope, 'read', undefined, 'allowed', undefined)
}

/** Runs one public call, traced when somebody listens. */
export const traced = <T>(scope: Scope, operation: string, run: () => Promise<T>): Promise<T> => {
  const { telemetry } = scope
  if (telemetry === undefined || !telemetry.hasSubscribers) return run()
  return telemetry.tracePromise(run, {
    entity: scope.model.name,
    operation,
    store: scope.runtime.driver.name,
  })
}
