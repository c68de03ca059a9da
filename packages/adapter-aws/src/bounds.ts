import { encodeKeyText, encodeTuple, type QueryRequest, type Range } from '@holdfast/core/driver'
import { sortText } from './key-values.ts'

// Sort text is ASCII, each component begins with a digit and ends in `!`. So a space, which comes
// before `!`, ends a text just below a component, and `"`, which comes after, just above.
const BELOW = ' '
const ABOVE = '"'
const LAST = '~'

/** The sort texts of a query, both bounds included. */
export interface Bounds {
  readonly low: string
  readonly high: string
}

const later = (a: string, b: string): string => (a > b ? a : b)
const earlier = (a: string, b: string): string => (a < b ? a : b)

/** The types among which a bound finds its own: booleans have two. */
const typesOf = (component: string): readonly [string, string] => {
  const type = component.charAt(0)
  return type === '2' || type === '3' ? ['2', '4'] : [type, String(Number(type) + 1)]
}

const rangeBounds = (prefix: string, range: Range): Bounds => {
  if (range.startsWith !== undefined) {
    const start = `${prefix}6${encodeKeyText(range.startsWith)}`
    return { low: start, high: start + LAST + LAST }
  }
  const lower = range.gte ?? range.gt
  const upper = range.lte ?? range.lt
  const some = lower ?? upper
  if (some === undefined) return { low: prefix, high: prefix + LAST }
  const [first, end] = typesOf(encodeTuple([some]))
  const stem = (value: typeof some): string => prefix + encodeTuple([value]).slice(0, -1)
  return {
    low:
      lower === undefined
        ? prefix + first
        : stem(lower) + (range.gte === undefined ? ABOVE : BELOW),
    high:
      upper === undefined ? prefix + end : stem(upper) + (range.lte === undefined ? BELOW : ABOVE),
  }
}

/**
 * The sort texts that a query along the key or an index reads, `undefined` for all of a partition. No
 * stored text equals a bound that stands for a value left out.
 */
export const boundsOf = (request: QueryRequest): Bounds | undefined => {
  const { prefix, range, after, descending } = request
  if (prefix.length === 0 && range === undefined && after === undefined) return undefined
  const start = encodeTuple(prefix)
  let { low, high } =
    range === undefined ? { low: start, high: start + LAST } : rangeBounds(start, range)
  // Sort values are compared with texts that are not empty.
  if (low === '') low = BELOW
  if (after !== undefined) {
    const text = sortText(after)
    if (descending) high = earlier(high, text.slice(0, -1) + BELOW)
    else low = later(low, text + BELOW)
  }
  return { low, high }
}
