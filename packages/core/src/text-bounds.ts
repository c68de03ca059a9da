import type { Range } from './driver.ts'
import { encodeKeyText } from './key-text.ts'
import { encodeTuple } from './tuple.ts'

// Encoded text is ASCII, each component begins with a digit and ends in `!`. So a space, which comes
// before `!`, ends a text just below a component, and `"`, which comes after, just above.
const BELOW = ' '
const ABOVE = '"'
const LAST = '~'

/** Texts between two, both included. */
export interface TextBounds {
  readonly low: string
  readonly high: string
}

/** The types among which a bound finds its own: booleans have two. */
const typesOf = (component: string): readonly [string, string] => {
  const type = component.charAt(0)
  return type === '2' || type === '3' ? ['2', '4'] : [type, String(Number(type) + 1)]
}

const rangeBounds = (prefix: string, range: Range): TextBounds => {
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
 * The texts of `encodeTuple` that begin with the text of a prefix, and whose next value is in the range, where
 * one is given. No stored text equals a bound that stands for a value left out.
 */
export const textBounds = (prefix: string, range: Range | undefined): TextBounds =>
  range === undefined ? { low: prefix, high: prefix + LAST } : rangeBounds(prefix, range)
