import { Decimal } from '../decimal.ts'
import { type Filter, isReference, type Leaf } from '../filter.ts'

const SIGNS: Readonly<Record<string, string>> = {
  eq: '=',
  gt: '>',
  gte: '>=',
  lt: '<',
  lte: '<=',
  has: 'has',
  startsWith: 'starts with',
}

const hexOf = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')

/** In single quotes, on one line: no text looks like the end of it and more. */
const quoted = (text: string): string =>
  `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`

const valueText = (value: unknown): string => {
  if (isReference(value)) return `me.${value.actor}`
  if (typeof value === 'string') return quoted(value)
  if (value instanceof Date) return value.toISOString()
  if (value instanceof Uint8Array) return `0x${hexOf(value)}`
  return Decimal.isDecimal(value) ? value.toString() : String(value)
}

const leafText = (leaf: Leaf): string => {
  switch (leaf.op) {
    case 'isNull':
      return `${leaf.field} is null`
    case 'exists':
      return `${leaf.field} exists`
    case 'in': {
      const { values } = leaf
      return `${leaf.field} in ${isReference(values) ? valueText(values) : `(${values.map(valueText).join(', ')})`}`
    }
    default:
      return `${leaf.field} ${SIGNS[leaf.op] ?? leaf.op} ${valueText(leaf.value)}`
  }
}

/**
 * The condition of a rule for people: with the values declared in code, and `me.x` for what differs
 * by actor. Empty where the rule has no condition.
 */
export const ruleText = (filter: Filter, isInner = false): string => {
  switch (filter.op) {
    case 'and':
    case 'or': {
      const text = filter.of.map((one) => ruleText(one, true)).join(` ${filter.op} `)
      return isInner ? `(${text})` : text
    }
    case 'not':
      return `not ${ruleText(filter.of, true)}`
    case 'const':
      return filter.value === true && !isInner ? '' : String(filter.value)
    default:
      return leafText(filter)
  }
}
