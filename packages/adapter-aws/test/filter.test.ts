import { Decimal, type Filter, type Leaf } from '@holdfast/core/driver'
import { describe, expect, test } from 'vitest'
import { Aliases } from '../src/expression.ts'
import { compileFilter, pushes } from '../src/filter.ts'
import { Table } from '../src/table.ts'
import { model } from '@holdfast/contract-tests/models'

const entity = model(
  'e',
  {
    p: 'string',
    text: 'string?',
    n: 'number?',
    money: 'decimal?',
    flag: 'boolean?',
    at: 'date?',
    list: 'array?',
    doc: 'object?',
    any: 'json?',
  },
  { partition: ['p'], sort: [] },
)
const table = new Table(entity, '')

/** The expression with names and values in place of their aliases. */
const compiled = (filter: Filter): unknown => {
  const aliases = new Aliases(table)
  const result = compileFilter(table, filter, aliases)
  if (typeof result !== 'object') return result
  const used: string[] = []
  const text = result.text.replaceAll(/[#:][0-9a-z]+/g, (alias) => {
    used.push(alias)
    return aliases.names[alias] ?? JSON.stringify(Object.values(aliases.values[alias] ?? {})[0])
  })
  // DynamoDB refuses what is explained and not used.
  expect(new Set(used)).toEqual(
    new Set([...Object.keys(aliases.names), ...Object.keys(aliases.values)]),
  )
  return text
}

const lt: Filter = { op: 'lt', field: 'n', value: 5 }
const eq: Filter = { op: 'eq', field: 'text', value: 'x' }
const never: Filter = { op: 'const', value: false }
const always: Filter = { op: 'const', value: true }
const unknown: Filter = { op: 'const', value: undefined }
const not = (of: Filter): Filter => ({ op: 'not', of })
const and = (...of: Filter[]): Filter => ({ op: 'and', of })
const or = (...of: Filter[]): Filter => ({ op: 'or', of })
const KNOWN = (field: string): string => `attribute_exists(${field}) AND NOT ${field} = true`

test.each<readonly [Filter, unknown]>([
  [lt, 'n < "5"'],
  [not(lt), `${KNOWN('n')} AND NOT n < "5"`],
  [not(not(lt)), 'n < "5"'],
  [and(lt, eq), 'n < "5" AND text = "x"'],
  [or(lt, and(eq, lt)), 'n < "5" OR (text = "x" AND n < "5")'],
  [and(lt, or(eq, lt)), 'n < "5" AND (text = "x" OR n < "5")'],
  [not(or(lt, eq)), `${KNOWN('n')} AND NOT n < "5" AND ${KNOWN('text')} AND NOT text = "x"`],
  [and(and(lt, eq), eq), 'n < "5" AND text = "x" AND text = "x"'],
  [and(lt, always), 'n < "5"'],
  [and(lt, never), false],
  [or(lt, always), true],
  [or(lt, unknown), 'n < "5"'],
  [not(unknown), false],
  [unknown, false],
  [and(), true],
  [or(), false],
  [{ op: 'isNull', field: 'n' }, 'n = true'],
  [not({ op: 'isNull', field: 'n' }), 'NOT n = true'],
  [{ op: 'exists', field: 'n' }, 'attribute_exists(n)'],
  [not({ op: 'exists', field: 'n' }), 'attribute_not_exists(n)'],
  [{ op: 'in', field: 'n', values: [1, 2] }, 'n IN ("1", "2")'],
  [{ op: 'in', field: 'n', values: [] }, false],
  [not({ op: 'in', field: 'n', values: [] }), KNOWN('n')],
  [{ op: 'startsWith', field: 'text', value: 'a' }, 'begins_with(text, "a")'],
  [{ op: 'startsWith', field: 'text', value: '' }, 'attribute_type(text, "S")'],
  [{ op: 'has', field: 'list', value: 'a' }, 'contains(list, "a")'],
  [{ op: 'gt', field: 'flag', value: false }, 'flag IN (true)'],
  [{ op: 'gte', field: 'flag', value: false }, 'flag IN (false, true)'],
  [{ op: 'lt', field: 'flag', value: false }, false],
  [not({ op: 'lt', field: 'flag', value: false }), KNOWN('flag')],
])('%j', (filter, text) => {
  // To the letter: DynamoDB refuses parentheses that say nothing.
  expect(compiled(filter)).toBe(text)
})

test('a filter above 4 KB or 300 operators is too large', () => {
  const of = (count: number): Filter[] => Array.from({ length: count }, () => lt)
  expect(typeof compiled(or(...of(100)))).toBe('string')
  expect(compiled(or(...of(200)))).toBe('too large')
  expect(
    compiled(not({ op: 'in', field: 'n', values: Array.from({ length: 290 }, () => 1) })),
  ).toBe('too large')
})

describe('only what DynamoDB evaluates exactly is pushed', () => {
  test.each<readonly [Leaf, boolean]>([
    [{ op: 'eq', field: 'text', value: 'a' }, true],
    [{ op: 'lt', field: 'money', value: Decimal.from('1') }, true],
    [{ op: 'gt', field: 'at', value: new Date(0) }, true],
    [{ op: 'eq', field: 'any', value: 'a' }, false],
    [{ op: 'isNull', field: 'any' }, true],
    [{ op: 'exists', field: 'doc' }, true],
    [{ op: 'startsWith', field: 'n', value: 'a' }, false],
    [{ op: 'has', field: 'list', value: 'a' }, true],
    [{ op: 'has', field: 'list', value: true }, true],
    [{ op: 'has', field: 'list', value: Uint8Array.of(1) }, true],
    // 1, 1n and Decimal 1 are equal, and stored in three ways.
    [{ op: 'has', field: 'list', value: 1 }, false],
    [{ op: 'has', field: 'list', value: new Date(0) }, false],
    // There it would look for a part of a text as well.
    [{ op: 'has', field: 'any', value: 'a' }, false],
    [{ op: 'in', field: 'n', values: Array.from({ length: 100 }, () => 1) }, true],
    [{ op: 'in', field: 'n', values: Array.from({ length: 101 }, () => 1) }, false],
  ])('%j: %s', (leaf, isPushed) => {
    expect(pushes(entity, leaf)).toBe(isPushed)
  })
})
