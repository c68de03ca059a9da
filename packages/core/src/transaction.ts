import type { CallOptions, Key, StoredRecord, Write } from './driver.ts'
import { cancelled, keyOf } from './driver-helpers.ts'
import { HoldfastError, invalid, limitExceeded } from './error.ts'
import { applyPatch, parsePatch, validateMerged, validateRecord } from './patch.ts'
import { fetchRecords } from './reader.ts'
import { audit, denied, isExpired, parseKey, present, visible, type Fields, type Scope } from './scope.ts'
import type { AuditEvent } from './telemetry.ts'
import { encodeTuple } from './tuple.ts'
import { deepEqual, recordSize } from './value.ts'
import { writeOnce } from './write-guard.ts'
import { alreadyExists, forbidden, given, notFound, parseConditions, preserved, readable, refusal, type RawConditions } from './writer.ts'

const MAX_RECORDS = 100
const MAX_BYTES = 1.5 * 1024 * 1024

/** A record touched: what was read, and what is to be written. */
interface Entry {
  readonly scope: Scope
  readonly key: Key
  readonly read: StoredRecord | undefined
  next?: Fields | null
  write?: { readonly operation: AuditEvent['operation']; readonly rule: string | undefined; readonly position: number }
}

/** Operations of one entity inside a transaction. */
export interface RawTransactionRepository {
  get(key: unknown): Promise<Fields | undefined>
  getMany(keys: readonly unknown[]): Promise<(Fields | undefined)[]>
  create(input: unknown): Promise<Fields>
  put(input: unknown): Promise<Fields>
  update(key: unknown, patch: unknown, options?: RawConditions): Promise<Fields>
  delete(key: unknown, options?: RawConditions): Promise<Fields | undefined>
}

/** One run of a transaction's function: remembers what was read and buffers what is written. */
class Attempt {
  readonly #entries = new Map<string, Entry>()
  readonly #options: CallOptions
  #writes = 0
  #bytes = 0
  #place: string | undefined
  #isOpen = true
  /** The version of everything this attempt writes, made early so that `create` and the others can return it. */
  #id = ''
  #isBehind = false

  constructor(options: CallOptions) {
    this.#options = options
  }

  repository(scope: Scope): RawTransactionRepository {
    const { model, access } = scope
    return {
      get: async (key) => this.#seen(await this.#load(scope, parseKey(model, key))),
      getMany: (keys) => Promise.all(keys.map(async (key) => this.#seen(await this.#load(scope, parseKey(model, key))))),
      create: async (input) => {
        const value = await validateRecord(scope.entity, input)
        const entry = await this.#load(scope, keyOf(model, value))
        const carried = given(scope, input)
        const decision = access.decide('create', undefined, value, carried)
        if (!decision.allowed) throw denied(scope, 'create', entry.key, this.#at(forbidden(scope, 'create', decision.rule, decision.field)))
        if (live(entry) !== undefined) throw this.#at(alreadyExists(scope))
        return this.#buffer(entry, 'create', decision.rule, value)
      },
      put: async (input) => {
        const value = await validateRecord(scope.entity, input)
        const entry = await this.#load(scope, keyOf(model, value))
        const old = live(entry)
        const carried = given(scope, input)
        if (old !== undefined && readable(scope, old) === undefined) throw this.#at(alreadyExists(scope))
        const next = old === undefined ? value : preserved(scope, old, value, carried)
        const changed = old === undefined ? carried : Object.keys(model.fields).filter((field) => !deepEqual(old.value[field], next[field]))
        const decision = access.decide(old === undefined ? 'create' : 'update', old?.value, next, changed)
        if (!decision.allowed) throw denied(scope, 'put', entry.key, this.#at(forbidden(scope, 'put', decision.rule, decision.field)))
        return this.#buffer(entry, 'put', decision.rule, next)
      },
      update: async (key, patchInput, conditions = {}) => {
        const patch = parsePatch(model, patchInput)
        const checked = parseConditions(scope, conditions)
        const entry = await this.#load(scope, parseKey(model, key))
        const old = readable(scope, live(entry))
        if (old === undefined) throw this.#at(notFound(scope))
        const next = await validateMerged(scope.entity, applyPatch(model, old.value, patch), patch)
        const error = refusal(scope, 'update', old, next, patch.fields, checked)
        if (error !== undefined) throw denied(scope, 'update', entry.key, this.#at(error))
        return this.#buffer(entry, 'update', access.decide('update', old.value, next, patch.fields).rule, next)
      },
      delete: async (key, conditions = {}) => {
        const checked = parseConditions(scope, conditions)
        const entry = await this.#load(scope, parseKey(model, key))
        const old = readable(scope, live(entry))
        if (old === undefined) return undefined
        const error = refusal(scope, 'delete', old, undefined, [], checked)
        if (error !== undefined) throw denied(scope, 'delete', entry.key, this.#at(error))
        this.#buffer(entry, 'delete', access.decide('delete', old.value, undefined, []).rule, null)
        return present(scope, copyOf(old))
      },
    }
  }

  /** Commits. `false`: a record read has changed since, and nothing was written. */
  async commit(): Promise<boolean> {
    this.#isOpen = false
    const entries = [...this.#entries.values()]
    const [first] = entries
    if (first === undefined || (entries.length === 1 && first.next === undefined)) return true
    entries.sort((a, b) => Number(b.next !== undefined) - Number(a.next !== undefined))
    if (this.#isBehind) return false
    const result = await writeOnce(first.scope.runtime, (id) => entries.map((entry) => writeOf(entry, id)), this.#options, this.#id)
    if (!result.applied) return false
    for (const { scope, key, write } of entries) if (write !== undefined) audit(scope, write.operation, key, 'allowed', write.rule)
    return true
  }

  /** Marks which write an error belongs to. */
  #at(error: HoldfastError): HoldfastError {
    return new HoldfastError(error.code, `Write ${this.#writes} of the transaction: ${error.message}`, { ...error, write: this.#writes, cause: error.cause })
  }

  #seen(entry: Entry): Fields | undefined {
    if (entry.next === null) return undefined
    if (entry.next === undefined) return visible(entry.scope, entry.read === undefined ? undefined : copyOf(entry.read))
    return entry.scope.access.canRead(entry.next) ? present(entry.scope, { value: { ...entry.next }, version: this.#id }) : undefined
  }

  async #load(scope: Scope, key: Key): Promise<Entry> {
    if (!this.#isOpen) throw invalid('The transaction is over; await everything inside its function.', { entity: scope.model.name })
    const id = `${scope.model.name} ${encodeTuple(key)}`
    const known = this.#entries.get(id)
    if (known !== undefined) return known
    this.#checkReach(scope, key)
    const [read] = await fetchRecords(scope, [key], { consistency: 'strong', signal: this.#options.signal })
    const raced = this.#entries.get(id)
    if (raced !== undefined) return raced
    if (this.#entries.size === MAX_RECORDS) throw limitExceeded(`A transaction touches at most ${MAX_RECORDS} records; split it.`, { entity: scope.model.name })
    const { versions } = scope.runtime
    if (this.#id === '') this.#id = versions.next()
    if (read !== undefined && read.version >= this.#id) {
      if (this.#writes > 0) this.#isBehind = true
      this.#id = versions.next(read.version)
    }
    const entry: Entry = { scope, key, read }
    this.#entries.set(id, entry)
    return entry
  }

  /** One partition of one group, unless the store's transactions reach further. */
  #checkReach({ model, runtime }: Scope, key: Key): void {
    if (runtime.driver.capabilities.transactions === 'store') return
    const place = `${model.group} ${encodeTuple(key.slice(0, model.key.partition.length))}`
    this.#place ??= place
    if (place !== this.#place)
      throw new HoldfastError('UNSUPPORTED', `A transaction on ${runtime.driver.name} stays in one partition of one group (capability transactions); ${model.name} leaves it.`, { entity: model.name })
  }

  #buffer(entry: Entry, operation: AuditEvent['operation'], rule: string | undefined, next: Fields | null): Fields {
    const { scope } = entry
    if (entry.write !== undefined) throw invalid(`A transaction writes each record once; combine the two writes to this ${scope.model.name}.`, { entity: scope.model.name, write: this.#writes })
    this.#bytes += next === null ? 0 : recordSize(next)
    if (this.#bytes > MAX_BYTES) throw limitExceeded('A transaction writes at most 1.5 MiB; split it.', { entity: scope.model.name })
    entry.write = { operation, rule, position: this.#writes }
    entry.next = next
    this.#writes += 1
    return next === null ? {} : present(scope, { value: { ...next }, version: this.#id })
  }
}

const live = ({ scope, read, next }: Entry): StoredRecord | undefined => {
  if (next !== undefined) throw invalid(`A transaction writes each record once; combine the two writes to this ${scope.model.name}.`, { entity: scope.model.name })
  return read === undefined || isExpired(scope, read) ? undefined : read
}

const copyOf = ({ value, version }: StoredRecord): StoredRecord => ({ value: { ...value }, version })

const writeOf = ({ scope, key, read, next }: Entry, id: string): Write => {
  const base = { entity: scope.model, key, id, version: read?.version }
  const expect = read === undefined ? 'absent' : 'present'
  if (next === undefined) return { ...base, kind: 'check', expect }
  if (next === null) return { ...base, kind: 'delete', expect: 'present' }
  return { ...base, kind: 'put', expect, value: next }
}

/** Options of `transaction`. */
export interface TransactionOptions extends CallOptions {
  /** How often the function is run again after a conflict. Default 5. */
  readonly retries?: number
}

/**
 * Runs `fn` over buffered repositories and commits what it wrote as one atomic conditional write
 * that fails if any record read has changed; then runs it again. Serialisable for the keys touched.
 * @throws `ABORTED` when conflicts outlast `retries`; whatever `fn` throws, with nothing written.
 */
export const runTransaction = async <T>(
  scopes: Readonly<Record<string, () => Scope>>,
  fn: (transaction: Readonly<Record<string, RawTransactionRepository>>) => Promise<T>,
  options: TransactionOptions,
): Promise<T> => {
  const { retries = 5, signal } = options
  for (let made = 0; ; made += 1) {
    if (signal?.aborted === true) throw cancelled(signal, 'not_applied')
    const attempt = new Attempt(options)
    const repositories: Record<string, RawTransactionRepository> = {}
    let runtime: Scope['runtime'] | undefined
    for (const [name, scopeOf] of Object.entries(scopes)) {
      Object.defineProperty(repositories, name, {
        enumerable: true,
        get: () => {
          const scope = scopeOf()
          runtime ??= scope.runtime
          if (runtime !== scope.runtime)
            throw new HoldfastError('UNSUPPORTED', `${scope.model.name} is routed to another back end; a transaction stays on one.`, { entity: scope.model.name })
          return attempt.repository(scope)
        },
      })
    }
    const result = await fn(repositories)
    try {
      if (await attempt.commit()) return result
    } catch (error) {
      if (!(error instanceof HoldfastError) || error.code !== 'ABORTED' || error.outcome !== 'not_applied') throw error
    }
    if (made === retries)
      throw new HoldfastError('ABORTED', `The transaction met a conflict ${made + 1} times; repeat it later.`, { retryable: true })
    const { environment, retry } = (runtime as Scope['runtime'] | undefined) ?? {}
    if (environment !== undefined && retry !== undefined)
      await environment.sleep(environment.random() * Math.min(retry.maxMs, (retry.baseMs / 5) * 2 ** made), signal)
  }
}
