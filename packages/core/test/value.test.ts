import { Decimal } from '@holdfast/core'
import type { Key, Kind } from '@holdfast/core/driver'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { deepEqual } from '../src/equal.ts'
import { checkRecordSize, recordSize } from '../src/size.ts'
import { encodeTuple } from '../src/tuple.ts'
import { checkFieldName, checkIndexSort, checkKey, normalizeField } from '../src/value.ts'

const KIB = 1024
const normalize = (kind: Kind, value: unknown, optional = true): unknown =>
  normalizeField('order', { name: 'total', kind, optional }, value)

const nest = (levels: number): unknown => {
  let value: unknown = 1
  for (let level = 0; level < levels; level += 1) value = level % 2 === 0 ? [value] : { a: value }
  return value
}

const cycle: Record<string, unknown> = {}
cycle['self'] = [cycle]

const INVALID_TOTAL = { code: 'INVALID', entity: 'order', field: 'total' }

describe('illegal values are refused, naming the field', () => {
  const refused: readonly (readonly [string, Kind, unknown])[] = [
    ['NaN', 'number', NaN],
    ['an infinity', 'number', -Infinity],
    ['a number too small', 'number', 9e-131],
    ['a number too large', 'number', 1e126],
    ['text as number', 'number', '1'],
    ['a Decimal as number', 'number', Decimal.from(1)],
    ['an unsafe integer', 'integer', 2 ** 53],
    ['a fraction as integer', 'integer', 0.5],
    ['2^63', 'bigint', 2n ** 63n],
    ['-2^63 - 1', 'bigint', -(2n ** 63n) - 1n],
    ['a number as bigint', 'bigint', 1],
    ['a number as decimal', 'decimal', 1],
    ['an invalid Date', 'date', new Date(NaN)],
    ['a Date of year 0', 'date', new Date('0000-12-31T23:59:59.999Z')],
    ['a Date of year 10000', 'date', new Date('+010000-01-01T00:00:00Z')],
    ['text as date', 'date', '2026-11-23'],
    ['a lone surrogate', 'string', 'a\ud800'],
    ['U+0000', 'string', 'a\0b'],
    ['a number as string', 'string', 1],
    ['a number as boolean', 'boolean', 1],
    ['an array as bytes', 'bytes', [1]],
    ['an object as array', 'array', {}],
    ['an array as object', 'object', []],
    ['a Date as object', 'object', new Date(0)],
    ['bytes as object', 'object', new Uint8Array()],
    ['a Decimal as object', 'object', Decimal.from(1)],
    ['undefined in an array', 'array', [undefined]],
    ['a hole', 'array', Array(1)],
    ['NaN inside', 'json', { a: [NaN] }],
    ['a wide bigint inside', 'json', [2n ** 63n]],
    ['an invalid Date inside', 'json', [new Date(NaN)]],
    ['a lone surrogate inside', 'json', { a: '\udc00' }],
    ['a function', 'json', { a: () => 1 }],
    ['a symbol', 'json', [Symbol('a')]],
    ['a symbol as name', 'json', { [Symbol('a')]: 1 }],
    ['a Map', 'json', { a: new Map() }],
    ['a Set', 'object', new Set()],
    ['a class instance', 'json', { a: new URL('https://example.invalid') }],
    ['a boxed string', 'json', [new String('a')]],
    ['a cycle', 'json', cycle],
    ['17 levels', 'json', nest(17)],
    ['__proto__ as name', 'json', JSON.parse('{"__proto__":{"a":1}}')],
    ['a name with a dot', 'json', { 'a.b': 1 }],
    ['a name with $', 'json', [{ $set: 1 }]],
    ['an empty name', 'json', { '': 1 }],
    ['a name of 256 bytes', 'json', { ['é'.repeat(128)]: 1 }],
  ]

  test.each(refused)('%s', (_, kind, value) => {
    expect(() => normalize(kind, value)).toThrow(expect.objectContaining(INVALID_TOTAL))
    expect(() => normalize(kind, value)).toThrow(/^order\.total .*\.$/)
  })

  test('null where the field is required, of every kind', () => {
    for (const kind of ['string', 'number', 'json', 'array'] as const) {
      expect(() => normalize(kind, null, false)).toThrow(expect.objectContaining(INVALID_TOTAL))
      expect(normalize(kind, null)).toBe(null)
    }
  })

  test('and never shown', () => {
    for (const value of ['s3cret\0', { 's3cret.x': 1 }, ['s3cret\ud800']])
      expect(() => normalize('json', value)).toThrow(/^(?!.*s3cret)/)
  })
})

describe('legal values', () => {
  test('at the edges stay as they are', () => {
    const date = new Date('9999-12-31T23:59:59.999Z')
    const kept: readonly (readonly [Kind, unknown])[] = [
      ['number', 1e-130],
      ['number', 9.99e125],
      ['integer', -Number.MAX_SAFE_INTEGER],
      ['bigint', -(2n ** 63n)],
      ['bigint', 2n ** 63n - 1n],
      ['date', date],
      ['date', new Date('0001-01-01T00:00:00Z')],
      ['string', '\uffff😀'],
      ['bytes', new Uint8Array(3)],
      ['decimal', Decimal.from('1e-130')],
    ]
    for (const [kind, value] of kept) expect(normalize(kind, value)).toBe(value)
    expect(normalize('json', nest(16))).toEqual(nest(16))
  })

  test('lose -0 and undefined', () => {
    expect(normalize('number', -0)).toBe(0)
    expect(normalize('integer', -0)).toBe(0)
    expect(normalize('json', { a: [-0], b: undefined })).toStrictEqual({ a: [0] })
  })

  test('are copied where they are nested and mutable, a Buffer too', () => {
    const given = {
      list: [1],
      date: new Date(0),
      bytes: Uint8Array.of(1),
      buffer: Buffer.from([1]),
      bare: Object.assign(Object.create(null) as object, { a: 1 }),
    }
    const copy = normalize('object', given) as typeof given
    given.list.push(2)
    given.date.setTime(1)
    given.bytes[0] = 9
    given.buffer[0] = 9
    expect(copy).toEqual({
      list: [1],
      date: new Date(0),
      bytes: Uint8Array.of(1),
      buffer: Uint8Array.of(1),
      bare: { a: 1 },
    })
  })

  test('may repeat one object without being a cycle', () => {
    const shared = { a: 1 }
    expect(normalize('json', [shared, shared])).toEqual([{ a: 1 }, { a: 1 }])
  })
})

test('field names', () => {
  for (const name of ['a', 'A-b', 'a_$', 'é'.repeat(127), '日'.repeat(85), 'constructor', 'a b'])
    expect(checkFieldName(name)).toBeUndefined()
  for (const name of [
    '',
    'a.b',
    '_v',
    '$a',
    '__proto__',
    'a'.repeat(256),
    '日'.repeat(86),
    '\ud800',
    'a\0',
  ])
    expect(checkFieldName(name)).toMatch(/^must /)
})

describe('sizes', () => {
  test('of every type are as documented', () => {
    const value = {
      é: '😀a', // 2 + 5
      n: 1, // 1 + 8
      i: 1n, // 1 + 8
      d: Decimal.from('1.50'), // 1 + 3
      b: true, // 1 + 1
      z: null, // 1 + 1
      t: new Date(0), // 1 + 8
      y: new Uint8Array(4), // 1 + 8
      l: ['a', [true]], // 1 + 3 + (1 + 1) + (1 + 3 + 1 + 1)
      o: { ab: 'c' }, // 1 + 3 + 1 + 2 + 1
    }
    expect(recordSize(value)).toBe(7 + 9 + 9 + 4 + 2 + 2 + 9 + 9 + 12 + 8)
  })

  test('count text as UTF-8', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        fc.pre(text.isWellFormed())
        expect(recordSize({ a: text })).toBe(1 + Buffer.byteLength(text))
      }),
      { numRuns: 10_000 },
    )
  })

  test.each(['a', 'é', '日', '😀'])('refuse a record of one byte over 350 KiB, of %s', (text) => {
    const count = Math.floor((350 * KIB - 3) / Buffer.byteLength(text))
    const rest = 350 * KIB - 2 - count * Buffer.byteLength(text)
    const fits = { a: text.repeat(count), b: 'x'.repeat(rest) }
    expect(recordSize(fits)).toBe(350 * KIB)
    expect(() => checkRecordSize('order', fits)).not.toThrow()
    expect(() => checkRecordSize('order', { ...fits, b: `${fits.b}x` })).toThrow(
      expect.objectContaining({ code: 'LIMIT_EXCEEDED', entity: 'order' }),
    )
  })
})

describe('keys', () => {
  const part = fc.oneof(
    fc.integer(),
    fc.boolean(),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.uint8Array({ minLength: 1, maxLength: 320 }),
    fc
      .constantFrom('a', '-', 'é', '日', '😀')
      .chain((unit) => fc.integer({ min: 1, max: 320 }).map((count) => unit.repeat(count))),
  )
  const throwsLimit = (call: () => void): boolean => {
    try {
      call()
      return false
    } catch (error) {
      expect(error).toMatchObject({ code: 'LIMIT_EXCEEDED', entity: 'order', field: 'b' })
      return true
    }
  }

  test('have exactly 600 encoded bytes, and index sorts 400, whatever the fast path says', () => {
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 3 }), (key: Key) => {
        const size = encodeTuple(key).length
        expect(throwsLimit(() => checkKey('order', ['a', 'b'], key))).toBe(size > 600)
        expect(throwsLimit(() => checkIndexSort('order', 'byA', ['b'], key))).toBe(size > 400)
      }),
      { numRuns: 5_000 },
    )
  })

  test('have no empty part', () => {
    for (const empty of ['', new Uint8Array()])
      expect(() => checkKey('order', ['a', 'b'], ['x', empty])).toThrow(
        expect.objectContaining({ code: 'INVALID', field: 'b' }),
      )
  })
})

describe('equality', () => {
  const samples: readonly (() => unknown)[] = [
    () => null,
    () => false,
    () => 0,
    () => 0n,
    () => '',
    () => Decimal.from(0),
    () => Decimal.from(1),
    () => new Date(0),
    () => new Date(1),
    () => new Uint8Array(),
    () => Uint8Array.of(1),
    () => [],
    () => [1],
    () => ({}),
    () => ({ 0: 1 }),
    () => ({ a: new Date(0) }),
    () => ({ a: {} }),
    () => ({ a: Decimal.from(1) }),
  ]

  test('holds of a value and its twin, and of no two that differ in type', () => {
    for (const [at, left] of samples.entries())
      for (const [other, right] of samples.entries())
        expect([at, other, deepEqual(left(), right())]).toEqual([at, other, at === other])
  })

  test('ignores the order of names', () => {
    expect(deepEqual({ a: 1, b: [2] }, { b: [2], a: 1 })).toBe(true)
    expect(deepEqual({ a: 1, b: 2 }, { a: 1, c: 2 })).toBe(false)
  })
})
