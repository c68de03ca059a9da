import type { CallOptions, StoredRecord, Write } from './driver.ts'
import { HoldfastError, isHoldfastError } from './error.ts'
import { again, attemptRead } from './failure.ts'
import { begin, type Runtime, standBack, succeeded } from './retry.ts'
import { lastInLane, laneOf } from './version.ts'

/** What became of a guarded list of writes. `id` is the version of the records written. */
export type GuardedResult =
  | {
      readonly applied: true
      readonly id: string
      readonly records: readonly (StoredRecord | undefined)[]
    }
  | {
      readonly applied: false
      readonly refused: number
      readonly current: StoredRecord | undefined
    }

/** How often a write is sent again because a greater id was there first. */
const MOST_OVERTAKEN = 100

/** The error of a write before which others were faster every time. */
export const keptChanging = (entity: string): HoldfastError =>
  new HoldfastError('ABORTED', `This ${entity} kept changing; repeat the call.`, {
    entity,
    retryable: true,
  })

/** Makes the writes of one attempt with the given id. */
export type MakeWrites = (id: string) => readonly Write[]

/** How a call begins that is not the first attempt, or whose id is known already. */
export interface Start {
  readonly id: string
  /** The error after which an earlier attempt with this id may have been applied. */
  readonly ambiguous?: unknown
  /** When the id proves too small, the writes are refused instead of sent again under a new one. */
  readonly isFixed?: boolean
}

/**
 * Sends one write, or several as one atomic list, so that it is applied once or the error says
 * `outcome: 'unknown'`. An ambiguous failure is followed by the same write under its guard; a
 * refusal after an ambiguity is settled by a strong read of the record and its last ids.
 */
export const writeOnce = (
  runtime: Runtime,
  make: MakeWrites,
  options: CallOptions,
  start: Start = { id: runtime.versions.next() },
): Promise<GuardedResult> =>
  runtime.versions.during(start.id, () => writeUnder(runtime, make, options, start))

const writeUnder = async (
  runtime: Runtime,
  make: MakeWrites,
  options: CallOptions,
  start: Start,
): Promise<GuardedResult> => {
  const { driver } = runtime
  let { id, ambiguous } = start
  let writes = make(id)
  const atomic = writes.length > 1
  // A list that only checks what was read leaves nothing that could be in doubt.
  const isWrite = writes.some(({ kind }) => kind !== 'check')
  const attempts = begin(runtime, options.signal)
  // Refusals of an id that is too small. They are no failures, and use up no attempts.
  let overtaken = 0
  const failed = async (error: unknown): Promise<void> => {
    if (isWrite && driver.classify(error).outcome === 'unknown') ambiguous = error
    await again(runtime, attempts, {
      error,
      entity: writes[0]?.entity.name,
      signal: options.signal,
      isWrite,
      isAmbiguous: ambiguous !== undefined,
    })
  }
  for (;;) {
    let results
    try {
      results = await driver.write(writes, { atomic, signal: options.signal })
    } catch (error) {
      await failed(error)
      continue
    }
    const refused = results.findIndex((result) => !result.applied)
    if (refused < 0) {
      succeeded(runtime, attempts)
      return {
        applied: true,
        id,
        records: results.map((result) => (result.applied ? result.record : undefined)),
      }
    }
    const result = results[refused]
    const write = writes[refused]
    if (result === undefined || result.applied || write === undefined)
      throw new HoldfastError('INTERNAL', `${driver.name} returned a malformed result.`)
    if (result.error !== undefined) {
      await failed(result.error)
      continue
    }
    succeeded(runtime, attempts)
    const look = (at: Write): Promise<StoredRecord | undefined> =>
      readStrongly(runtime, at, options).catch((error: unknown) => {
        throw ambiguous === undefined ? error : inDoubt(error)
      })
    const current =
      result.current === undefined || (ambiguous !== undefined && !hasHistory(result.current))
        ? await look(write)
        : (result.current ?? undefined)
    const settled =
      ambiguous === undefined
        ? firstSight(write, current, id)
        : settle(await witness(writes, write, current, look), id)
    if (settled === 'applied') return { applied: true, id, records: [current] }
    if (settled === 'unknown' || (ambiguous !== undefined && mayStillLand(write, current, id)))
      throw unknownOutcome(ambiguous, write)
    ambiguous = undefined
    if (start.isFixed === true) return { applied: false, refused, current }
    const newest = current?.version
    if (newest === undefined || newest < id) return { applied: false, refused, current }
    id = runtime.versions.next(newest, laneOf(id))
    writes = make(id)
    overtaken += 1
    if (overtaken > MOST_OVERTAKEN) throw keptChanging(write.entity.name)
    await standBack(runtime, overtaken, options.signal)
  }
}

const readStrongly = async (
  runtime: Runtime,
  write: Write,
  options: CallOptions,
): Promise<StoredRecord | undefined> => {
  const [record] = await attemptRead(runtime, write.entity.name, options, () =>
    runtime.driver.get(write.entity, [write.key], {
      history: true,
      consistency: 'strong',
      signal: options.signal,
    }),
  )
  return record
}

const hasHistory = (current: StoredRecord | null): boolean =>
  current === null || current.history !== undefined

/** The error of a read that was to tell what became of a write: whatever it says, that stays open. */
const inDoubt = (error: unknown): unknown =>
  isHoldfastError(error)
    ? new HoldfastError(error.code, `${error.message} The write before may have been applied.`, {
        entity: error.entity,
        outcome: 'unknown',
        retryable: false,
        cause: error.cause ?? error,
      })
    : error

interface Witness {
  readonly write: Write
  readonly current: StoredRecord | undefined
}

/** The write whose record tells whether the list was applied: one that leaves its id behind. */
const witness = async (
  writes: readonly Write[],
  refused: Write,
  current: StoredRecord | undefined,
  look: (write: Write) => Promise<StoredRecord | undefined>,
): Promise<Witness> => {
  const leaves = (write: Write): boolean => write.kind === 'put' || write.kind === 'patch'
  const write = leaves(refused) ? refused : (writes.find(leaves) ?? refused)
  return {
    write,
    current: write === refused ? current : await look(write),
  }
}

/**
 * Whether an attempt that is still under way could be applied yet: what refused this one is a
 * condition, which another write may fulfil, and neither the id nor the version read, which none can.
 */
const mayStillLand = (write: Write, current: StoredRecord | undefined, id: string): boolean =>
  current !== undefined &&
  current.version < id &&
  write.version === undefined &&
  write.condition !== undefined

/** A network may deliver one request twice: what refuses the second is then the first. */
const firstSight = (
  { kind }: Write,
  current: StoredRecord | undefined,
  id: string,
): 'applied' | 'not_applied' =>
  (kind === 'put' || kind === 'patch') && lastInLane(current?.history ?? '', laneOf(id)) === id
    ? 'applied'
    : 'not_applied'

const settle = ({ write, current }: Witness, id: string): 'applied' | 'not_applied' | 'unknown' => {
  if (write.kind === 'delete') {
    // Absent after an unconditional delete is what was asked for; with conditions somebody else may have won.
    if (current === undefined)
      return write.condition === undefined && write.version === undefined ? 'applied' : 'unknown'
    return write.version === current.version ? 'not_applied' : 'unknown'
  }
  if (current === undefined)
    return write.kind === 'put' && write.expect === 'absent' ? 'unknown' : 'not_applied'
  // The ids of a record only grow. When the newest of our lane is older than ours, ours never was there.
  const newest = lastInLane(current.history ?? '', laneOf(id))
  return newest === id ? 'applied' : newest > id ? 'unknown' : 'not_applied'
}

const unknownOutcome = (cause: unknown, write: Write): HoldfastError =>
  new HoldfastError(
    'UNAVAILABLE',
    `The write to ${write.entity.name} may or may not have been applied; read the record before repeating it.`,
    {
      entity: write.entity.name,
      outcome: 'unknown',
      retryable: false,
      cause,
    },
  )
