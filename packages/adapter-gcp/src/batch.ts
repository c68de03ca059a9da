import {
  type CallOptions,
  refuses,
  valueAfter,
  type Write,
  type WriteResult,
  writeApart,
} from '@holdfast/core/driver'
import { applied, held, isCreation, unread } from './commit.ts'
import { GRPC, isRefusal } from './errors.ts'
import { readDocuments } from './get.ts'
import { idOf } from './key-values.ts'
import { type Mutation, mutationsOf, nameOf, pinned } from './mutation.ts'
import type { Place } from './place.ts'
import { sizeOf } from './size.ts'
import { writeOne } from './write.ts'

/** Most writes of one request, and most bytes, well below Firestore's 10 MiB. */
const MAX_WRITES = 500
const MAX_BYTES = 4 * 1024 * 1024
/** Most requests of single writes in flight. */
const CONCURRENCY = 50

/** One write of a list, ready to be sent. */
interface Ready {
  readonly at: number
  readonly mutation: Mutation
  /** What the write's result is, once it is applied. */
  readonly result: WriteResult
  /** Whether a refusal needs no second look. */
  readonly isFinal: boolean
}

interface Reply {
  readonly status?: readonly { readonly code?: number; readonly message?: string }[]
}

/** Prepares writes; those that are refused by what they meet get their results at once. */
const prepare = async (
  place: Place,
  writes: readonly Write[],
  results: WriteResult[],
  options: CallOptions,
): Promise<{ readonly ready: readonly Ready[]; readonly alone: readonly number[] }> => {
  const { root } = await place.connection.open()
  const ready: Ready[] = []
  const alone: number[] = []
  const unreadable: number[] = []
  const nameAt = (at: number): string => {
    const write = writes[at] as Write
    return nameOf(root, place.collections.of(write.entity).id, idOf(write.key))
  }
  for (const [at, write] of writes.entries()) {
    const collection = place.collections.of(write.entity)
    const mutations = unread(place, collection, root, write)
    const [mutation] = mutations ?? []
    // Each write of such a request stands alone: what takes two is not for it.
    if (write.kind === 'delete' || collection.unique.length > 0) alone.push(at)
    else if (mutation !== undefined && mutations?.length === 1)
      ready.push({ at, mutation, result: { applied: true }, isFinal: isCreation(write) })
    else unreadable.push(at)
  }
  if (unreadable.length === 0) return { ready, alone }
  const documents = await readDocuments(place, unreadable.map(nameAt), options)
  for (const at of unreadable) {
    const write = writes[at] as Write
    const collection = place.collections.of(write.entity)
    const document = documents.get(nameAt(at))
    const before = held(collection, document)
    if (refuses(before, write)) {
      results[at] = { applied: false, current: before ?? null }
      continue
    }
    const next = valueAfter(write, before?.value)
    const [mutation] = mutationsOf({ collection, root, write, next }, pinned(document))
    if (mutation !== undefined)
      ready.push({ at, mutation, result: applied(collection, write, before), isFinal: false })
  }
  return { ready, alone }
}

/** Parts that fit one request each. */
const partsOf = (ready: readonly Ready[]): readonly (readonly Ready[])[] => {
  const parts: Ready[][] = []
  let bytes = MAX_BYTES
  for (const one of ready) {
    const size = sizeOf(one.mutation.update?.fields ?? {})
    const part = parts.at(-1)
    bytes += size
    if (part === undefined || part.length === MAX_WRITES || bytes > MAX_BYTES) {
      parts.push([one])
      bytes = size
    } else part.push(one)
  }
  return parts
}

/** Sends one request; returns the writes that are to be tried again by themselves. */
const sendPart = async (
  { connection }: Place,
  part: readonly Ready[],
  results: WriteResult[],
  options: CallOptions,
): Promise<readonly number[]> => {
  const writes = part.map(({ mutation }) => mutation)
  let reply: Reply
  try {
    reply = await connection.call<Reply>(
      'batchWrite',
      ({ database }) => ({ database, writes }),
      options,
      'unknown',
    )
  } catch (error) {
    if (options.signal?.aborted === true) throw error
    for (const { at } of part) results[at] = { applied: false, error }
    return []
  }
  const again: number[] = []
  for (const [position, { at, result, isFinal }] of part.entries()) {
    // A write without a status may have been carried out or not.
    const status = reply.status?.[position] ?? { code: GRPC.UNKNOWN, message: 'no status' }
    if ((status.code ?? 0) === 0) results[at] = result
    else if (!isRefusal(status)) results[at] = { applied: false, error: status }
    else if (isFinal) results[at] = { applied: false }
    else again.push(at)
  }
  return again
}

/** Writes that stand alone, as few requests as can be: one outcome each. */
export const writeEach = async (
  place: Place,
  writes: readonly Write[],
  options: CallOptions,
): Promise<readonly WriteResult[]> => {
  const results: WriteResult[] = writes.map(() => ({ applied: false }))
  const { ready, alone } = await prepare(place, writes, results, options)
  const left = [...alone]
  for (const part of partsOf(ready)) left.push(...(await sendPart(place, part, results, options)))
  const outcomes = await writeApart(
    left.flatMap((at) => writes[at] ?? []),
    CONCURRENCY,
    (write) => writeOne(place, write, options),
    options,
  )
  for (const [position, at] of left.entries())
    results[at] = outcomes[position] ?? { applied: false }
  return results
}
