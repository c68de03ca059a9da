import {
  type CallOptions,
  HoldfastError,
  isHoldfastError,
  type StoredChange,
  pause,
} from '@holdfast/core/driver'
import type { Collection } from './collection.ts'
import type { Listening } from './connection.ts'
import { classify } from './errors.ts'
import { DELETIONS, Feed, type Message, RECORDS } from './feed.ts'
import { readDocuments } from './get.ts'
import { Messages } from './messages.ts'
import { deletedCollection } from './names.ts'
import type { Place } from './place.ts'
import { checkAge, type FeedPosition, parsePosition } from './position.ts'

/** Failures in a row after which a feed gives up. */
const MAX_FAILURES = 8

/** Asks for one query's documents from where the feed stands. */
const addTarget = (
  { stream, opened }: Listening,
  target: number,
  collectionId: string,
  { token }: FeedPosition,
): void => {
  stream.write({
    database: opened.database,
    addTarget: {
      targetId: target,
      query: {
        parent: opened.root,
        structuredQuery: {
          from: [{ collectionId }],
          orderBy: [{ field: { fieldPath: '__name__' }, direction: 'ASCENDING' }],
        },
      },
      ...(token === '' ? {} : { resumeToken: Buffer.from(token, 'base64') }),
    },
  })
}

/** Why Firestore ended a query, as the error that it is; `undefined` when it goes on. */
const removal = ({ targetChange }: Message): unknown => {
  const { targetChangeType: type, cause } = targetChange ?? {}
  if (type !== 'REMOVE' && type !== 2) return undefined
  return cause ?? new HoldfastError('UNAVAILABLE', 'Firestore ended the feed.', { retryable: true })
}

/** What Firestore says of a place that it cannot resume from. */
const isForgotten = (error: unknown): boolean => {
  const { code } = error as { readonly code?: unknown }
  return code === 3 || code === 9 || code === 11
}

/** @yields the next change */
const follow = async function* (
  place: Place,
  feed: Feed,
  listening: Listening,
  collection: Collection,
  signal: AbortSignal,
): AsyncGenerator<StoredChange> {
  const messages = new Messages<Message>(listening.stream, signal)
  const { position } = feed
  addTarget(listening, DELETIONS, deletedCollection(collection.id), position)
  let isWhole = !feed.isFirst
  if (isWhole) addTarget(listening, RECORDS, collection.id, position)
  for await (const message of messages) {
    const ended = removal(message)
    if (ended !== undefined) throw ended
    const isConsistent = feed.take(message)
    yield* feed.early()
    if (!isWhole && feed.isCurrent(DELETIONS)) {
      isWhole = true
      yield* feed.firstDeletes()
      addTarget(listening, RECORDS, collection.id, position)
    }
    if (!isConsistent) continue
    const doubtful = feed.doubtful()
    const back =
      doubtful.length === 0 ? new Map() : await readDocuments(place, doubtful, { signal })
    yield* feed.flush(new Set(back.keys()))
  }
}

const failure = ({ entity }: Collection, error: unknown): HoldfastError => {
  if (isHoldfastError(error)) return error
  const { code, retryable } = classify(error)
  return new HoldfastError(code, `The changes of ${entity.name} could not be read; see cause.`, {
    entity: entity.name,
    retryable,
    outcome: 'not_applied',
    cause: error,
  })
}

/** Where a feed goes on after a failure. @throws what cannot be repeated, or failed too often. */
const afterFailure = (
  collection: Collection,
  error: unknown,
  position: FeedPosition,
  failures: number,
): FeedPosition => {
  if (position.token !== '' && isForgotten(error)) {
    checkAge(collection.entity.name, position)
    return { ...position, token: '' }
  }
  const wrapped = failure(collection, error)
  if (!wrapped.retryable || failures >= MAX_FAILURES) throw wrapped
  return position
}

/**
 * The changes of one entity: the records that are there, then each change, until the signal aborts. At
 * least once, in order per key; what follows quickly upon another may stand for both. Firestore forgets
 * within the hour where a feed stood; then all records come again, and all deletes of the last 48 hours.
 *
 * @throws `CURSOR_EXPIRED` for a cursor older than that; `MISCONFIGURED` where deletes are not noted.
 * @yields the next change
 */
export async function* readChanges(
  place: Place,
  collection: Collection,
  from: string | undefined,
  options: CallOptions,
): AsyncGenerator<StoredChange> {
  const { entity } = collection
  if (!collection.isFollowed)
    throw new HoldfastError(
      'MISCONFIGURED',
      `Deletes of ${entity.name} are not noted; name its group in the option changes of firestore().`,
      { entity: entity.name },
    )
  let position = from === undefined ? { time: Date.now(), token: '' } : parsePosition(from)
  checkAge(entity.name, position)
  const { closed } = place.connection
  const signal = options.signal === undefined ? closed : AbortSignal.any([options.signal, closed])
  let failures = 0
  while (!signal.aborted) {
    let listening: Listening | undefined
    let feed: Feed | undefined
    try {
      listening = await place.connection.listen()
      feed = new Feed(collection, listening.opened.root, position)
      yield* follow(place, feed, listening, collection, signal)
    } catch (error) {
      if (signal.aborted) return
      // A feed that came further has not failed in vain.
      failures = feed === undefined || feed.position === position ? failures + 1 : 0
      position = afterFailure(collection, error, feed?.position ?? position, failures)
    } finally {
      listening?.release()
    }
    await pause(Math.random() * 50 * 2 ** failures, { signal })
  }
}
