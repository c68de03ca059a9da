import type { Scalar } from '../driver.ts'
import { type Filter, isReference, type Leaf } from '../filter.ts'
import { encodeTuple } from '../tuple.ts'

/** A leaf, or its negation: true exactly where the leaf is false. */
export interface Literal {
  readonly leaf: Leaf
  readonly isNegated: boolean
}

/** Literals that must all be true. */
export type Branch = readonly Literal[]

const MOST = 500

const crossed = (lists: readonly (readonly Branch[])[]): readonly Branch[] | undefined => {
  let product: readonly Branch[] = [[]]
  for (const list of lists) {
    product = product.flatMap((one) => list.map((other) => [...one, ...other]))
    if (product.length > MOST) return undefined
  }
  return product
}

/**
 * The ways in which a filter can be true: it is, exactly where all literals of one branch are. Unknown is
 * not true, so what is unknown has no branch. `undefined` where there are more than 500.
 */
export const branchesOf = (filter: Filter, isNegated = false): readonly Branch[] | undefined => {
  switch (filter.op) {
    case 'not':
      return branchesOf(filter.of, !isNegated)
    case 'const':
      return filter.value === !isNegated ? [[]] : []
    case 'and':
    case 'or': {
      const lists: (readonly Branch[])[] = []
      for (const one of filter.of) {
        const list = branchesOf(one, isNegated)
        if (list === undefined) return undefined
        lists.push(list)
      }
      if ((filter.op === 'and') === isNegated) {
        const all = lists.flat()
        return all.length > MOST ? undefined : all
      }
      return crossed(lists)
    }
    default:
      return [[{ leaf: filter, isNegated }]]
  }
}

/** Whether an operand, or one of a list, is an attribute of the actor: its value is not known. */
export const hasReference = (value: unknown): boolean => [value].flat().some(isReference)

const operandText = (value: unknown): string =>
  isReference(value)
    ? `me.${JSON.stringify(value.actor)}`
    : Array.isArray(value)
      ? `[${value.map(operandText).join()}]`
      : encodeTuple([value as Scalar])

/** A literal as text: equal for equal ones only, attributes of the actor told apart by name. */
export const literalText = ({ leaf, isNegated }: Literal): string => {
  const operand = 'value' in leaf ? leaf.value : 'values' in leaf ? leaf.values : ''
  return `${isNegated ? 'not ' : ''}${leaf.op} ${JSON.stringify(leaf.field)} ${operandText(operand)}`
}
