import { HoldfastError } from '@holdfast/core/driver'

/** How far one shard has been read. */
export interface Progress {
  readonly parent: string | undefined
  /** Number of the last record read. */
  last: string | undefined
  isFinished: boolean
  /** Where the vendor goes on reading. Good for 15 minutes. */
  iterator: string | undefined
}

/** Shards by their names. */
export type Shards = Map<string, Progress>

/** Where a feed stands. Stored as JSON: the stream, and per shard the last number, or 0 when it is over. */
export interface FeedPosition {
  readonly stream: string
  readonly shards: Readonly<Record<string, string | 0>>
}

/**
 * The position as text. What is over and has a successor in it is left out: shards are many, and who
 * has read a successor has read what came before.
 */
export const positionText = (stream: string, shards: Shards): string => {
  const begun = [...shards].filter(([, { last, isFinished }]) => last !== undefined || isFinished)
  const parents = new Set(begun.map(([, { parent }]) => parent))
  const kept = begun
    .filter(([name, { isFinished }]) => !(isFinished && parents.has(name)))
    .map(([name, { last, isFinished }]) => [name, isFinished ? 0 : (last ?? 0)] as const)
  return JSON.stringify({ stream, shards: Object.fromEntries(kept) })
}

/** The position behind `positionText`. @throws `INVALID` when it is not of that form. */
export const parsePosition = (text: string): FeedPosition => {
  let position: unknown
  try {
    position = JSON.parse(text)
  } catch {
    position = undefined
  }
  const { stream, shards } = (position ?? {}) as Partial<FeedPosition>
  if (typeof stream === 'string' && typeof shards === 'object' && shards !== null)
    return { stream, shards }
  throw new HoldfastError('INVALID', 'This is no cursor of a change feed on DynamoDB.')
}

/** A cursor that the stream no longer reaches back to. */
export const expired = (entity: string): HoldfastError =>
  new HoldfastError(
    'CURSOR_EXPIRED',
    `The stream of ${entity} keeps changes for 24 hours, and this cursor is older: read the records anew, then follow without a cursor.`,
    { entity },
  )
