import { Decimal } from '../decimal.ts'
import {
  compareScalars,
  compileFilter,
  type Filter,
  isReference,
  isScalar,
  type Leaf,
} from '../filter.ts'
import type { EntityModel, Kind } from '../shape.ts'
import { type Branch, branchesOf, hasReference, type Literal, literalText } from './branches.ts'

/**
 * What can be said of conditions without any record. Every answer is certain; `false` means "not known".
 * A branch is looked at field by field, and an attribute of the actor equals only itself.
 */

/** A value of each kind whose values compare with each other and with no other kind's. */
const SAMPLES: Partial<Record<Kind, unknown>> = {
  string: '',
  integer: 0,
  number: 0,
  bigint: 0n,
  decimal: Decimal.from(0),
  boolean: false,
  date: new Date(0),
  bytes: new Uint8Array(),
}

type Presence = 'missing' | 'null' | 'value'

const ANY: readonly Presence[] = ['missing', 'null', 'value']

const operandsOf = (leaf: Leaf): readonly unknown[] =>
  'value' in leaf ? [leaf.value] : 'values' in leaf ? [leaf.values].flat() : []

/** The states of its field in which a literal can be true. */
const presencesOf = ({ leaf, isNegated }: Literal): readonly Presence[] => {
  if (leaf.op === 'isNull') return isNegated ? ['missing', 'value'] : ['null']
  if (leaf.op === 'exists') return isNegated ? ['missing'] : ['null', 'value']
  // An actor's list may be empty: nothing is in it, whatever the field holds.
  if (leaf.op === 'in' && isReference(leaf.values) && isNegated) return ANY
  return ['value']
}

/** Whether a literal is true of a value that is neither null nor missing; `undefined`: not known. */
const isTrueOf = ({ leaf, isNegated }: Literal, value: unknown): boolean | undefined => {
  if (operandsOf(leaf).some(hasReference)) return undefined
  const truth = compileFilter(leaf)({ [leaf.field]: value })
  return truth === undefined ? false : truth !== isNegated
}

/** What a branch says of one field. */
class FieldFacts {
  readonly #literals: readonly Literal[]
  readonly #kind: Kind
  readonly presences: readonly Presence[]
  /** All values that the field can have, where they are few. */
  readonly #values: readonly unknown[] | undefined

  constructor(model: EntityModel, field: string, branch: Branch) {
    this.#literals = branch.filter(({ leaf }) => leaf.field === field)
    this.#kind = model.fields[field]?.kind ?? 'json'
    const all: readonly Presence[] = model.fields[field]?.optional === false ? ['value'] : ANY
    this.presences = all.filter((one) =>
      this.#literals.every((literal) => presencesOf(literal).includes(one)),
    )
    this.#values = this.#possibleValues()
  }

  /** Whether no state of the field makes all literals true. */
  get isImpossible(): boolean {
    const texts = new Set(this.#literals.map(literalText))
    const isOpposed = this.#literals.some((one) =>
      texts.has(literalText({ ...one, isNegated: !one.isNegated })),
    )
    if (isOpposed || this.presences.length === 0) return true
    if (this.presences.length > 1 || this.presences[0] !== 'value') return false
    return (
      this.#values?.length === 0 ||
      this.#literals.some((one) => this.#isOfOtherKind(one) && !one.isNegated) ||
      this.#literals.some((one) => this.#literals.some((other) => this.#exclude(one, other)))
    )
  }

  /** Whether a literal about this field is true wherever the branch is. */
  implies(literal: Literal): boolean {
    if (this.#literals.some((one) => literalText(one) === literalText(literal))) return true
    const presences = presencesOf(literal)
    const { leaf } = literal
    if (leaf.op === 'isNull' || leaf.op === 'exists')
      return this.presences.every((one) => presences.includes(one))
    if (this.presences.some((one) => one !== 'value')) return false
    if (this.#isOfOtherKind(literal)) return literal.isNegated
    if (this.#values !== undefined)
      return this.#values.every((one) => isTrueOf(literal, one) === true)
    return this.#literals.some((one) =>
      this.#exclude(one, { ...literal, isNegated: !literal.isNegated }),
    )
  }

  /** The operands of its equalities, or of a boolean, that everything else said of the field permits. */
  #possibleValues(): readonly unknown[] | undefined {
    const lists = this.#literals
      .filter(({ leaf, isNegated }) => !isNegated && (leaf.op === 'eq' || leaf.op === 'in'))
      .map(({ leaf }) => operandsOf(leaf))
      .filter((values) => !values.some(hasReference))
    if (this.#kind === 'boolean') lists.push([false, true])
    const [first] = lists
    return first?.filter((value) => this.#literals.every((one) => isTrueOf(one, value) !== false))
  }

  /** Whether the operands never compare with the field's values. */
  #isOfOtherKind({ leaf }: Literal): boolean {
    const sample = SAMPLES[this.#kind]
    const operands = operandsOf(leaf)
    if (sample === undefined || leaf.op === 'has' || operands.length === 0) return false
    return operands.every((one) => isScalar(one) && compareScalars(one, sample) === undefined)
  }

  /** Whether two literals are never both true of a value: bounds that leave nothing between, or prefixes. */
  #exclude(one: Literal, other: Literal): boolean {
    const [a, b] = [this.#boundOf(one), this.#boundOf(other)]
    if (a === undefined || b === undefined) return false
    if (a.prefix === undefined || b.prefix === undefined) return isBelow(a, b) || isBelow(b, a)
    const [aInB, bInA] = [a.prefix.startsWith(b.prefix), b.prefix.startsWith(a.prefix)]
    if (a.isNot === true || b.isNot === true)
      return a.isNot === true ? b.isNot !== true && bInA : aInB
    return !aInB && !bInA
  }

  #boundOf({ leaf, isNegated }: Literal): Bound | undefined {
    if (!('value' in leaf) || leaf.op === 'has' || hasReference(leaf.value)) return undefined
    if (SAMPLES[this.#kind] === undefined || this.#isOfOtherKind({ leaf, isNegated }))
      return undefined
    if (leaf.op === 'startsWith') return { prefix: leaf.value as string, isNot: isNegated }
    if (leaf.op === 'eq') return isNegated ? undefined : { low: leaf.value, high: leaf.value }
    const op = isNegated ? OPPOSITE[leaf.op] : leaf.op
    const isOpen = op === 'gt' || op === 'lt'
    return op.startsWith('g') ? { low: leaf.value, isOpen } : { high: leaf.value, isOpen }
  }
}

/** What a comparison leaves of the values of its field. */
interface Bound {
  readonly low?: unknown
  readonly high?: unknown
  /** Whether the bound itself is left out. */
  readonly isOpen?: boolean
  readonly prefix?: string
  readonly isNot?: boolean
}

const OPPOSITE = { gt: 'lte', gte: 'lt', lt: 'gte', lte: 'gt' } as const

/** Whether all that one bound permits lies below all that the other does. */
const isBelow = (lower: Bound, upper: Bound): boolean => {
  if (lower.high === undefined || upper.low === undefined) return false
  const order = compareScalars(lower.high, upper.low)
  if (order === undefined) return false
  return order < 0 || (order === 0 && (lower.isOpen === true || upper.isOpen === true))
}

const fieldsOf = (branch: Branch): readonly string[] => [
  ...new Set(branch.map(({ leaf }) => leaf.field)),
]

const isImpossible = (model: EntityModel, branch: Branch): boolean =>
  fieldsOf(branch).some((field) => new FieldFacts(model, field, branch).isImpossible)

/** Whether the filter is true of no record. */
export const neverTrue = (model: EntityModel, filter: Filter): boolean =>
  branchesOf(filter)?.every((branch) => isImpossible(model, branch)) ?? false

/** Whether a deny with this condition fires on every record: it is never false. */
export const alwaysFires = (model: EntityModel, filter: Filter): boolean =>
  branchesOf(filter, true)?.every((branch) => isImpossible(model, branch)) ?? false

/** Whether the second filter is true of every record of which the first is. */
export const implies = (model: EntityModel, first: Filter, second: Filter): boolean => {
  const [branches, targets] = [branchesOf(first), branchesOf(second)]
  if (branches === undefined || targets === undefined) return false
  return branches.every(
    (branch) =>
      isImpossible(model, branch) ||
      targets.some((target) =>
        target.every((literal) =>
          new FieldFacts(model, literal.leaf.field, branch).implies(literal),
        ),
      ),
  )
}
