import { sensitiveIn, splitFilter } from './plan.ts'
import type { CallOptions, Key, StoredRecord, Write } from './driver.ts'
import { keyOf } from './driver-helpers.ts'
import { HoldfastError } from './error.ts'
import { allOf, ALWAYS, anyOf, leavesOf } from './filter-algebra.ts'
import { evaluate, type Filter } from './filter.ts'
import { applyPatch, isFieldwise, noOverflow, parsePatch, validateFieldwise, validateMerged, validateRecord, type Patch } from './patch.ts'
import { fetchRecords } from './reader.ts'
import { aliveFilter, audit, denied, expiredFilter, isExpired, parseKey, present, type Fields, type Scope } from './scope.ts'
import { deepEqual } from './value.ts'
import { parseWhere } from './where.ts'
import { writeOnce, type GuardedResult } from './write-guard.ts'

/** Conditions of an update or delete, untyped. */
export interface RawConditions extends CallOptions {
  readonly ifVersion?: string | undefined
  readonly if?: unknown
}

/** Conditions after checking. */
export interface Conditions {
  readonly version: string | undefined
  readonly filter: Filter
  /** Narrows to the records whose rules reveal the sensitive fields in `filter`. */
  readonly readable: Filter
}

/** @throws `INVALID`, `FORBIDDEN` for a sensitive field that no rule of the actor reveals. */
export const parseConditions = (scope: Scope, options: RawConditions): Conditions => {
  const { model, access } = scope
  const filter = options.if === undefined ? ALWAYS : parseWhere(model, options.if)
  const sensitive = sensitiveIn(model, access, leavesOf(filter).map(({ field }) => field))
  const version: unknown = options.ifVersion
  if (version !== undefined && typeof version !== 'string')
    throw new HoldfastError('INVALID', `ifVersion on ${model.name} must be a version as read.`, { entity: model.name, field: 'ifVersion' })
  if ('ifVersion' in options && version === undefined)
    throw new HoldfastError('INVALID', `ifVersion on ${model.name} is undefined; read the record first, or leave it out to write unconditionally.`, { entity: model.name, field: 'ifVersion' })
  return { version, filter, readable: access.readFilter(sensitive) }
}

const failure = (scope: Scope, code: 'NOT_FOUND' | 'FORBIDDEN' | 'VERSION_CONFLICT' | 'CONDITION_FAILED' | 'ALREADY_EXISTS', message: string, rule?: string, field?: string): HoldfastError =>
  new HoldfastError(code, message, { entity: scope.model.name, rule, field })

/** The error of a write on a record that is missing, or hidden from the actor. */
export const notFound = (scope: Scope): HoldfastError =>
  failure(scope, 'NOT_FOUND', `There is no such ${scope.model.name}; use create() or put() to make one.`)

/** The error of a create that meets a record, visible or not. */
export const alreadyExists = (scope: Scope): HoldfastError =>
  failure(scope, 'ALREADY_EXISTS', `A ${scope.model.name} with this key exists; use put() or update() to change it.`)

/** The error of a write that no rule allows. */
export const forbidden = (scope: Scope, operation: string, rule: string | undefined, field?: string): HoldfastError => {
  const reason = rule === undefined ? 'no rule allows it' : field === undefined ? `rule ${rule} refuses it` : `rule ${rule} does not let it carry ${field}`
  return failure(scope, 'FORBIDDEN', `This actor may not ${operation} this ${scope.model.name}: ${reason}.`, rule, field)
}

/** A live record that the actor may read, or `undefined`. */
export const readable = (scope: Scope, record: StoredRecord | undefined): StoredRecord | undefined =>
  record === undefined || isExpired(scope, record) || !scope.access.canRead(record.value) ? undefined : record

/** Why an update or delete of a readable record is refused; `undefined` when nothing speaks against it. */
export const refusal = (
  scope: Scope,
  operation: 'update' | 'delete',
  current: StoredRecord,
  next: Fields | undefined,
  carried: readonly string[],
  conditions: Conditions,
): HoldfastError | undefined => {
  const decision = scope.access.decide(operation, current.value, next, carried)
  if (!decision.allowed) return forbidden(scope, operation, decision.rule, decision.field)
  if (evaluate(conditions.readable, current.value) !== true)
    return failure(scope, 'FORBIDDEN', `No rule of this actor reveals the fields that \`if\` names on this ${scope.model.name}.`)
  if (conditions.version !== undefined && conditions.version !== current.version)
    return failure(scope, 'VERSION_CONFLICT', `This ${scope.model.name} has changed since it was read; read it again and decide anew.`)
  if (evaluate(conditions.filter, current.value) !== true) return failure(scope, 'CONDITION_FAILED', `The condition on this ${scope.model.name} does not hold.`)
  return undefined
}

/** A strong read of one record. */
export const readCurrent = async (scope: Scope, key: Key, options: CallOptions): Promise<StoredRecord | undefined> => {
  const [record] = await fetchRecords(scope, [key], { consistency: 'strong', signal: options.signal })
  return record
}

const send = (scope: Scope, options: CallOptions, make: (id: string) => Write): Promise<GuardedResult> => writeOnce(scope.runtime, (id) => [make(id)], options)

const MAX_ROUNDS = 100

/** Repeats `round` until it settles; between rounds somebody else has changed the record. */
const settle = async <T>(scope: Scope, round: () => Promise<T | undefined>): Promise<T> => {
  for (let made = 0; made < MAX_ROUNDS; made += 1) {
    const result = await round()
    if (result !== undefined) return result
    if (made > 2) await scope.runtime.environment.sleep(scope.runtime.environment.random() * Math.min(2 ** made, 50))
  }
  throw new HoldfastError('ABORTED', `This ${scope.model.name} kept changing; repeat the call.`, { entity: scope.model.name, retryable: true })
}

interface Written {
  readonly row: Fields | undefined
}

const written = (scope: Scope, operation: 'create' | 'put' | 'update' | 'delete', key: Key, rule: string | undefined, record: StoredRecord | undefined): Written => {
  audit(scope, operation, key, 'allowed', rule)
  return { row: record === undefined ? undefined : present(scope, record) }
}

/** The fields a write carries: those the caller named, the key aside. */
export const given = (scope: Scope, input: unknown): readonly string[] => {
  const key = [...scope.model.key.partition, ...scope.model.key.sort]
  return Object.keys(input as Fields).filter((field) => (input as Fields)[field] !== undefined && !key.includes(field))
}

/** `repository.create`. */
export const createRecord = async (scope: Scope, input: unknown, options: CallOptions = {}): Promise<Fields> => {
  const value = await validateRecord(scope.entity, input)
  const key = keyOf(scope.model, value)
  const decision = scope.access.decide('create', undefined, value, given(scope, input))
  if (!decision.allowed) throw denied(scope, 'create', key, forbidden(scope, 'create', decision.rule, decision.field))
  const expired = expiredFilter(scope)
  const result = await send(scope, options, (id) => ({
    kind: 'put',
    entity: scope.model,
    key,
    id,
    value,
    expect: expired === undefined ? 'absent' : 'any',
    condition: expired,
  }))
  if (!result.applied) throw alreadyExists(scope)
  return written(scope, 'create', key, decision.rule, { value, version: result.id }).row ?? {}
}

/** The new record with the sensitive fields that the actor does not see and did not name kept as stored. */
export const preserved = (scope: Scope, current: StoredRecord, value: Fields, carried: readonly string[]): Fields => {
  const merged = { ...value }
  for (const field of scope.model.sensitive)
    if (!carried.includes(field) && current.value[field] !== undefined && !scope.access.reveals(field, current.value)) merged[field] = current.value[field]
  return merged
}

/** `put` in one conditional write, where no hidden field must be kept. */
const putDirectly = async (scope: Scope, key: Key, value: Fields, carried: readonly string[], condition: Filter, options: CallOptions): Promise<Written | undefined> => {
  const creation = scope.access.decide('create', undefined, value, carried)
  const expired = expiredFilter(scope)
  const isFree = condition.op === 'const' && condition.value === true
  const guard = isFree ? undefined : expired !== undefined && creation.allowed ? anyOf([expired, condition]) : condition
  const result = await send(scope, options, (id) => ({ kind: 'put', entity: scope.model, key, id, value, expect: creation.allowed ? 'any' : 'present', condition: guard }))
  if (result.applied) return written(scope, 'put', key, creation.rule, { value, version: result.id })
  const current = result.current
  if (current === undefined || isExpired(scope, current)) {
    if (creation.allowed) return undefined
    throw denied(scope, 'put', key, forbidden(scope, 'create', creation.rule, creation.field))
  }
  if (readable(scope, current) === undefined) throw alreadyExists(scope)
  const decision = scope.access.decide('update', current.value, value, carried)
  if (decision.allowed) return undefined
  throw denied(scope, 'put', key, forbidden(scope, 'update', decision.rule, decision.field))
}

/** `put` by reading, deciding, and writing on the version read. */
const putAfterReading = async (scope: Scope, key: Key, value: Fields, carried: readonly string[], options: CallOptions): Promise<Written | undefined> => {
  const current = await readCurrent(scope, key, options)
  const isLive = current !== undefined && !isExpired(scope, current)
  if (isLive && !scope.access.canRead(current.value)) throw alreadyExists(scope)
  const next = isLive ? preserved(scope, current, value, carried) : value
  const changed = isLive ? Object.keys(scope.model.fields).filter((field) => !deepEqual(current.value[field], next[field])) : carried
  const decision = isLive ? scope.access.decide('update', current.value, next, changed) : scope.access.decide('create', undefined, next, carried)
  if (!decision.allowed) throw denied(scope, 'put', key, forbidden(scope, isLive ? 'update' : 'create', decision.rule, decision.field))
  const result = await send(scope, options, (id) => ({
    kind: 'put',
    entity: scope.model,
    key,
    id,
    value: next,
    expect: current === undefined ? 'absent' : 'present',
    version: current?.version,
  }))
  return result.applied ? written(scope, 'put', key, decision.rule, { value: next, version: result.id }) : undefined
}

/** `repository.put`. */
export const putRecord = async (scope: Scope, input: unknown, options: CallOptions = {}): Promise<Fields> => {
  const { access, model } = scope
  const value = await validateRecord(scope.entity, input)
  const key = keyOf(model, value)
  const carried = given(scope, input)
  const keepsHidden = model.sensitive.length > 0 && !access.isUnrestricted
  const condition = allOf([aliveFilter(scope) ?? ALWAYS, access.readFilter([]), access.writeFilter('update', () => true, value, carried)])
  const mustRead = keepsHidden || access.limitsFields || (!access.isUnrestricted && splitFilter(scope.runtime.driver, model, condition).residual !== undefined)
  const effective = access.isUnrestricted ? ALWAYS : condition
  const { row } = await settle(scope, () => (mustRead ? putAfterReading(scope, key, value, carried, options) : putDirectly(scope, key, value, carried, effective, options)))
  return row ?? {}
}

/** What an update would do: prepared once, run as often as others interfere. */
interface Update {
  readonly key: Key
  readonly patch: Patch
  readonly conditions: Conditions
  /** Set when one conditional write does it; otherwise the record is read first. */
  readonly condition: Filter | undefined
}

/** The whole condition of a direct update, or `undefined` when the record must be read first. */
const directCondition = (scope: Scope, patch: Patch, conditions: Conditions): Filter | undefined => {
  const { access, model, runtime } = scope
  if (!isFieldwise(scope.entity, patch)) return undefined
  const isIncremented = (field: string): boolean => Object.hasOwn(patch.increment, field)
  const removed = new Set(patch.remove)
  const isKnown = (field: string): boolean => Object.hasOwn(patch.set, field) || removed.has(field)
  const written = access.writeFilter('update', isKnown, patch.set, patch.fields)
  const touchesIncrement = !access.isUnrestricted && leavesOf(access.writeFilter('update', () => false, {}, patch.fields)).some(({ field }) => isIncremented(field))
  if (touchesIncrement) return undefined
  const whole = allOf([aliveFilter(scope) ?? ALWAYS, conditions.readable, written, conditions.filter, noOverflow(model, patch.increment)])
  return splitFilter(runtime.driver, model, whole).residual === undefined ? whole : undefined
}

const updateDirectly = async (scope: Scope, { key, patch, conditions, condition }: Update, options: CallOptions): Promise<Written | undefined> => {
  const guard = condition?.op === 'const' && condition.value === true ? undefined : condition
  const result = await send(scope, options, (id) => ({
    kind: 'patch',
    entity: scope.model,
    key,
    id,
    expect: 'present',
    version: conditions.version,
    condition: guard,
    set: patch.set,
    remove: patch.remove,
    increment: patch.increment,
  }))
  if (result.applied) return written(scope, 'update', key, scope.access.soleRule('update'), result.records[0])
  const current = readable(scope, result.current)
  if (current === undefined) throw notFound(scope)
  const next = applyPatch(scope.model, current.value, patch)
  const error = refusal(scope, 'update', current, next, patch.fields, conditions)
  if (error !== undefined) throw denied(scope, 'update', key, error)
  return undefined
}

const updateAfterReading = async (scope: Scope, { key, patch, conditions }: Update, options: CallOptions): Promise<Written | undefined> => {
  const current = readable(scope, await readCurrent(scope, key, options))
  if (current === undefined) throw notFound(scope)
  const next = await validateMerged(scope.entity, applyPatch(scope.model, current.value, patch), patch)
  const error = refusal(scope, 'update', current, next, patch.fields, conditions)
  if (error !== undefined) throw denied(scope, 'update', key, error)
  const { rule } = scope.access.decide('update', current.value, next, patch.fields)
  const result = await send(scope, options, (id) => ({ kind: 'put', entity: scope.model, key, id, value: next, expect: 'present', version: current.version }))
  return result.applied ? written(scope, 'update', key, rule, { value: next, version: result.id }) : undefined
}

/** `repository.update`. */
export const updateRecord = async (scope: Scope, keyInput: unknown, patchInput: unknown, options: RawConditions = {}): Promise<Fields> => {
  const key = parseKey(scope.model, keyInput)
  const update = await prepareUpdate(scope, key, patchInput, options)
  const { row } = await settle(scope, () => (update.condition === undefined ? updateAfterReading(scope, update, options) : updateDirectly(scope, update, options)))
  return row ?? {}
}

const prepareUpdate = async (scope: Scope, key: Key, patchInput: unknown, options: RawConditions): Promise<Update> => {
  const parsed = parsePatch(scope.model, patchInput)
  const conditions = conditionsOrDenied(scope, 'update', key, options)
  const patch = isFieldwise(scope.entity, parsed) ? await validateFieldwise(scope.entity, parsed) : parsed
  return { key, patch, conditions, condition: directCondition(scope, patch, conditions) }
}

const conditionsOrDenied = (scope: Scope, operation: 'update' | 'delete', key: Key, options: RawConditions): Conditions => {
  try {
    return parseConditions(scope, options)
  } catch (error) {
    throw error instanceof HoldfastError ? denied(scope, operation, key, error) : error
  }
}

/** How an update of this shape would run, for `explain`. */
export const explainUpdate = async (scope: Scope, patchInput: unknown): Promise<'one conditional write' | 'read, then write on the version read'> => {
  const { condition } = await prepareUpdate(scope, [], patchInput, {})
  return condition === undefined ? 'read, then write on the version read' : 'one conditional write'
}

/** `repository.delete`. */
export const deleteRecord = async (scope: Scope, keyInput: unknown, options: RawConditions = {}): Promise<Fields | undefined> => {
  const { access, model, runtime } = scope
  const key = parseKey(model, keyInput)
  const conditions = conditionsOrDenied(scope, 'delete', key, options)
  const whole = allOf([aliveFilter(scope) ?? ALWAYS, conditions.readable, conditions.filter, access.writeFilter('delete', () => false, {}, [])])
  const isDirect = splitFilter(runtime.driver, model, whole).residual === undefined
  const isFree = whole.op === 'const' && whole.value === true
  const { row } = await settle(scope, async (): Promise<Written | undefined> => {
    let current = isDirect ? undefined : readable(scope, await readCurrent(scope, key, options))
    let version = conditions.version
    if (!isDirect) {
      if (current === undefined) return { row: undefined }
      const error = refusal(scope, 'delete', current, undefined, [], conditions)
      if (error !== undefined) throw denied(scope, 'delete', key, error)
      version = current.version
    }
    const result = await send(scope, options, (id) => ({ kind: 'delete', entity: model, key, id, expect: 'present', version, condition: isDirect && !isFree ? whole : undefined }))
    if (result.applied) return written(scope, 'delete', key, access.soleRule('delete'), result.records[0] ?? current)
    if (!isDirect) return undefined
    current = readable(scope, result.current)
    if (current === undefined) return { row: undefined }
    const error = refusal(scope, 'delete', current, undefined, [], conditions)
    if (error !== undefined) throw denied(scope, 'delete', key, error)
    return undefined
  })
  return row
}
