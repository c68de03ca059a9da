import { encodeTuple, type QueryRequest, textBounds, type TextBounds } from '@holdfast/core/driver'
import { sortText } from './key-values.ts'

// Encoded text is ASCII, each component begins with a digit and ends in `!`. So a space, which comes
// before `!`, ends a text just below a component.
const BELOW = ' '

const later = (a: string, b: string): string => (a > b ? a : b)
const earlier = (a: string, b: string): string => (a < b ? a : b)

/**
 * The sort texts that a query along the key or an index reads, `undefined` for all of a partition. No
 * stored text equals a bound that stands for a value left out.
 */
export const boundsOf = (request: QueryRequest): TextBounds | undefined => {
  const { prefix, range, after, descending } = request
  if (prefix.length === 0 && range === undefined && after === undefined) return undefined
  let { low, high } = textBounds(encodeTuple(prefix), range)
  // Sort values are compared with texts that are not empty.
  if (low === '') low = BELOW
  if (after !== undefined) {
    const text = sortText(after)
    if (descending) high = earlier(high, text.slice(0, -1) + BELOW)
    else low = later(low, text + BELOW)
  }
  return { low, high }
}
