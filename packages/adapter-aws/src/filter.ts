import {
  type EntityModel,
  evaluate,
  type Filter,
  type Kind,
  type Leaf,
  type Scalar,
} from '@holdfast/core/driver'
import { type Aliases, MAX_EXPRESSION, MAX_OPERATORS } from './expression.ts'
import type { Table } from './table.ts'
import { encodeNested, NULL } from './value.ts'

const NESTED: ReadonlySet<Kind> = new Set(['array', 'object', 'json'])
const OPERATORS = { eq: '=', gt: '>', gte: '>=', lt: '<', lte: '<=' } as const
/** Most operands of `IN`. */
const MAX_OPERANDS = 100

/** Whether an element of a list is stored in one way only. */
const isPlainElement = (value: unknown): boolean =>
  typeof value === 'string' || typeof value === 'boolean' || value instanceof Uint8Array

/**
 * Whether DynamoDB evaluates a leaf exactly: not what looks into nested values, except whether a list
 * has a string, a boolean or bytes. A number in a list may be a number, a bigint or a Decimal.
 */
export const pushes = (entity: EntityModel, leaf: Leaf): boolean => {
  if (leaf.op === 'isNull' || leaf.op === 'exists') return true
  const kind = entity.fields[leaf.field]?.kind
  if (kind === undefined) return false
  if (leaf.op === 'has') return kind === 'array' && isPlainElement(leaf.value)
  if (NESTED.has(kind)) return false
  if (leaf.op === 'in') return Array.isArray(leaf.values) && leaf.values.length <= MAX_OPERANDS
  return leaf.op !== 'startsWith' || kind === 'string'
}

/**
 * An expression with how tightly it holds together, or what it always is. The text is made last, so
 * that no value is sent which no text names: DynamoDB refuses those.
 */
type Part =
  | boolean
  | {
      readonly text: () => string
      readonly joins: 'none' | 'and' | 'or'
      readonly operators: number
    }

const one = (text: () => string, operators = 1): Part => ({ text, joins: 'none', operators })

/** Joins parts without parentheses that say nothing: DynamoDB refuses those as well. */
const join = (parts: readonly Part[], joins: 'and' | 'or'): Part => {
  const decisive = joins === 'or'
  if (parts.includes(decisive)) return decisive
  const open = parts.filter((part) => typeof part !== 'boolean')
  const [first] = open
  if (first === undefined) return !decisive
  if (open.length === 1) return first
  const text = (): string =>
    open
      .map((part) =>
        part.joins === 'none' || part.joins === joins ? part.text() : `(${part.text()})`,
      )
      .join(joins === 'and' ? ' AND ' : ' OR ')
  const operators = open.reduce((sum, part) => sum + part.operators, open.length - 1)
  return { text, joins, operators }
}

type Comparing = Extract<Leaf, { readonly value: unknown } | { readonly op: 'in' }>

/** Comparisons of booleans as a list of those that fulfil them: DynamoDB has no order of booleans. */
const ofBooleans = (leaf: Comparing): Comparing => {
  if (!('value' in leaf) || leaf.op === 'eq') return leaf
  const values = [false, true].filter((flag) => evaluate(leaf, { [leaf.field]: flag }) === true)
  return { op: 'in', field: leaf.field, values }
}

/** Compiles a filter over one table. */
class Compiler {
  readonly #table: Table
  readonly #aliases: Aliases

  constructor(table: Table, aliases: Aliases) {
    this.#table = table
    this.#aliases = aliases
  }

  /**
   * What holds where the filter is `truth`, which is not what holds where it is not the opposite:
   * DynamoDB knows two truths only, so `not` is moved to the leaves.
   */
  compile(filter: Filter, truth: boolean): Part {
    switch (filter.op) {
      case 'and':
      case 'or':
        return join(
          filter.of.map((part) => this.compile(part, truth)),
          (filter.op === 'and') === truth ? 'and' : 'or',
        )
      case 'not':
        return this.compile(filter.of, !truth)
      case 'const':
        return filter.value === truth
      default:
        return this.#leaf(filter, truth)
    }
  }

  #leaf(leaf: Leaf, truth: boolean): Part {
    const { field } = leaf
    const name = (): string => this.#aliases.name(field)
    const isNull = (): string => `${name()} = ${this.#aliases.value(NULL)}`
    if (leaf.op === 'exists') return one(() => `attribute${truth ? '' : '_not'}_exists(${name()})`)
    if (leaf.op === 'isNull') return one(() => (truth ? isNull() : `NOT ${isNull()}`), 2)
    const { kind } = this.#table.column(field)
    const comparing = kind === 'boolean' ? ofBooleans(leaf as Comparing) : (leaf as Comparing)
    const count = comparing.op === 'in' ? (comparing.values as readonly unknown[]).length : 1
    const isNever = count === 0
    if (truth) return isNever ? false : one(() => this.#comparison(comparing, name()), count)
    const known = (): string => `attribute_exists(${name()}) AND NOT ${isNull()}`
    return {
      text: isNever ? known : () => `${known()} AND NOT ${this.#comparison(comparing, name())}`,
      joins: 'and',
      operators: count + 6,
    }
  }

  /** A leaf that is unknown for null and missing; an expression without `AND` and `OR`. */
  #comparison(leaf: Comparing, name: string): string {
    const { codec } = this.#table.column(leaf.field)
    const value = (operand: unknown): string => this.#aliases.value(codec.encode(operand as never))
    switch (leaf.op) {
      case 'in':
        return `${name} IN (${(leaf.values as readonly Scalar[]).map(value).join(', ')})`
      case 'has':
        return `contains(${name}, ${this.#aliases.value(encodeNested(leaf.value))})`
      case 'startsWith':
        return leaf.value === ''
          ? `attribute_type(${name}, ${this.#aliases.value({ S: 'S' })})`
          : `begins_with(${name}, ${value(leaf.value)})`
      default:
        return `${name} ${OPERATORS[leaf.op]} ${value(leaf.value)}`
    }
  }
}

/** A filter as an expression, or the truth that it always has. */
export type Compiled =
  | boolean
  | { readonly text: string; readonly isOr: boolean }
  /** Larger than DynamoDB takes: the filter is evaluated here. */
  | 'too large'

/** What holds exactly where the filter is true. */
export const compileFilter = (table: Table, filter: Filter, aliases: Aliases): Compiled => {
  const part = new Compiler(table, aliases).compile(filter, true)
  if (typeof part === 'boolean') return part
  // Some room for the guard of a write.
  if (part.operators > MAX_OPERATORS - 20) return 'too large'
  const text = part.text()
  return text.length > MAX_EXPRESSION - 256 ? 'too large' : { text, isOr: part.joins === 'or' }
}
