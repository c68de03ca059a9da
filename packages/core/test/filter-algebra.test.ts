import { expect, test } from 'vitest'
import type { Filter } from '../src/filter.ts'
import { ALWAYS, allOf, anyOf, NEVER } from '../src/filter-algebra.ts'

const eq = (field: string, value: string | number): Filter => ({ op: 'eq', field, value })

test('what two rules ask alike is asked once', () => {
  const own = allOf([eq('tenant', 'a'), eq('owner', 'u')])
  expect(allOf([eq('tenant', 'a'), own, ALWAYS, eq('owner', 'u')])).toEqual({
    op: 'and',
    of: [eq('tenant', 'a'), eq('owner', 'u')],
  })
  expect(allOf([eq('tenant', 'a'), eq('tenant', 'a')])).toEqual(eq('tenant', 'a'))
})

test('what only looks alike is asked twice', () => {
  const of = [eq('a', '1'), eq('a', 1), eq('b', 1), eq('a', 2)]
  expect(allOf(of)).toEqual({ op: 'and', of })
  const gt: Filter = { op: 'gt', field: 'a', value: 1 }
  expect(allOf([eq('a', 1), gt])).toEqual({ op: 'and', of: [eq('a', 1), gt] })
})

test('constants decide or disappear', () => {
  expect(allOf([eq('a', 1), NEVER])).toEqual(NEVER)
  expect(anyOf([eq('a', 1), ALWAYS])).toEqual(ALWAYS)
  expect(anyOf([NEVER, eq('a', 1)])).toEqual(eq('a', 1))
  expect([allOf([]), anyOf([])]).toEqual([ALWAYS, NEVER])
})
