import { expect, test } from 'vitest'
import { suites } from '../src/index.ts'

const attacks = suites.filter(({ name }) => name.startsWith('attacks on '))

const numbersOf = (names: readonly string[]): readonly number[] =>
  [...new Set(names.flatMap((name) => /^attack (\d\d): ./.exec(name)?.[1] ?? []))]
    .map(Number)
    .toSorted((a, b) => a - b)

const from = (first: number, last: number): readonly number[] =>
  Array.from({ length: last - first + 1 }, (_, at) => first + at)

test('every attack from 1 to 60 has a case', () => {
  const names = attacks.flatMap(({ cases }) => cases.map(({ name }) => name))
  expect(numbersOf(names)).toEqual(from(1, 60))
})

test.each([
  ['attacks on masks', 1, 14],
  ['attacks on rows', 15, 32],
  ['attacks on writes', 33, 47],
  ['attacks on actors', 48, 60],
])('%s are numbered from %i to %i', (name, first, last) => {
  const suite = attacks.filter((one) => one.name === name)
  expect(suite).toHaveLength(1)
  expect(numbersOf(suite.flatMap(({ cases }) => cases.map((one) => one.name)))).toEqual(
    from(first, last),
  )
})

test('every case of these suites says which attack it is, and belongs to its suite', () => {
  for (const { name, cases } of attacks)
    for (const one of cases) {
      expect(one.suite).toBe(name)
      expect(one.name).toMatch(/^attack (0[1-9]|[1-5]\d|60): \S/)
    }
})
