import { invalid } from '../failure.ts'
import { formatPath, parsePath, valueAt } from '../field-path.ts'
import type { FieldPath } from '../field-path.ts'
import type { Stored } from '../storage.ts'
import { numberOf } from '../values/compare.ts'
import { NULL, double, integer } from '../wire/value.ts'
import type { Fields, Value } from '../wire/value.ts'
import type { Aggregation } from '../wire/query.ts'

const MAX_AGGREGATIONS = 5
const MAX_INTEGER = 2n ** 63n - 1n
const MIN_INTEGER = -(2n ** 63n)

const numbersOf = (documents: Stored[], path: FieldPath): (bigint | number)[] =>
  documents
    .map(({ fields }) => valueAt(fields, path))
    .map((value) => value && numberOf(value))
    .filter((number) => number !== undefined)

const sum = (numbers: (bigint | number)[]): Value => {
  const integers = numbers.filter((number) => typeof number === 'bigint')
  const whole = integers.reduce((left, right) => left + right, 0n)
  if (integers.length === numbers.length && whole <= MAX_INTEGER && whole >= MIN_INTEGER)
    return integer(whole)
  const rest = numbers.filter((number) => typeof number === 'number')
  return double(rest.reduce((left, right) => left + right, Number(whole)))
}

const average = (numbers: (bigint | number)[]): Value =>
  numbers.length === 0
    ? NULL
    : double(numbers.reduce<number>((left, right) => left + Number(right), 0) / numbers.length)

const one = ({ count, sum: summed, avg }: Aggregation, documents: Stored[]): Value => {
  if (count !== undefined) {
    const limit = count.upTo === null ? documents.length : Number(count.upTo.value)
    return integer(BigInt(Math.min(documents.length, limit)))
  }
  const path = parsePath((summed ?? avg)?.field?.fieldPath ?? '')
  const numbers = numbersOf(documents, path)
  return summed === undefined ? average(numbers) : sum(numbers)
}

// Those without an alias are field_1, field_2 and so on: query.proto.
const aliases = (aggregations: readonly Aggregation[]): string[] => {
  let unnamed = 0
  return aggregations.map(({ alias }) => (alias === '' ? `field_${++unnamed}` : alias))
}

/** Aggregations that have been checked. */
export interface AggregateWork {
  /** The fields that are summed or averaged: documents without one of them count for nothing. */
  fields: string[]
  /** Works them out, by alias. */
  over(documents: Stored[]): Fields
}

/** Checks aggregations. @throws INVALID_ARGUMENT */
export const aggregate = (aggregations: readonly Aggregation[]): AggregateWork => {
  if (aggregations.length === 0 || aggregations.length > MAX_AGGREGATIONS)
    throw invalid(`A query has 1 to ${MAX_AGGREGATIONS} aggregations.`)
  const names = aliases(aggregations)
  if (new Set(names).size !== names.length) throw invalid('Aggregations share an alias.')
  const paths = new Map<string, FieldPath>()
  for (const { operator, count, sum: summed, avg } of aggregations) {
    if (operator === undefined) throw invalid('An aggregation has no operator.')
    if (count?.upTo && BigInt(count.upTo.value) <= 0n) throw invalid('up_to must be positive.')
    const path = (summed ?? avg)?.field?.fieldPath
    if (path !== undefined) paths.set(formatPath(parsePath(path)), parsePath(path))
  }
  return {
    fields: [...paths.keys()],
    over: (documents) => {
      // The index of the summed fields lists only documents that have all of them.
      const counted = documents.filter((document) =>
        [...paths.values()].every((path) => valueAt(document.fields, path) !== undefined),
      )
      return Object.fromEntries(
        aggregations.map((aggregation, at) => [names[at] ?? '', one(aggregation, counted)]),
      )
    },
  }
}
