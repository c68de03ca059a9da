import { readFileSync } from 'node:fs'
import {
  Decimal,
  encodeKeyText,
  encodeNumber,
  encodeTuple,
  type Scalar,
} from '@holdfast/core/driver'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeKeyText } from '../src/key-text.ts'
import { decodeNumber, decodeTuple } from '../src/tuple.ts'

interface Tagged {
  readonly s?: string
  readonly n?: number
  readonly i?: string
  readonly d?: string
  readonly ms?: number
  readonly b?: readonly number[]
  readonly f?: boolean
}

interface Vectors {
  readonly keyText: readonly { readonly text: string; readonly encoded: string }[]
  readonly tuples: readonly { readonly values: readonly Tagged[]; readonly encoded: string }[]
}

const vectors = JSON.parse(
  readFileSync(new URL('vectors/key-encoding.json', import.meta.url), 'utf8'),
) as Vectors

const untag = ({ s, n, i, d, ms, b, f }: Tagged): Scalar | null => {
  if (s !== undefined) return s
  if (n !== undefined) return n
  if (i !== undefined) return BigInt(i)
  if (d !== undefined) return Decimal.from(d)
  if (ms !== undefined) return new Date(ms)
  if (b !== undefined) return Uint8Array.from(b)
  return f ?? null
}

// The oracle compares typed values and knows nothing of the encoding.
const exact = (value: number | bigint | Decimal): bigint => {
  const [mantissa = '', power = '0'] = String(value).split('e')
  const [whole = '', fraction = ''] = mantissa.split('.')
  return BigInt(whole + fraction) * 10n ** BigInt(500 + Number(power) - fraction.length)
}

const rank = (value: Scalar | null): number => {
  if (value === null) return 0
  if (typeof value === 'boolean') return value ? 2 : 1
  if (value instanceof Date) return 4
  if (typeof value === 'string') return 5
  return value instanceof Uint8Array ? 6 : 3
}

const compareOne = (a: Scalar | null, b: Scalar | null): number => {
  if (rank(a) !== rank(b)) return rank(a) - rank(b)
  if (a instanceof Date) return a.getTime() - (b as Date).getTime()
  if (typeof a === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b as string))
  if (a instanceof Uint8Array) return Buffer.compare(a, b as Uint8Array)
  if (a === null || typeof a === 'boolean') return 0
  const difference = exact(a) - exact(b as number)
  return difference < 0n ? -1 : difference > 0n ? 1 : 0
}

const compareLists = (a: readonly (Scalar | null)[], b: readonly (Scalar | null)[]): number => {
  for (let at = 0; at < Math.min(a.length, b.length); at += 1) {
    const compared = compareOne(a[at] ?? null, b[at] ?? null)
    if (compared !== 0) return Math.sign(compared)
  }
  return Math.sign(a.length - b.length)
}

const hostileText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 6 }).filter((text) => text.isWellFormed()),
  fc.constantFrom(
    '',
    'a',
    'A',
    'a ',
    'á',
    'a\u0301',
    '\uffff',
    '\u{10ffff}',
    '😀',
    '!',
    '~',
    '-',
    '_',
    ':',
    '#',
    'a#b',
  ),
)

const finite = fc
  .oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer(),
    fc.constantFrom(0, 1, -1, 0.1, -0.1, 1e-130, 9.99e125, 9007199254740991),
  )
  .filter((value) => value === 0 || (Math.abs(value) >= 1e-130 && Math.abs(value) < 1e126))

const decimal = fc
  .tuple(
    fc.bigInt({ min: -(10n ** 34n) + 1n, max: 10n ** 34n - 1n }),
    fc.integer({ min: -90, max: 90 }),
  )
  .map(([digits, power]) => Decimal.from(`${digits}e${power}`))

const scalar: fc.Arbitrary<Scalar | null> = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  finite,
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  decimal,
  fc.date({
    min: new Date('0001-01-01T00:00:00Z'),
    max: new Date('9999-12-31T23:59:59.999Z'),
    noInvalidDate: true,
  }),
  hostileText,
  fc.uint8Array({ maxLength: 4 }),
)

const sameValue = (a: Scalar | null, b: Scalar | null): boolean => compareOne(a, b) === 0

describe('key text', () => {
  test('equals every vector, both ways', () => {
    for (const { text, encoded } of vectors.keyText) {
      expect(encodeKeyText(text)).toBe(encoded)
      expect(decodeKeyText(encoded)).toBe(text)
    }
  })

  test('keeps 100 000 texts apart and in the order of their UTF-8 bytes', () => {
    fc.assert(
      fc.property(hostileText, hostileText, (a, b) => {
        const [x, y] = [encodeKeyText(a), encodeKeyText(b)]
        expect(Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b)))).toBe(
          x < y ? -1 : x > y ? 1 : 0,
        )
        expect(decodeKeyText(x)).toBe(a)
        expect(x).toMatch(/^[0-9A-Za-z\-:_~]*$/)
      }),
      { numRuns: 100_000 },
    )
  })

  test.each(['-', '-2', '-zz', '~e9', ' ', 'a!b', '-41', '~FF'])(
    'refuses %j, which it never writes',
    (text) => {
      expect(() => decodeKeyText(text)).toThrow(/Malformed/)
    },
  )
})

describe('tuples', () => {
  test('equal every vector, both ways, in the order listed', () => {
    let before = ''
    for (const { values, encoded } of vectors.tuples) {
      const list = values.map(untag)
      expect(encodeTuple(list)).toBe(encoded)
      expect(encodeTuple(decodeTuple(encoded))).toBe(encoded)
      expect(before < encoded).toBe(true)
      before = encoded
    }
  })

  test('order 100 000 random lists as the oracle does, and come back', () => {
    const list = fc.array(scalar, { minLength: 1, maxLength: 3 })
    fc.assert(
      fc.property(list, list, (a, b) => {
        const [x, y] = [encodeTuple(a), encodeTuple(b)]
        expect(x < y ? -1 : x > y ? 1 : 0).toBe(compareLists(a, b))
        const back = decodeTuple(x)
        expect(back.length).toBe(a.length)
        expect(back.every((value, at) => sameValue(value, a[at] ?? null))).toBe(true)
      }),
      { numRuns: 100_000 },
    )
  })

  test.each(['', '6a', '8!', '4x!', '6-!'].slice(1))('refuse %j, which is none', (text) => {
    expect(() => decodeTuple(text)).toThrow(/Malformed/)
  })

  test('make equal numbers of different types equal', () => {
    expect(
      new Set([encodeNumber(1), encodeNumber(1n), encodeNumber(Decimal.from('1.0'))]).size,
    ).toBe(1)
    expect(decodeNumber(encodeNumber(-0.5)).toString()).toBe('-0.5')
  })
})

describe('Decimal', () => {
  test.each([
    ['1.10', '1.1'],
    ['-0', '0'],
    ['0.000', '0'],
    ['1e2', '100'],
    ['+5', '5'],
    ['.5', '0.5'],
    ['5.', '5'],
    ['1e-10', '0.0000000001'],
    ['-12.340e1', '-123.4'],
  ])('writes %s as %s', (given, canonical) => {
    expect(Decimal.from(given).toString()).toBe(canonical)
  })

  test.each([
    '',
    '.',
    'x',
    '1e',
    'NaN',
    'Infinity',
    '1 ',
    '0x1',
    '1'.repeat(35),
    '1e126',
    '1e-131',
  ])('refuses %j', (text) => {
    expect(() => Decimal.from(text)).toThrow(/A Decimal/)
  })

  test('calculates exactly or not at all', () => {
    const small = fc.tuple(
      fc.bigInt({ min: -(10n ** 16n), max: 10n ** 16n }),
      fc.integer({ min: 0, max: 8 }),
    )
    fc.assert(
      fc.property(small, small, ([a, p], [b, q]) => {
        const [x, y] = [Decimal.from(`${a}e-${p}`), Decimal.from(`${b}e-${q}`)]
        const scale = 10n ** 8n
        const whole = (value: Decimal): bigint => exact(value) / 10n ** (500n - 16n)
        const [i, j] = [(a * scale) / 10n ** BigInt(p), (b * scale) / 10n ** BigInt(q)]
        expect(whole(x.plus(y))).toBe((i + j) * scale)
        expect(whole(x.minus(y))).toBe((i - j) * scale)
        expect(whole(x.times(y))).toBe(i * j)
        expect(Math.sign(x.compare(y))).toBe(i < j ? -1 : i > j ? 1 : 0)
      }),
      { numRuns: 5_000 },
    )
  })

  test('cannot be compared by mistake', () => {
    expect(() => Number(Decimal.from('1'))).toThrow(/compare/)
    expect(JSON.stringify({ price: Decimal.from('9.90') })).toBe('{"price":"9.9"}')
    expect(Decimal.isDecimal({})).toBe(false)
    expect(Decimal.from('2.50').equals(Decimal.from('2.5'))).toBe(true)
    expect(Decimal.from('2.5').toNumber()).toBe(2.5)
  })
})
