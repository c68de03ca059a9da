/**
 * The reference driver: records in this process's memory, with core's own evaluator. It is the
 * oracle that every other store is compared with, and a store for tests. Nothing survives `close`.
 */
import type { Capabilities } from './capabilities.ts'
import { cancelled, keyOf, orderFields, positionOf } from './driver-helpers.ts'
import { refuses, valueAfter } from './driver-writes.ts'
import type {
  CallOptions,
  ChangeDriver,
  Classification,
  Key,
  Position,
  QueryPage,
  QueryRequest,
  SegmentDriver,
  StoredChange,
  StoredRecord,
  SweepingDriver,
  Write,
  WriteResult,
} from './driver.ts'
import { HoldfastError, isHoldfastError } from './error.ts'
import { compareScalars, compileFilter } from './filter.ts'
import {
  comparePositions,
  copyFields,
  inRange,
  inSegment,
  segmentsOf,
  stored,
} from './memory-order.ts'
import type { EntityModel } from './shape.ts'
import { encodeTuple } from './tuple.ts'
import { withId } from './version.ts'

export interface Held {
  readonly key: Key
  readonly value: Readonly<Record<string, unknown>>
  readonly version: string
  readonly history: string
}

const CAPABILITIES: Capabilities = {
  transactions: 'store',
  indexConsistency: 'strong',
  strongReads: 'strong',
  uniqueIndexes: 'store',
  changes: 'log',
  physicalExpiry: 'sweeper',
  segments: 'many',
}

interface Logged {
  readonly entity: string
  readonly key: Key
  readonly held: Held | undefined
}

/** Makes a store that lives in memory. Each call makes a separate one. */
export const memory = (): SweepingDriver & ChangeDriver & SegmentDriver => {
  const tables = new Map<string, Map<string, Held>>()
  const log: Logged[] = []
  let wake: (() => void)[] = []
  let isClosed = false

  const tableOf = (entity: EntityModel): Map<string, Held> => {
    if (isClosed) throw new HoldfastError('MISCONFIGURED', 'This memory store is closed.')
    let table = tables.get(entity.name)
    if (table === undefined) tables.set(entity.name, (table = new Map()))
    return table
  }
  const check = ({ signal }: CallOptions): void => {
    if (signal?.aborted === true) throw cancelled(signal, 'not_applied')
  }

  const takesUnique = (
    write: Write,
    table: Map<string, Held>,
    id: string,
    value: Readonly<Record<string, unknown>>,
  ): boolean =>
    Object.values(write.entity.indexes).some((index) => {
      if (!index.unique) return false
      const fields = [...index.partition, ...index.sort]
      const wanted = positionOf(fields, value)
      if (wanted.includes(null)) return false
      return [...table].some(
        ([other, held]) =>
          other !== id && comparePositions(positionOf(fields, held.value), wanted) === 0,
      )
    })

  const apply = (write: Write): WriteResult => {
    const table = tableOf(write.entity)
    const id = encodeTuple(write.key)
    const held = table.get(id)
    if (refuses(held, write))
      return { applied: false, current: held === undefined ? null : stored(held, true) }
    if (write.kind === 'check') return { applied: true }
    if (write.kind === 'delete') {
      table.delete(id)
      log.push({ entity: write.entity.name, key: write.key, held: undefined })
      return held === undefined ? { applied: true } : { applied: true, record: stored(held) }
    }
    const value = copyFields(valueAfter(write, held?.value) ?? {})
    if (takesUnique(write, table, id, value))
      throw new HoldfastError(
        'ALREADY_EXISTS',
        `Another ${write.entity.name} has these unique values.`,
        { entity: write.entity.name },
      )
    const history = withId(held?.history ?? '', write.id)
    const made: Held = { key: write.key, value, version: write.id, history }
    table.set(id, made)
    log.push({ entity: write.entity.name, key: write.key, held: made })
    return write.kind === 'patch' ? { applied: true, record: stored(made) } : { applied: true }
  }

  const applyAll = (writes: readonly Write[]): readonly WriteResult[] => {
    const before = writes
      .map((write) => [tableOf(write.entity), encodeTuple(write.key)] as const)
      .map(([table, id]) => [table, id, table.get(id)] as const)
    const logged = log.length
    const restore = (): void => {
      log.length = logged
      for (const [table, id, held] of before)
        if (held === undefined) table.delete(id)
        else table.set(id, held)
    }
    try {
      const results = writes.map(apply)
      if (results.some((result) => !result.applied)) restore()
      return results
    } catch (error) {
      restore()
      throw error
    }
  }

  const applyEach = (write: Write): WriteResult => {
    try {
      return apply(write)
    } catch (error) {
      return { applied: false, error }
    }
  }

  const select = (request: QueryRequest): readonly StoredRecord[] => {
    const { entity, index, partition, segment, prefix, range, filter } = request
    const path = index ?? entity.key
    const fixed = [...path.partition, ...path.sort.slice(0, prefix.length)]
    const values = [...(partition ?? []), ...prefix]
    const ranged = path.sort[prefix.length]
    const test = filter === undefined ? undefined : compileFilter(filter)
    const isIn = segment === undefined ? undefined : inSegment(segment)
    const order = orderFields(entity, index, partition === undefined)
    const sign = request.descending ? -1 : 1
    const { after } = request
    const found: { readonly held: Held; readonly position: Position }[] = []
    for (const held of tableOf(entity).values()) {
      const { value } = held
      if (
        partition !== undefined &&
        !fixed.every((field, at) => compareScalars(value[field], values[at]) === 0)
      )
        continue
      if (
        index !== undefined &&
        [...index.partition, ...index.sort].some((field) => value[field] === undefined)
      )
        continue
      if (isIn !== undefined && !isIn(held.key)) continue
      if (range !== undefined && ranged !== undefined && !inRange(range, value[ranged])) continue
      if (test !== undefined && test(value) !== true) continue
      const position = positionOf(order, value)
      if (after !== undefined && comparePositions(position, after) * sign <= 0) continue
      found.push({ held, position })
    }
    found.sort((a, b) => comparePositions(a.position, b.position) * sign)
    return found.map(({ held }) => stored(held))
  }

  return {
    name: 'memory',
    capabilities: CAPABILITIES,
    pushes: () => true,
    get: async (entity, keys, options) => {
      check(options)
      const table = tableOf(entity)
      return keys.map((key) => {
        const held = table.get(encodeTuple(key))
        return held === undefined ? undefined : stored(held, options.history)
      })
    },
    write: async (writes, options) => {
      check(options)
      const results =
        options.atomic || writes.length === 1 ? applyAll(writes) : writes.map(applyEach)
      for (const one of wake) one()
      wake = []
      return results
    },
    query: async (request, options): Promise<QueryPage> => {
      check(options)
      const found = select(request)
      if (request.count) return { records: [], count: found.length }
      const records = found.slice(0, request.limit)
      const last = records.at(-1)
      const order = orderFields(request.entity, request.index, request.partition === undefined)
      return found.length > records.length && last !== undefined
        ? { records, next: positionOf(order, last.value) }
        : { records }
    },
    classify: (error): Classification =>
      isHoldfastError(error)
        ? error
        : { code: 'INTERNAL', retryable: false, outcome: 'not_applied' },
    schema: { plan: async () => [], apply: async () => [] },
    native: () => tables,
    close: async () => {
      isClosed = true
      tables.clear()
    },
    sweep: async (entity, now, limit, options) => {
      check(options)
      const table = tableOf(entity)
      const { expiresAt } = entity
      const due = [...table]
        .filter(
          ([, { value }]) =>
            expiresAt !== undefined && value[expiresAt] instanceof Date && value[expiresAt] <= now,
        )
        .slice(0, limit)
      for (const [id, { value }] of due) {
        table.delete(id)
        log.push({ entity: entity.name, key: keyOf(entity, value), held: undefined })
      }
      return due.length
    },
    segments: (_, count) => segmentsOf(count),
    async *changes(entity, from, { signal }): AsyncGenerator<StoredChange> {
      const isOver = (): boolean => isClosed || signal?.aborted === true
      for (let at = from === undefined ? 0 : Number(from) + 1; !isOver(); at += 1) {
        while (at >= log.length) {
          if (isOver()) return
          await new Promise<void>((resolve) => {
            wake.push(resolve)
            signal?.addEventListener('abort', () => resolve(), { once: true })
          })
        }
        const entry = log[at]
        if (entry?.entity !== entity.name) continue
        const position = String(at)
        if (entry.held === undefined) yield { type: 'delete', key: entry.key, position }
        else yield { type: 'upsert', key: entry.key, record: stored(entry.held), position }
      }
    },
  }
}
