import { Decimal, between, exists, gt, gte, isNull, lt, lte, not, oneOf, or } from '@holdfast/core'
import { collect } from '../case.ts'
import { same } from '../expect.ts'
import { storedRecords } from '../query-fixtures.ts'

const { add, suite } = collect('queries')

/** What filters mean: every operator on every kind, three-valued. */
export const queriesSuite = suite

const decimal = (text: string): Decimal => Decimal.from(text)
const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values)

/** Values of each kind in ascending order. */
const ASCENDING: Readonly<Record<string, readonly unknown[]>> = {
  text: ['', ' ', '%', 'A', 'Z', '_', 'a', 'aa', 'b', 'e\u0301', 'é', '\uffff', '😀'],
  whole: [-(2 ** 53 - 1), -10, -9, 0, 1, 9, 10, 2 ** 53 - 1],
  real: [-1e125, -1.5, -1e-130, 0, 1e-130, 0.1, 0.5, 9, 10, 1e21, 9.9e125],
  big: [-(2n ** 63n), -1n, 0n, 9n, 10n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 63n - 1n],
  money: ['-1e125', '-9.5', '0', '1e-130', '0.1', '9', '10', '10.000000001', '9e125'].map(decimal),
  flag: [false, true],
  at: ['0001-01-01', '1582-10-10', '1969-12-31', '1970-01-01', '2026-11-23', '9999-12-31'].map(
    (day) => new Date(`${day}T00:00:00.000Z`),
  ),
  raw: [bytes(), bytes(0), bytes(0, 0), bytes(1), bytes(127, 9), bytes(128), bytes(255)],
}

const numbers = (length: number): number[] => Array.from({ length }, (_, at) => at)

for (const [field, values] of Object.entries(ASCENDING)) {
  const size = values.length
  const rows = [...values.map((value) => ({ [field]: value })), { [field]: null }, {}]
  const present = numbers(size)
  const matching = (test: (at: number) => boolean): string => present.filter(test).join(' ')

  const comparisons = [
    ['equality', (value: unknown) => value, (at: number, to: number) => at === to],
    ['gt', (value: unknown) => gt(value as never), (at: number, to: number) => at > to],
    ['gte', (value: unknown) => gte(value as never), (at: number, to: number) => at >= to],
    ['lt', (value: unknown) => lt(value as never), (at: number, to: number) => at < to],
    ['lte', (value: unknown) => lte(value as never), (at: number, to: number) => at <= to],
  ] as const
  for (const [name, make, test] of comparisons)
    add(
      `${name} on a ${field} field, and its negation without null and missing`,
      async (context) => {
        const find = await storedRecords(context, rows)
        for (const [to, value] of values.entries()) {
          const where = { [field]: make(value) }
          same(
            await find(where),
            matching((at) => test(at, to)),
            `${name} value ${to}`,
          )
          same(
            await find(not(where as never)),
            matching((at) => !test(at, to)),
            `not ${name} ${to}`,
          )
        }
      },
    )

  add(`between on a ${field} field includes both ends`, async (context) => {
    const find = await storedRecords(context, rows)
    for (const low of [0, 1])
      for (const high of [1, size - 1]) {
        const where = { [field]: between(values[low] as never, values[high] as never) }
        same(
          await find(where),
          matching((at) => at >= low && at <= high),
        )
        same(
          await find(not(where as never)),
          matching((at) => at < low || at > high),
        )
      }
    const inverted = between(values[1] as never, values[0] as never)
    same(await find({ [field]: inverted }), '', 'an inverted range holds nothing')
  })

  add(`oneOf, isNull and exists on a ${field} field`, async (context) => {
    const find = await storedRecords(context, rows)
    const some = oneOf([values[0], values[size - 1]] as never)
    const ends = (at: number): boolean => at === 0 || at === size - 1
    same(await find({ [field]: some }), matching(ends))
    same(
      await find(not({ [field]: some } as never)),
      matching((at) => !ends(at)),
    )
    same(await find({ [field]: oneOf([]) }), '')
    same(await find(not({ [field]: oneOf([]) } as never)), numbers(size + 2).join(' '))
    same(await find({ [field]: isNull() }), `${size}`)
    same(await find(not({ [field]: isNull() } as never)), [...present, size + 1].join(' '))
    same(await find({ [field]: exists() }), [...present, size].join(' '))
    same(await find(not({ [field]: exists() } as never)), `${size + 1}`)
    const either = or<never>({ [field]: values[0] } as never, { [field]: isNull() } as never)
    same(await find(either), `0 ${size}`)
  })
}
