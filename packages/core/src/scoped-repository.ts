import { type BulkResult, createMany, deleteMany, putMany } from './bulk.ts'
import { type ChangeCounts, deleteWhere, updateWhere } from './change-where.ts'
import { changes, type RawChange } from './changes.ts'
import { type RawConditions } from './conditions.ts'
import type { CallOptions, GetOptions } from './driver.ts'
import { count, each, explain, find, getMany, getOne } from './reader.ts'
import { auditRead, type Scope, traced } from './scope.ts'
import type { Fields } from './shape.ts'
import { createRecord, deleteRecord, explainUpdate, putRecord, updateRecord } from './writer.ts'

interface Waiting {
  readonly key: unknown
  readonly resolve: (row: Fields | undefined) => void
  readonly reject: (error: unknown) => void
}

const GET_OPTIONS = { consistency: 'strong' } as const

/** Behind the typed `Repository`: one actor's access to one entity. */
export class ScopedRepository {
  readonly #scope: Scope
  readonly #coalesce: boolean
  #waiting: Waiting[] = []

  constructor(scope: Scope, coalesce: boolean) {
    this.#scope = scope
    this.#coalesce = coalesce
  }

  get(key: unknown, options?: GetOptions): Promise<Fields | undefined> {
    return this.#coalesce && options === undefined
      ? this.#enqueue(key)
      : this.#read('get', () => getOne(this.#scope, key, options ?? GET_OPTIONS))
  }

  getMany(
    keys: readonly unknown[],
    options: GetOptions = GET_OPTIONS,
  ): Promise<(Fields | undefined)[]> {
    return this.#read('getMany', () => getMany(this.#scope, keys, options))
  }

  find(query: unknown = {}): ReturnType<typeof find> {
    return this.#read('find', () => find(this.#scope, query))
  }

  each(query: unknown = {}): AsyncIterable<Fields> {
    auditRead(this.#scope)
    return each(this.#scope, query)
  }

  count(query: unknown = {}): Promise<number> {
    return this.#read('count', () => count(this.#scope, query))
  }

  explain(query: unknown = {}): ReturnType<typeof explain> {
    return explain(this.#scope, query)
  }

  explainUpdate(patch: unknown): ReturnType<typeof explainUpdate> {
    return explainUpdate(this.#scope, patch)
  }

  create(input: unknown, options?: CallOptions): Promise<Fields> {
    return traced(this.#scope, 'create', () => createRecord(this.#scope, input, options))
  }

  put(input: unknown, options?: CallOptions): Promise<Fields> {
    return traced(this.#scope, 'put', () => putRecord(this.#scope, input, options))
  }

  update(key: unknown, patch: unknown, options?: RawConditions): Promise<Fields> {
    return traced(this.#scope, 'update', () => updateRecord(this.#scope, key, patch, options))
  }

  delete(key: unknown, options?: RawConditions): Promise<Fields | undefined> {
    return traced(this.#scope, 'delete', () => deleteRecord(this.#scope, key, options))
  }

  createMany(inputs: readonly unknown[], options?: CallOptions): Promise<BulkResult<Fields>[]> {
    return traced(this.#scope, 'createMany', () => createMany(this.#scope, inputs, options))
  }

  putMany(inputs: readonly unknown[], options?: CallOptions): Promise<BulkResult<Fields>[]> {
    return traced(this.#scope, 'putMany', () => putMany(this.#scope, inputs, options))
  }

  deleteMany(
    keys: readonly unknown[],
    options?: CallOptions,
  ): Promise<BulkResult<Fields | undefined>[]> {
    return traced(this.#scope, 'deleteMany', () => deleteMany(this.#scope, keys, options))
  }

  updateWhere(query: unknown, patch: unknown): Promise<ChangeCounts> {
    return traced(this.#scope, 'updateWhere', () => updateWhere(this.#scope, query, patch))
  }

  deleteWhere(query: unknown): Promise<ChangeCounts> {
    return traced(this.#scope, 'deleteWhere', () => deleteWhere(this.#scope, query))
  }

  changes(options: CallOptions & { readonly from?: string } = {}): AsyncIterable<RawChange> {
    auditRead(this.#scope)
    return changes(this.#scope, options)
  }

  #read<T>(operation: string, run: () => Promise<T>): Promise<T> {
    auditRead(this.#scope)
    return traced(this.#scope, operation, run)
  }

  /** Collects the gets of one tick and sends them as one. */
  #enqueue(key: unknown): Promise<Fields | undefined> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.push({ key, resolve, reject }) === 1)
        queueMicrotask(() => void this.#flush())
    })
  }

  async #flush(): Promise<void> {
    const waiting = this.#waiting
    this.#waiting = []
    const settleAlone = ({ key, resolve, reject }: Waiting): Promise<void> =>
      getOne(this.#scope, key, GET_OPTIONS).then(resolve, reject)
    try {
      const rows = await this.getMany(waiting.map(({ key }) => key))
      waiting.forEach(({ resolve }, at) => resolve(rows[at]))
    } catch {
      // One bad key must not fail the gets it happened to travel with.
      await Promise.all(waiting.map(settleAlone))
    }
  }
}
