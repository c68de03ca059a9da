import type { RawConditions } from './conditions.ts'
import type { CallOptions, Key, StoredRecord, Write } from './driver.ts'
import {
  createIntent,
  deleteIntent,
  type Intent,
  type Proposal,
  putIntent,
  updateIntent,
} from './intent.ts'
import { fetchRecords } from './reader.ts'
import { standBack } from './retry.ts'
import { audit, checkOptions, parseKey, present, type Scope } from './scope.ts'
import type { Fields } from './shape.ts'
import { keptChanging, type Start, writeOnce } from './write-guard.ts'

const MAX_ROUNDS = 100

/** The write that turns the record read into what was proposed, if it is still as read. */
export const writeOf = (
  { model: entity }: Scope,
  key: Key,
  read: StoredRecord | undefined,
  { next }: Proposal,
  id: string,
): Write => {
  const base = { entity, key, id, version: read?.version }
  if (next === null) return { ...base, kind: 'delete', expect: 'present' }
  return { ...base, kind: 'put', expect: read === undefined ? 'absent' : 'present', value: next }
}

/** The record after a write, as the actor sees it. */
export const after = (
  scope: Scope,
  intent: Intent,
  rule: string | undefined,
  record: StoredRecord | undefined,
): Fields | undefined => {
  audit(scope, intent.operation, intent.key, 'allowed', rule)
  return record === undefined ? undefined : present(scope, record)
}

/**
 * Carries out an intent: in one conditional write where it can be, otherwise by reading, deciding and
 * writing on the version read; again when somebody else was faster. `start` goes on with a direct
 * write sent before. Returns the new record, or after a delete the removed one.
 */
export const perform = async (
  scope: Scope,
  intent: Intent,
  options: CallOptions,
  start?: Start,
): Promise<Fields | undefined> => {
  const { key, direct } = intent
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    await standBack(scope.runtime, round, options.signal)
    if (direct !== undefined) {
      let sent: Write | undefined
      const make = (id: string): readonly Write[] => [(sent = direct(id))]
      const result = await writeOnce(scope.runtime, make, options, round === 0 ? start : undefined)
      if (result.applied) {
        const put =
          sent?.kind === 'put' ? { value: sent.value as Fields, version: result.id } : undefined
        return after(scope, intent, intent.rule, put ?? result.records[0])
      }
      if ((await intent.propose(result.current)) === undefined) return undefined
    } else {
      const [read] = await fetchRecords(scope, [key], {
        consistency: 'strong',
        signal: options.signal,
      })
      const proposal = await intent.propose(read)
      if (proposal === undefined) return undefined
      const result = await writeOnce(
        scope.runtime,
        (id) => [writeOf(scope, key, read, proposal, id)],
        options,
      )
      const { next, rule } = proposal
      if (result.applied)
        return after(
          scope,
          intent,
          rule,
          next === null ? read : { value: next, version: result.id },
        )
    }
  }
  throw keptChanging(scope.model.name)
}

/** Options of a write without conditions. */
export const CALL_OPTIONS: readonly string[] = ['signal']

/** `repository.create`. */
export const createRecord = async (
  scope: Scope,
  input: unknown,
  options: CallOptions = {},
): Promise<Fields> => {
  checkOptions(scope.model, options, CALL_OPTIONS)
  return (await perform(scope, await createIntent(scope, input), options)) ?? {}
}

/** `repository.put`. */
export const putRecord = async (
  scope: Scope,
  input: unknown,
  options: CallOptions = {},
): Promise<Fields> => {
  checkOptions(scope.model, options, CALL_OPTIONS)
  return (await perform(scope, await putIntent(scope, input), options)) ?? {}
}

/** `repository.update`. */
export const updateRecord = async (
  scope: Scope,
  key: unknown,
  patch: unknown,
  options: RawConditions = {},
): Promise<Fields> =>
  (await perform(
    scope,
    await updateIntent(scope, parseKey(scope.model, key), patch, options),
    options,
  )) ?? {}

/** `repository.delete`. */
export const deleteRecord = async (
  scope: Scope,
  key: unknown,
  options: RawConditions = {},
): Promise<Fields | undefined> => perform(scope, deleteIntent(scope, key, options), options)

/** How an update of this shape would run, for `explainUpdate`. */
export const explainUpdate = async (
  scope: Scope,
  patch: unknown,
): Promise<'one conditional write' | 'read, then write on the version read'> =>
  (await updateIntent(scope, [], patch, {})).direct === undefined
    ? 'read, then write on the version read'
    : 'one conditional write'
