import { encodeKeyText, encodeTuple, type QueryRequest, type Range } from '@holdfast/core/driver'

// Encoded text is ASCII, each component begins with a digit and ends in `!`. So a space, which comes
// before `!`, ends a text just below a component, and `"`, which comes after, just above.
const BELOW = ' '
const ABOVE = '"'
const LAST = '~'

/** The texts that a query reads, both bounds included. */
export interface Bounds {
  readonly low: string
  readonly high: string
}

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
 * The ids or index texts that a query reads whose partition is `start`. No stored text equals a bound
 * that stands for a value left out.
 */
export const boundsOf = (
  start: string,
  { prefix, range }: Pick<QueryRequest, 'prefix' | 'range'>,
): Bounds => {
  const text = start + encodeTuple(prefix)
  return range === undefined ? { low: text, high: text + LAST } : rangeBounds(text, range)
}
