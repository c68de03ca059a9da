import {
  encodeTuple,
  type EntityModel,
  type PutWrite,
  type Write,
  type WriteResult,
} from '@holdfast/core/driver'
import type { Call, Raw, Reply, Task } from './connection/connection.ts'
import type { Arrays, Dialect } from './dialect/dialect.ts'
import { Parameters, type Table, type Tables } from './table.ts'
import {
  APPLIED,
  callOf,
  holdCalls,
  insertColumns,
  nullsOf,
  onConflict,
  rawOf,
  REFUSED,
  resultOf,
} from './write.ts'

// One write as steps of a transaction.
function* writeTask(dialect: Dialect, table: Table, write: Write): Task<WriteResult> {
  if (write.kind !== 'check' || write.expect !== 'absent' || !dialect.holdsAbsence)
    return resultOf(table, write, yield callOf(table, write))
  const [hold, release] = holdCalls(table, write)
  const { count } = yield hold
  if (count === 0) return REFUSED
  yield release
  return APPLIED
}

/** Positions of writes in one order of their keys, the same in every process, to lock them in. */
const lockOrder = (tables: Tables, writes: readonly Write[]): readonly number[] => {
  const texts = writes.map(({ entity, key }) =>
    tables.of(entity).pushKey(key, [entity.name]).join('\0'),
  )
  return texts.map((_, at) => at).sort((a, b) => ((texts[a] ?? '') < (texts[b] ?? '') ? -1 : 1))
}

/**
 * All writes of an atomic list, every one of them tried. Results are in the order of the list.
 *
 * @yields the statements, to be run in one transaction
 */
export function* atomicTask(
  dialect: Dialect,
  tables: Tables,
  writes: readonly Write[],
): Task<readonly WriteResult[]> {
  const results: WriteResult[] = writes.map(() => REFUSED)
  for (const at of lockOrder(tables, writes)) {
    const write = writes[at]
    if (write !== undefined) results[at] = yield* writeTask(dialect, tables.of(write.entity), write)
  }
  return results
}

/**
 * Writes that stand alone, in one transaction where a failed statement undoes only itself.
 *
 * @yields the statements, to be run in one transaction
 */
export function* eachTask(
  dialect: Dialect,
  tables: Tables,
  writes: readonly Write[],
): Task<readonly WriteResult[]> {
  const results: WriteResult[] = []
  for (const write of writes) {
    try {
      results.push(yield* writeTask(dialect, tables.of(write.entity), write))
    } catch (error) {
      if (!dialect.isItemError(error)) throw error
      results.push({ applied: false, error })
    }
  }
  return results
}

/** Whether a write can share a statement with others. */
const isBulk = (write: Write): write is PutWrite =>
  write.kind === 'put' &&
  write.expect !== 'present' &&
  write.version === undefined &&
  write.condition === undefined

/** Positions of writes: those that can share a statement, by statement, and all others. */
export interface Groups {
  readonly shared: readonly (readonly number[])[]
  readonly single: readonly number[]
}

/** Groups the writes of a list that is not atomic. Every group is in the order of keys. */
export const groupsOf = (tables: Tables, writes: readonly Write[]): Groups => {
  const single: number[] = []
  const shared = new Map<string, number[]>()
  const models = new Map<string, EntityModel>()
  for (const at of lockOrder(tables, writes)) {
    const write = writes[at]
    if (write === undefined) continue
    const name = `${write.expect} ${write.entity.name}`
    const model = models.get(name) ?? write.entity
    if (!isBulk(write) || model !== write.entity) {
      single.push(at)
      continue
    }
    models.set(name, model)
    const group = shared.get(name)
    if (group === undefined) shared.set(name, [at])
    else group.push(at)
  }
  const groups = [...shared.values()]
  return {
    shared: groups.filter(({ length }) => length > 1),
    single: [...single, ...groups.filter(({ length }) => length === 1).flat()],
  }
}

/** Many puts of one entity and expectation as one statement: one parameter per column. */
export const bulkCall = (table: Table, arrays: Arrays, puts: readonly PutWrite[]): Call => {
  const params: Raw[] = []
  for (const column of table.columns)
    params.push(arrays.encode(puts.map(({ value }) => rawOf(column, value[column.field]))))
  params.push(arrays.encode(puts.map(({ id }) => id)))
  if (table.hasNulls) params.push(arrays.encode(puts.map(({ value }) => nullsOf(table, value))))
  const expect = puts[0]?.expect ?? 'any'
  const compile = (): string => {
    const parameters = new Parameters(table.dialect)
    const types = [...table.columns.map(({ type }) => type.declared), 'text']
    const rows = [...types, ...(table.hasNulls ? ['text'] : [])].map((type) =>
      parameters.next(arrays.type(type)),
    )
    const fields = rows.map((_, at) => `c${at}`)
    const id = `c${table.columns.length}`
    const selected = fields.toSpliced(table.columns.length + 1, 0, id)
    const key = table.key.map(({ sql }) => sql).join(', ')
    return `INSERT INTO ${table.sql} AS t (${insertColumns(table)}) SELECT ${selected.join(', ')} FROM unnest(${rows.join(', ')}) AS u (${fields.join(', ')})${onConflict(table, expect, '')} RETURNING ${key}`
  }
  return {
    statement: table.statement(`bulk ${expect}`, { returns: true, writes: true }, compile),
    params,
  }
}

/** What the reply to `bulkCall` says of each put: the keys returned were written. */
export const bulkResults = (
  table: Table,
  puts: readonly PutWrite[],
  reply: Reply,
): readonly WriteResult[] => {
  if (reply.rows.length === puts.length) return puts.map(() => APPLIED)
  const written = new Set(reply.rows.map((row) => encodeTuple(table.readKey(row))))
  return puts.map(({ key }) => (written.has(encodeTuple(key)) ? APPLIED : REFUSED))
}
