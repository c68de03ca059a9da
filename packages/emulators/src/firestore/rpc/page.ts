import { invalid } from '../failure.ts'

/** One page of a list. An empty token says that there is no more. */
export interface Page<T> {
  page: T[]
  nextPageToken: string
}

/**
 * Cuts a page out of a list. The token names the last entry of a page: the next one begins after it.
 * @throws INVALID_ARGUMENT for a token of an entry that is no longer there
 */
export const pageOf = <T>(
  all: T[],
  asked: { pageSize: number; pageToken: string },
  { keyOf, most }: { keyOf: (entry: T) => string; most: number },
): Page<T> => {
  if (asked.pageSize < 0) throw invalid('page_size is negative')
  const last = Buffer.from(asked.pageToken, 'base64url').toString()
  const from = last === '' ? 0 : all.findIndex((entry) => keyOf(entry) === last) + 1
  if (last !== '' && from === 0) throw invalid('Invalid page_token.')
  const size = asked.pageSize === 0 ? most : Math.min(asked.pageSize, most)
  const page = all.slice(from, from + size)
  const end = page.at(-1)
  const isLast = end === undefined || from + size >= all.length
  return { page, nextPageToken: isLast ? '' : Buffer.from(keyOf(end)).toString('base64url') }
}
