import { invalid } from '../failure.ts'
import { NAME, formatPath, parsePath } from '../field-path.ts'
import { checkDocumentName, databaseOf } from '../names.ts'
import { truncated } from '../values/truncated.ts'
import { NULL } from '../wire/value.ts'
import type { Value } from '../wire/value.ts'
import type { FieldReference, Filter } from '../wire/query.ts'
import type { Comparison, Condition, Operator } from './query.ts'

const OPERATORS: Readonly<Record<string, Operator>> = {
  LESS_THAN: 'LESS_THAN',
  LESS_THAN_OR_EQUAL: 'LESS_THAN_OR_EQUAL',
  GREATER_THAN: 'GREATER_THAN',
  GREATER_THAN_OR_EQUAL: 'GREATER_THAN_OR_EQUAL',
  EQUAL: 'EQUAL',
  NOT_EQUAL: 'NOT_EQUAL',
  ARRAY_CONTAINS: 'ARRAY_CONTAINS',
  IN: 'IN',
  ARRAY_CONTAINS_ANY: 'ARRAY_CONTAINS_ANY',
  NOT_IN: 'NOT_IN',
}

const UNARY: Readonly<Record<string, Operator>> = {
  IS_NULL: 'IS_NULL',
  IS_NOT_NULL: 'IS_NOT_NULL',
  IS_NAN: 'IS_NAN',
  IS_NOT_NAN: 'IS_NOT_NAN',
}

const TAKES_LIST: ReadonlySet<Operator> = new Set<Operator>(['IN', 'NOT_IN', 'ARRAY_CONTAINS_ANY'])

/** The values that a comparison takes one of; undefined for one that takes a single value. */
export const listOf = ({ operator, value }: Comparison): Value[] | undefined =>
  TAKES_LIST.has(operator) && value.valueType === 'arrayValue' ? value.arrayValue.values : undefined

const checkKeys = (comparison: Comparison, parent: string): void => {
  if (comparison.field !== NAME) return
  if (comparison.operator === 'ARRAY_CONTAINS' || comparison.operator === 'ARRAY_CONTAINS_ANY')
    throw invalid('__key__ filter does not take array-contains.')
  for (const value of listOf(comparison) ?? [comparison.value]) {
    if (value.valueType !== 'referenceValue') throw invalid('__key__ filter value must be a Key')
    checkDocumentName(value.referenceValue, databaseOf(parent))
  }
}

const comparison = (
  field: FieldReference | null | undefined,
  how: { operator: Operator; value: Value },
  parent: string,
): Comparison => {
  const path = parsePath(field?.fieldPath ?? '')
  const made: Comparison = { kind: 'comparison', field: formatPath(path), path, ...how }
  if (TAKES_LIST.has(how.operator)) {
    if (how.value.valueType !== 'arrayValue')
      throw invalid(`'${how.operator}' requires an ArrayValue.`)
    if (how.value.arrayValue.values.length === 0)
      throw invalid(`'${how.operator}' requires an non-empty ArrayValue.`)
  }
  checkKeys(made, parent)
  for (const value of listOf(made) ?? [made.value])
    if (truncated(value) !== value)
      throw invalid(`value for ${made.field} is too large to be used in a query`)
  return made
}

/** Reads a filter of the protocol. @throws INVALID_ARGUMENT */
export const readFilter = (filter: Filter, parent: string): Condition => {
  const { fieldFilter, unaryFilter, compositeFilter } = filter
  if (fieldFilter !== undefined) {
    const operator = OPERATORS[fieldFilter.op]
    if (operator === undefined) throw invalid(`Unknown FieldFilter operator "${fieldFilter.op}".`)
    if (fieldFilter.value?.valueType === undefined)
      throw invalid('Cannot convert firestore.v1.Value with type unset.')
    return comparison(fieldFilter.field, { operator, value: fieldFilter.value }, parent)
  }
  if (unaryFilter !== undefined) {
    const operator = UNARY[unaryFilter.op]
    if (operator === undefined) throw invalid(`Unknown UnaryFilter operator "${unaryFilter.op}".`)
    return comparison(unaryFilter.field, { operator, value: NULL }, parent)
  }
  if (compositeFilter === undefined) throw invalid('Unknown Filter type.')
  const { op, filters } = compositeFilter
  if (op !== 'AND' && op !== 'OR') throw invalid('Unsupported CompositeFilter operator.')
  if (filters.length === 0) throw invalid('A composite filter needs at least one filter.')
  const parts = filters.map((part) => readFilter(part, parent))
  return { kind: op === 'AND' ? 'and' : 'or', parts }
}
