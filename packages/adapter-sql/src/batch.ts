import type {
  CallOptions,
  Classification,
  PutWrite,
  Write,
  WriteResult,
} from '@holdfast/core/driver'
import type { Connection } from './connection/connection.ts'
import type { Arrays } from './dialect/dialect.ts'
import { bulkCall, bulkResults, groupsOf } from './lists.ts'
import type { Tables } from './table.ts'
import { callOf, REFUSED, resultOf } from './write.ts'

/** Most records in one statement: bounds its size and how long it holds its locks. */
const MAX_RECORDS = 1000

/** How writes that stand alone reach a server. */
export interface Batch {
  readonly tables: Tables
  readonly connection: Connection
  readonly arrays: Arrays
  readonly classify: (error: unknown) => Classification
}

/** One write in a transaction of its own. */
export const writeOne = async (
  { tables, connection }: Pick<Batch, 'tables' | 'connection'>,
  write: Write,
  options: CallOptions,
): Promise<WriteResult> => {
  const table = tables.of(write.entity)
  const { statement, params } = callOf(table, write)
  return resultOf(table, write, await connection.run(statement, params, options))
}

/** Runs jobs with at most `limit` of them in flight. */
const runAll = async (jobs: readonly (() => Promise<void>)[], limit: number): Promise<void> => {
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < jobs.length) await jobs[next++]?.()
  }
  await Promise.all(Array.from({ length: Math.min(limit, jobs.length) }, worker))
}

/**
 * Writes that stand alone: puts that can share a statement do, the others run side by side. When one
 * record makes a shared statement fail, its writes are tried one by one.
 */
export const writeEach = async (
  batch: Batch,
  writes: readonly Write[],
  options: CallOptions,
): Promise<readonly WriteResult[]> => {
  const { tables, connection, arrays, classify } = batch
  const results: WriteResult[] = writes.map(() => REFUSED)

  const alone = async (at: number): Promise<void> => {
    const write = writes[at]
    if (write === undefined) return
    try {
      results[at] = await writeOne(batch, write, options)
    } catch (error) {
      if (options.signal?.aborted === true) throw error
      results[at] = { applied: false, error }
    }
  }

  const together = async (places: readonly number[]): Promise<void> => {
    const puts = places.map((at) => writes[at] as PutWrite)
    const [first] = puts
    if (first === undefined) return
    const table = tables.of(first.entity)
    const { statement, params } = bulkCall(table, arrays, puts)
    try {
      const reply = await connection.run(statement, params, options)
      bulkResults(table, puts, reply).forEach((result, position) => {
        results[places[position] ?? -1] = result
      })
    } catch (error) {
      if (options.signal?.aborted === true) throw error
      const { outcome, retryable } = classify(error)
      // One record's fault, and nothing was written: who is it? Anything else concerns all of them.
      const isOnes = outcome === 'not_applied' && !retryable
      for (const at of places) {
        if (isOnes) await alone(at)
        else results[at] = { applied: false, error }
      }
    }
  }

  const { shared, single } = groupsOf(tables, writes)
  const chunks = shared.flatMap((places) =>
    Array.from({ length: Math.ceil(places.length / MAX_RECORDS) }, (_, at) =>
      places.slice(at * MAX_RECORDS, (at + 1) * MAX_RECORDS),
    ),
  )
  const jobs = [
    ...chunks.map((places) => () => together(places)),
    ...single.map((at) => () => alone(at)),
  ]
  await runAll(jobs, connection.concurrency)
  return results
}
