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
const after = (
  scope: Scope,
  intent: Intent,
  rule: string | undefined,
  record: StoredRecord | undefined,
): Fields | undefined => {
  audit(scope, intent.operation, intent.key, 'allowed', rule)
  return record === undefined ? undefined : present(scope, record)
}

/** One way to carry out an intent. */
export interface Attempt {
  /** The version of the record that it was decided on. */
  readonly version?: string | undefined
  readonly make: (id: string) => Write
  /** What the caller gets once it is applied, with what the store returned. */
  readonly row: (id: string, record: StoredRecord | undefined) => Fields | undefined
}

/** One conditional write, where that can be the whole of it. */
export const directly = (scope: Scope, intent: Intent): Attempt | undefined => {
  const { direct: make, rule } = intent
  if (make === undefined) return undefined
  const row: Attempt['row'] = (id, record) => {
    const write = make(id)
    const put = write.kind === 'put' ? { value: write.value as Fields, version: id } : record
    return after(scope, intent, rule, put)
  }
  return { make, row }
}

/** Records as decisions are taken on them. */
export const readStored = (
  scope: Scope,
  keys: readonly Key[],
  { signal }: CallOptions,
): Promise<readonly (StoredRecord | undefined)[]> =>
  fetchRecords(scope, keys, { consistency: 'strong', signal })

/** A write on the version read, decided by what was read; `undefined` when there is nothing to do. */
export const decided = async (
  scope: Scope,
  intent: Intent,
  read: StoredRecord | undefined,
): Promise<Attempt | undefined> => {
  const proposal = await intent.propose(read)
  if (proposal === undefined) return undefined
  const { next, rule } = proposal
  return {
    version: read?.version,
    make: (id) => writeOf(scope, intent.key, read, proposal, id),
    row: (id) => after(scope, intent, rule, next === null ? read : { value: next, version: id }),
  }
}

/** An attempt that was sent before, which may have been applied. */
export interface Begun {
  readonly attempt: Attempt
  readonly start: Start
}

/**
 * Carries out an intent: in one conditional write where it can be, otherwise by reading, deciding and
 * writing on the version read; again when somebody else was faster. `begun` goes on with what was sent
 * before. Returns the new record, or after a delete the removed one.
 */
export const perform = async (
  scope: Scope,
  intent: Intent,
  options: CallOptions,
  begun?: Begun,
): Promise<Fields | undefined> => {
  const direct = directly(scope, intent)
  let { attempt, start }: Partial<Begun> = begun ?? {}
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    await standBack(scope.runtime, round, options.signal)
    attempt ??=
      direct ?? (await decided(scope, intent, (await readStored(scope, [intent.key], options))[0]))
    if (attempt === undefined) return undefined
    const { make, row } = attempt
    const result = await writeOnce(scope.runtime, (id) => [make(id)], options, start)
    if (result.applied) return row(result.id, result.records[0])
    if (attempt === direct && (await intent.propose(result.current)) === undefined) return undefined
    attempt = start = undefined
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
