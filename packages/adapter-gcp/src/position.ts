import { HoldfastError } from '@holdfast/core/driver'
import { DELETED_FOR_MS } from './mutation.ts'

/** Where a feed stands. */
export interface FeedPosition {
  /** When all that came before had been read, in milliseconds since 1970. */
  readonly time: number
  /** Where Firestore goes on, in base64; empty: all records are read anew. */
  readonly token: string
}

/** The position as text. */
export const positionText = ({ time, token }: FeedPosition): string => `${time}.${token}`

/** The position behind `positionText`. @throws `INVALID` when it is not of that form. */
export const parsePosition = (text: string): FeedPosition => {
  const [, time, token = ''] = /^(\d{1,15})\.([A-Za-z0-9+/=]*)$/.exec(text) ?? []
  if (time !== undefined) return { time: Number(time), token }
  throw new HoldfastError('INVALID', 'This is no cursor of a change feed on Firestore.')
}

/** @throws `CURSOR_EXPIRED` for a position from before the oldest delete that is still noted. */
export const checkAge = (entity: string, { time }: FeedPosition): void => {
  if (Date.now() - time < DELETED_FOR_MS) return
  throw new HoldfastError(
    'CURSOR_EXPIRED',
    `Deletes of ${entity} are noted for 48 hours, and this cursor is older: read the records anew, then follow without a cursor.`,
    { entity },
  )
}
