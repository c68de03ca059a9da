import { Decimal } from '@holdfast/core'
import { expect, test } from 'vitest'

test('two different Decimals are not deeply equal to a test library', () => {
  expect(Decimal.from(1)).not.toEqual(Decimal.from(2))
  expect({ total: Decimal.from('1.10') }).toStrictEqual({ total: Decimal.from('1.1') })
})

test('a Decimal cannot be changed', () => {
  expect(Object.isFrozen(Decimal.from(1))).toBe(true)
})

test('hostile text is refused in linear time', () => {
  const started = performance.now()
  expect(() => Decimal.from(`1${'0'.repeat(200_000)}1`)).toThrow(/A Decimal/)
  // Linear time takes about 1 ms, quadratic time took 64 s.
  expect(performance.now() - started).toBeLessThan(1_000)
})

test('zeros around the digits do not count', () => {
  expect(Decimal.from(`${'0'.repeat(60)}12.50${'0'.repeat(60)}`).toString()).toBe('12.5')
  expect(Decimal.from(`0.${'0'.repeat(60)}1`).parts).toEqual({
    negative: false,
    digits: '1',
    exponent: -60,
  })
})

test('decimals that are the same number are told apart', () => {
  const [less, more] = ['9007199254740992.1', '9007199254740992.2'].map((one) => Decimal.from(one))
  const pairs = [
    [less, more],
    [Decimal.from(`${'9'.repeat(33)}8`), Decimal.from('9'.repeat(34))],
    [Decimal.from('-1e-130'), Decimal.from(0)],
  ] as const
  for (const [a = Decimal.from(0), b = Decimal.from(0)] of pairs)
    expect([a.compare(b), b.compare(a), a.compare(a)].map(Math.sign)).toEqual([-1, 1, 0])
})
