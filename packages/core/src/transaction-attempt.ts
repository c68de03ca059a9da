import { type RawConditions } from './conditions.ts'
import type { CallOptions, Key, StoredRecord, Write } from './driver.ts'
import { HoldfastError, invalid, isHoldfastError, limitExceeded } from './error.ts'
import {
  createIntent,
  deleteIntent,
  type Intent,
  type Proposal,
  putIntent,
  updateIntent,
} from './intent.ts'
import { fetchRecords, shown } from './reader.ts'
import {
  audit,
  auditRead,
  checkOptions,
  isVisible,
  parseKey,
  present,
  type Scope,
} from './scope.ts'
import type { Fields } from './shape.ts'
import { recordSize } from './size.ts'
import { encodeTuple } from './tuple.ts'
import { laneOf } from './version.ts'
import { writeOnce } from './write-guard.ts'
import { writeOf } from './writer.ts'

const MAX_RECORDS = 100
const MAX_BYTES = 1.5 * 1024 * 1024

/** A record touched: what was read, and what is to become of it. */
interface Entry {
  readonly scope: Scope
  readonly key: Key
  readonly read: StoredRecord | undefined
  written?: Proposal & Pick<Intent, 'operation'>
}

/** Operations of one entity inside a transaction. */
export interface RawTransactionRepository {
  get(key: unknown, options?: unknown): Promise<Fields | undefined>
  getMany(keys: readonly unknown[], options?: unknown): Promise<(Fields | undefined)[]>
  create(input: unknown, options?: unknown): Promise<Fields>
  put(input: unknown, options?: unknown): Promise<Fields>
  update(key: unknown, patch: unknown, options?: RawConditions): Promise<Fields>
  delete(key: unknown, options?: RawConditions): Promise<Fields | undefined>
}

/** The signal is the transaction's. */
const CONDITIONS = ['if', 'ifVersion']

/** One run of a transaction's function: remembers what was read and buffers what is written. */
export class Attempt {
  readonly #entries = new Map<string, Entry>()
  readonly #options: CallOptions
  #writes = 0
  #bytes = 0
  #place: string | undefined
  #isOpen = true
  /** The version of everything this attempt writes, made early so that writes can return it. */
  #id = ''
  #isBehind = false
  /** Gives back the lane of the id, so that transactions under way have different ones. */
  #release: () => void = () => undefined

  constructor(options: CallOptions) {
    this.#options = options
  }

  repository(scope: Scope): RawTransactionRepository {
    const { model } = scope
    const read = async (key: unknown): Promise<Fields | undefined> =>
      this.#seen(await this.#load(scope, parseKey(model, key)))
    const write = async (prepare: () => Promise<Intent> | Intent): Promise<Fields> =>
      (await this.#write(scope, prepare)) ?? {}
    const checked = <T>(options: unknown, allowed: readonly string[], run: () => T): T => {
      if (options !== undefined) checkOptions(model, options, allowed)
      return run()
    }
    return {
      get: async (key, options) => checked(options, [], () => read(key)),
      getMany: async (keys, options) => checked(options, [], () => Promise.all(keys.map(read))),
      create: (input, options) =>
        write(() => checked(options, [], () => createIntent(scope, input))),
      put: (input, options) => write(() => checked(options, [], () => putIntent(scope, input))),
      update: (key, patch, options = {}) =>
        write(() =>
          checked(options, CONDITIONS, () =>
            updateIntent(scope, parseKey(model, key), patch, options),
          ),
        ),
      delete: (key, options = {}) =>
        this.#write(scope, () =>
          checked(options, CONDITIONS, () => deleteIntent(scope, key, options)),
        ),
    }
  }

  /** Ends the attempt, whatever became of it. */
  end(): void {
    this.#isOpen = false
    this.#release()
  }

  /** Commits. `false`: a record read has changed since, and nothing was written. */
  async commit(): Promise<boolean> {
    this.#isOpen = false
    const entries = [...this.#entries.values()].sort(
      (a, b) => Number(a.written === undefined) - Number(b.written === undefined),
    )
    const [first] = entries
    if (first === undefined || (entries.length === 1 && first.written === undefined)) return true
    if (this.#isBehind) return false
    const writes = entries.map(({ scope, key, read, written }): Write => {
      const { model: entity } = scope
      return written === undefined
        ? {
            kind: 'check',
            entity,
            key,
            id: this.#id,
            version: read?.version,
            expect: read === undefined ? 'absent' : 'present',
          }
        : writeOf(scope, key, read, written, this.#id)
    })
    const result = await writeOnce(first.scope.runtime, () => writes, this.#options, {
      id: this.#id,
      isFixed: true,
    })
    if (!result.applied) return false
    for (const { scope, key, written } of entries)
      if (written !== undefined) audit(scope, written.operation, key, 'allowed', written.rule)
    return true
  }

  async #seen({ scope, read, written }: Entry): Promise<Fields | undefined> {
    auditRead(scope)
    if (written === undefined)
      return isVisible(scope, read) ? shown(scope, copyOf(read)) : undefined
    if (written.next === null) return undefined
    const record = { value: { ...written.next }, version: this.#id }
    return isVisible(scope, record) ? present(scope, record) : undefined
  }

  async #write(scope: Scope, prepare: () => Promise<Intent> | Intent): Promise<Fields | undefined> {
    const at = this.#writes
    this.#writes += 1
    try {
      const intent = await prepare()
      const entry = await this.#load(scope, intent.key)
      const twice = (): void => {
        if (entry.written !== undefined)
          throw invalid(
            `a transaction writes each record once; combine the two writes to this ${scope.model.name}.`,
            scope.model.name,
          )
      }
      twice()
      const proposal = await intent.propose(entry.read)
      twice()
      if (proposal === undefined) return undefined
      const { next } = proposal
      this.#bytes += next === null ? 0 : recordSize(next)
      if (this.#bytes > MAX_BYTES)
        throw limitExceeded('a transaction writes at most 1.5 MiB; split it.', scope.model.name)
      entry.written = { ...proposal, operation: intent.operation }
      const shown = next === null ? entry.read : { value: next, version: this.#id }
      return shown === undefined
        ? undefined
        : present(scope, { ...shown, value: { ...shown.value } })
    } catch (error) {
      if (!isHoldfastError(error)) throw error
      throw new HoldfastError(error.code, `Write ${at} of the transaction: ${error.message}`, {
        entity: error.entity,
        field: error.field,
        rule: error.rule,
        retryable: error.retryable,
        outcome: error.outcome,
        write: at,
        cause: error.cause,
      })
    }
  }

  async #load(scope: Scope, key: Key): Promise<Entry> {
    const { model, runtime } = scope
    if (!this.#isOpen)
      throw invalid('The transaction is over; await everything inside its function.', model.name)
    const name = `${model.name} ${encodeTuple(key)}`
    const known = this.#entries.get(name)
    if (known !== undefined) return known
    this.#checkReach(scope, key)
    const [read] = await fetchRecords(scope, [key], {
      consistency: 'strong',
      signal: this.#options.signal,
    })
    const raced = this.#entries.get(name)
    if (raced !== undefined) return raced
    if (this.#entries.size === MAX_RECORDS)
      throw limitExceeded(
        `A transaction touches at most ${MAX_RECORDS} records; split it.`,
        model.name,
      )
    if (this.#id === '') {
      this.#id = runtime.versions.next()
      this.#release = runtime.versions.hold(this.#id)
    }
    if (read !== undefined && read.version >= this.#id) {
      this.#isBehind ||= [...this.#entries.values()].some(({ written }) => written !== undefined)
      this.#id = runtime.versions.next(read.version, laneOf(this.#id))
    }
    const entry: Entry = { scope, key, read }
    this.#entries.set(name, entry)
    return entry
  }

  /** One partition of one group, unless the store's transactions reach further. */
  #checkReach({ model, runtime }: Scope, key: Key): void {
    if (runtime.driver.capabilities.transactions === 'store') return
    const place = `${model.group} ${encodeTuple(key.slice(0, model.key.partition.length))}`
    this.#place ??= place
    if (place !== this.#place)
      throw new HoldfastError(
        'UNSUPPORTED',
        `A transaction on ${runtime.driver.name} stays in one partition of one group (capability transactions); ${model.name} leaves it.`,
        { entity: model.name },
      )
  }
}

const copyOf = ({ value, version }: StoredRecord): StoredRecord => ({
  value: { ...value },
  version,
})
