import { Decimal, type Scalar } from '@holdfast/core/driver'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { partitionText, sortText } from '../src/key-values.ts'
import { vendorName } from '../src/names.ts'

test('a partition begins with the first value as an IAM policy writes it, then the entity', () => {
  expect(partitionText('order', ['acme'])).toBe('acme!order')
  expect(partitionText('order', ['5f0c-4a@acme.example', 'open'])).toBe(
    '5f0c-4a@acme.example!order!open',
  )
})

test.each(['!', '*', '?', '$', '~', '\u00e9', '"'])(
  'a value cannot hold %s, which means something to IAM or to the text',
  (char) => {
    const partition = partitionText('order', [`a${char}order`])
    expect(partition).toMatch(/^a(~[0-9A-F]{2})+order!order$/)
  },
)

test.each<readonly [Scalar, string]>([
  [42, '42'],
  [-0.5, '-0.5'],
  [10n ** 18n, '1000000000000000000'],
  [Decimal.from('1.10'), '1.1'],
  [1e120, '0.1e121'],
  [true, 'true'],
  [new Date(0), '1970-01-01T00:00:00.000Z'],
  [Uint8Array.of(1, 255), '01ff'],
])('%s is readable in a partition', (value, text) => {
  expect(partitionText('e', [value])).toBe(`${text}!e`)
})

test('two lists of values never share a partition', () => {
  const parts = fc.array(fc.string({ unit: 'binary', maxLength: 4 }), {
    minLength: 2,
    maxLength: 2,
  })
  fc.assert(
    fc.property(parts, parts, (a, b) => {
      expect(partitionText('e', a) === partitionText('e', b)).toBe(a.join('\0') === b.join('\0'))
    }),
    { numRuns: 5000 },
  )
  expect(partitionText('e', ['a!e', 'b'])).not.toBe(partitionText('e', ['a', 'e!b']))
})

test('a partition has 2048 bytes at most, and long ones differ', () => {
  const long = 'x'.repeat(3000)
  const texts = [partitionText('e', [`${long}1`]), partitionText('e', [`${long}2`])]
  for (const text of texts) expect(text.length).toBeLessThanOrEqual(2048)
  expect(texts[0]).not.toBe(texts[1])
  expect(texts[0]).toMatch(/^x{1000}/)
})

test('sort texts order as their values do, and are never empty', () => {
  const values: readonly (Scalar | null)[] = [
    null,
    false,
    true,
    -1,
    0,
    2,
    10,
    '',
    'A',
    'a',
    '\uffff',
  ]
  const texts = values.map((value) => sortText([value]))
  expect(texts.toSorted()).toEqual(texts)
  expect(sortText([])).not.toBe('')
})

test('names are what DynamoDB allows, and stay apart', () => {
  expect(vendorName('order_2-x')).toBe('order_2-x')
  const names = ['a', 'a.', 'a..', 'ab', 'a b', 'a.20b', '\u00e9', 'abc'].map(vendorName)
  for (const name of names) expect(name).toMatch(/^[0-9A-Za-z_.-]{3,255}$/)
  expect(new Set(names).size).toBe(names.length)
})
