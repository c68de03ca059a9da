import { authorize } from './authorize-write.ts'
import {
  checkConditions,
  checkReadable,
  conditionsOf,
  error,
  type RawConditions,
  type Conditions,
} from './conditions.ts'
import { keyFields, keyOf } from './driver-helpers.ts'
import type { Key, StoredRecord, Write } from './driver.ts'
import { deepEqual } from './equal.ts'
import type { HoldfastError } from './error.ts'
import { allOf, ALWAYS, anyOf, isAlways, NEVER } from './filter-algebra.ts'
import type { Filter } from './filter.ts'
import { applyPatch, noOverflow, parsePatch } from './patch.ts'
import { splitFilter } from './plan.ts'
import { aliveFilter, expiredFilter, isExpired, isVisible, parseKey, type Scope } from './scope.ts'
import type { Fields } from './shape.ts'
import type { AuditEvent } from './telemetry.ts'
import { isFieldwise, validateFieldwise, validateMerged, validateRecord } from './validate.ts'

/** What a write makes of the record it meets. */
export interface Proposal {
  /** The new record; `null` removes it. */
  readonly next: Fields | null
  /** The rule that allows it. */
  readonly rule: string | undefined
}

/** One write, checked as far as it can be without the stored record. */
export interface Intent {
  readonly operation: Exclude<AuditEvent['operation'], 'read' | 'native'>
  readonly key: Key
  /**
   * Decides on the record as stored: throws why not, or says what becomes of it. `undefined`: there is
   * nothing to do.
   */
  propose(current: StoredRecord | undefined): Promise<Proposal | undefined>
  /** The same as one conditional write, where the store can evaluate every condition exactly. */
  readonly direct: ((id: string) => Write) | undefined
  /** The rule that allows a direct write, where only one can. */
  readonly rule: string | undefined
}
const alreadyExists = (scope: Scope): HoldfastError =>
  error(
    scope,
    'ALREADY_EXISTS',
    `A ${scope.model.name} with this key exists; use put() or update() to change it.`,
  )

const live = (scope: Scope, record: StoredRecord | undefined): StoredRecord | undefined =>
  record === undefined || isExpired(scope, record) ? undefined : record

/** A condition for a driver; none where it always holds. */
const guard = (filter: Filter): Filter | undefined => (isAlways(filter) ? undefined : filter)

const isPushable = (scope: Scope, filter: Filter): boolean =>
  splitFilter(scope.runtime.driver, scope.model, filter).residual === undefined

/**
 * All that must hold of the stored record, so that one conditional write can be the whole of it;
 * `undefined` where the store cannot evaluate it exactly.
 */
const directCondition = (
  scope: Scope,
  conditions: Conditions,
  rules: Filter | undefined,
): Filter | undefined => {
  if (rules === undefined) return undefined
  const condition = allOf([
    aliveFilter(scope) ?? ALWAYS,
    scope.access.readFilter(conditions.reads),
    conditions.filter,
    rules,
  ])
  return isPushable(scope, condition) ? condition : undefined
}

const carriedBy = (model: Scope['model'], input: unknown): readonly string[] => {
  const key = keyFields(model)
  return Object.keys(input as Fields).filter(
    (field) => (input as Fields)[field] !== undefined && !key.includes(field),
  )
}

/** `create`: never overwrites a live record, visible or not. */
export const createIntent = async (scope: Scope, input: unknown): Promise<Intent> => {
  const { model: entity } = scope
  const value = await validateRecord(scope.entity, input)
  const key = keyOf(entity, value)
  const rule = authorize(scope, key, 'create', undefined, value, carriedBy(entity, input))
  const condition = expiredFilter(scope)
  const expect = condition === undefined ? 'absent' : 'any'
  return {
    operation: 'create',
    key,
    rule,
    propose: async (current) => {
      if (live(scope, current) !== undefined) throw alreadyExists(scope)
      return { next: value, rule }
    },
    direct: (id) => ({ kind: 'put', entity, key, id, value, expect, condition }),
  }
}

/** `put`: creates or overwrites. Sensitive fields that the actor neither sees nor names stay as stored. */
export const putIntent = async (scope: Scope, input: unknown): Promise<Intent> => {
  const { access, model: entity } = scope
  const value = await validateRecord(scope.entity, input)
  const key = keyOf(entity, value)
  const carried = carriedBy(entity, input)
  const creation = access.decide('create', undefined, value, carried)
  const rules = access.writeFilter('update', {
    carried,
    isKnown: () => true,
    known: value,
    relative: [],
  })
  const update = access.isUnrestricted
    ? ALWAYS
    : allOf([aliveFilter(scope) ?? ALWAYS, access.readFilter([]), rules ?? NEVER])
  const expired = expiredFilter(scope)
  const condition = guard(
    expired === undefined || !creation.allowed ? update : anyOf([expired, update]),
  )
  const mustRead =
    !access.isUnrestricted &&
    (rules === undefined ||
      entity.sensitive.length > 0 ||
      access.limitsFields ||
      !isPushable(scope, update))
  const isHidden = (field: string, old: Fields): boolean =>
    entity.sensitive.includes(field) && !access.reveals(field, old)
  /** What the actor neither sees nor names: it stays as stored. */
  const hiddenOf = (old: Fields): Fields =>
    Object.fromEntries(
      entity.sensitive
        .filter(
          (field) => !carried.includes(field) && old[field] !== undefined && isHidden(field, old),
        )
        .map((field) => [field, old[field]]),
    )
  return {
    operation: 'put',
    key,
    rule: creation.rule,
    propose: async (current) => {
      const old = live(scope, current)?.value
      if (old === undefined)
        return { next: value, rule: authorize(scope, key, 'create', undefined, value, carried) }
      if (!access.canRead(old)) {
        // Who may not create it must not learn that it exists either.
        authorize(scope, key, 'create', undefined, value, carried)
        throw alreadyExists(scope)
      }
      const kept = hiddenOf(old)
      const allow = (next: Fields): Proposal => {
        // A hidden field that the input names counts as changed, or success would tell a right guess.
        const changed = Object.keys(entity.fields).filter(
          (field) =>
            !deepEqual(old[field], next[field]) ||
            (carried.includes(field) && isHidden(field, old)),
        )
        return { next, rule: authorize(scope, key, 'update', old, next, changed) }
      }
      const allowed = allow({ ...value, ...kept })
      if (Object.keys(kept).length === 0 || scope.entity.fieldSchemas !== undefined) return allowed
      const merged = { ...(input as Fields), ...kept }
      return allow({ ...(await validateMerged(scope.entity, merged, carried)), ...kept })
    },
    direct: mustRead
      ? undefined
      : (id) => ({
          kind: 'put',
          entity,
          key,
          id,
          value,
          expect: creation.allowed ? 'any' : 'present',
          condition,
        }),
  }
}

/** `update`: changes some fields of a record the actor may read. */
export const updateIntent = async (
  scope: Scope,
  key: Key,
  input: unknown,
  options: RawConditions,
): Promise<Intent> => {
  const { access, model: entity } = scope
  const parsed = parsePatch(entity, input)
  const conditions = conditionsOf(scope, { operation: 'update', key }, options, [
    ...Object.keys(parsed.increment),
    ...Object.keys(parsed.append),
  ])
  const fieldwise = isFieldwise(scope.entity, parsed)
  const patch = fieldwise ? await validateFieldwise(scope.entity, parsed) : parsed
  const { set, remove, increment, fields } = patch
  const rules = fieldwise
    ? access.writeFilter('update', {
        carried: fields,
        isKnown: (field) => Object.hasOwn(set, field) || remove.includes(field),
        known: set,
        relative: Object.keys(increment),
      })
    : undefined
  const condition = directCondition(
    scope,
    conditions,
    rules && allOf([rules, noOverflow(entity, increment)]),
  )
  return {
    operation: 'update',
    key,
    rule: access.soleRule('update'),
    propose: async (current) => {
      const old = isVisible(scope, current) ? current : undefined
      if (old === undefined)
        throw error(
          scope,
          'NOT_FOUND',
          `There is no such ${entity.name}; use create() or put() to make one.`,
        )
      checkReadable(scope, old.value, conditions)
      const merged = applyPatch(entity, old.value, patch)
      let next: Fields
      try {
        next = await validateMerged(scope.entity, merged, fields)
      } catch (refusal) {
        // A rule across fields tells nothing of hidden ones to those who may not write the record.
        authorize(scope, key, 'update', old.value, merged, fields)
        throw refusal
      }
      const rule = authorize(scope, key, 'update', old.value, next, fields)
      checkConditions(scope, old, conditions)
      return { next, rule }
    },
    direct: condition
      ? (id) => ({
          kind: 'patch',
          entity,
          key,
          id,
          expect: 'present',
          version: conditions.version,
          condition: guard(condition),
          set,
          remove,
          increment,
        })
      : undefined,
  }
}

/** `delete`: removes a record the actor may read; does nothing where there is none. */
export const deleteIntent = (scope: Scope, input: unknown, options: RawConditions): Intent => {
  const { access, model: entity } = scope
  const key = parseKey(entity, input)
  const conditions = conditionsOf(scope, { operation: 'delete', key }, options)
  const condition = directCondition(
    scope,
    conditions,
    access.writeFilter('delete', { carried: [], isKnown: () => false, known: {}, relative: [] }),
  )
  return {
    operation: 'delete',
    key,
    rule: access.soleRule('delete'),
    propose: async (current) => {
      const old = isVisible(scope, current) ? current : undefined
      if (old === undefined) return undefined
      const rule = authorize(scope, key, 'delete', old.value, undefined, [])
      checkReadable(scope, old.value, conditions)
      checkConditions(scope, old, conditions)
      return { next: null, rule }
    },
    direct: condition
      ? (id) => ({
          kind: 'delete',
          entity,
          key,
          id,
          expect: 'present',
          version: conditions.version,
          condition: guard(condition),
        })
      : undefined,
  }
}
