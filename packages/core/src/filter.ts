import { Decimal } from './decimal.ts'
import type { Scalar } from './driver.ts'

/** A condition holds, does not hold, or cannot be known because a field is null or missing. */
export type Truth = boolean | undefined

/** Stands for an attribute of the actor in the filter of a policy rule. Data, never a value. */
export interface ActorReference {
  readonly actor: string
}

/** The right-hand side of a comparison. Only policy rules hold references; a bound filter has none. */
export type Operand = Scalar | ActorReference

/** Comparisons by order, and `eq`. */
export type Comparison = 'eq' | 'gt' | 'gte' | 'lt' | 'lte'

/** A condition on one field. */
export type Leaf =
  | {
      readonly op: Comparison | 'startsWith' | 'has'
      readonly field: string
      readonly value: Operand
    }
  | {
      readonly op: 'in'
      readonly field: string
      readonly values: readonly Operand[] | ActorReference
    }
  | { readonly op: 'isNull' | 'exists'; readonly field: string }

/** A filter as data. Three-valued: records are kept where it is *true*. */
export type Filter =
  | Leaf
  | { readonly op: 'and' | 'or'; readonly of: readonly Filter[] }
  | { readonly op: 'not'; readonly of: Filter }
  | { readonly op: 'const'; readonly value: Truth }

/** Whether an operand is a reference to the actor. */
export const isReference = (operand: unknown): operand is ActorReference =>
  typeof operand === 'object' && operand !== null && 'actor' in operand

const rank = (value: unknown): number => {
  switch (typeof value) {
    case 'boolean':
      return 1
    case 'number':
    case 'bigint':
      return 2
    case 'string':
      return 4
    default:
      if (value instanceof Date) return 3
      if (value instanceof Uint8Array) return 5
      return Decimal.isDecimal(value) ? 2 : 0
  }
}

/** Whether a value can be compared at all. */
export const isScalar = (value: unknown): value is Scalar => rank(value) > 0

const isHigh = (unit: number): boolean => unit >= 0xd800

/** UTF-8 byte order, which differs from `<` only where surrogates meet U+E000 and above. */
const compareText = (a: string, b: string): number => {
  if (a === b) return 0
  const less = a < b ? -1 : 1
  const end = Math.min(a.length, b.length)
  for (let at = 0; at < end; at += 1) {
    const x = a.charCodeAt(at)
    const y = b.charCodeAt(at)
    if (x === y) continue
    if (!isHigh(x) || !isHigh(y)) return less
    const xSurrogate = x < 0xe000
    return xSurrogate === y < 0xe000 ? less : xSurrogate ? 1 : -1
  }
  return less
}

const compareBytes = (a: Uint8Array, b: Uint8Array): number => {
  const end = Math.min(a.length, b.length)
  for (let at = 0; at < end; at += 1) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

const order = (a: number | bigint | boolean | Date, b: number | bigint | boolean | Date): number =>
  a < b ? -1 : a > b ? 1 : 0

/**
 * Order of two values of one type: negative, 0 or positive; numbers, bigints and Decimals are one
 * type, strings go by UTF-8 bytes. `undefined` when the types differ or are not scalar.
 */
export const compareScalars = (a: unknown, b: unknown): number | undefined => {
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b)
  if (typeof a === 'number' && typeof b === 'number') return a - b
  const type = rank(a)
  if (type === 0 || type !== rank(b)) return undefined
  if (a instanceof Uint8Array) return compareBytes(a, b as Uint8Array)
  if (Decimal.isDecimal(a)) return a.compare(Decimal.from(b as number))
  if (Decimal.isDecimal(b)) return Decimal.from(a as number).compare(b)
  return order(a as number, b as number)
}

/** A compiled filter. */
export type Test = (record: Readonly<Record<string, unknown>>) => Truth

const accepts: Record<Comparison, (compared: number) => boolean> = {
  eq: (compared) => compared === 0,
  gt: (compared) => compared > 0,
  gte: (compared) => compared >= 0,
  lt: (compared) => compared < 0,
  lte: (compared) => compared <= 0,
}

const equals = (a: unknown, b: unknown): boolean => a === b || compareScalars(a, b) === 0

const compileLeaf = (leaf: Leaf): Test => {
  const { field } = leaf
  const known = (test: (value: unknown) => boolean): Test => {
    return (record) => {
      const value = record[field]
      return value === undefined || value === null ? undefined : test(value)
    }
  }
  switch (leaf.op) {
    case 'isNull':
      return (record) => record[field] === null
    case 'exists':
      return (record) => record[field] !== undefined
    case 'in': {
      const values = leaf.values as readonly unknown[]
      return known((value) => values.some((one) => equals(value, one)))
    }
    case 'startsWith': {
      const prefix = leaf.value as string
      return known((value) => typeof value === 'string' && value.startsWith(prefix))
    }
    case 'has': {
      const element = leaf.value
      return known((value) => Array.isArray(value) && value.some((one) => equals(one, element)))
    }
    default: {
      const accept = accepts[leaf.op]
      const operand = leaf.value
      if (leaf.op === 'eq') return known((value) => equals(value, operand))
      return known((value) => {
        const compared = compareScalars(value, operand)
        return compared !== undefined && accept(compared)
      })
    }
  }
}

/** Leaves are compiled once: those of a policy meet many records, in many combinations. */
const TESTS = new WeakMap<Leaf, Test>()

/** The dominant value decides; otherwise one unknown makes the whole unknown. */
const compileList = (tests: readonly Test[], dominant: boolean): Test => {
  if (tests.length === 1 && tests[0] !== undefined) return tests[0]
  return (record) => {
    let result: Truth = !dominant
    for (const test of tests) {
      const truth = test(record)
      if (truth === dominant) return dominant
      if (truth === undefined) result = undefined
    }
    return result
  }
}

/**
 * Compiles a bound filter to a closure. This evaluator is the definition of every filter's meaning:
 * a comparison with a null or missing field is unknown, with a value of another type false.
 */
export const compileFilter = (filter: Filter): Test => {
  switch (filter.op) {
    case 'and':
    case 'or':
      return compileList(filter.of.map(compileFilter), filter.op === 'or')
    case 'not': {
      const test = compileFilter(filter.of)
      return (record) => {
        const truth = test(record)
        return truth === undefined ? undefined : !truth
      }
    }
    case 'const': {
      const { value } = filter
      return () => value
    }
    default: {
      let test = TESTS.get(filter)
      if (test === undefined) TESTS.set(filter, (test = compileLeaf(filter)))
      return test
    }
  }
}

/** Evaluates a bound filter once. */
export const evaluate = (filter: Filter, record: Readonly<Record<string, unknown>>): Truth =>
  compileFilter(filter)(record)
