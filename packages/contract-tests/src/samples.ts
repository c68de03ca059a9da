import { Decimal } from '@holdfast/core'

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values)
const decimal = (text: string): Decimal => Decimal.from(text)
const day = (text: string): Date => new Date(text)

const NINES = '9'.repeat(34)
const LONG_TEXT = 'Grüße, 世界 😀 '.repeat(700)

const text = [
  '',
  'a',
  ' kept spaces ',
  'line\nbreak\r\n\ttab',
  `it's "quoted" \\ and \`ticked\``,
  "'; drop table everything; --",
  '%_*?[a]',
  '\u00e9',
  'e\u0301',
  'İıſKﬀ',
  '\u0001\u007f\u0080\u2028\u202e\ufeff',
  '\uffff',
  '\ue000\ud7ff',
  '😀\u{10ffff}👨‍👩‍👧',
  'null',
  'undefined',
  'true',
  '12.50',
  '2026-01-01T00:00:00.000Z',
  '{"a":1}',
  '__proto__',
  LONG_TEXT,
]

const real = [
  0,
  0.1,
  0.1 + 0.2,
  1 / 3,
  -0.5,
  Number.EPSILON,
  1e-130,
  -1e-130,
  1.7976931348623157e-99,
  2 ** 53 + 2,
  1e21,
  123456789.12345679,
  9.99999999999999e125,
  -9.99999999999999e125,
]

const nested = {
  big: 2n ** 63n - 1n,
  money: decimal('12345678901234567890.12345678901234'),
  at: day('0001-01-01T00:00:00.000Z'),
  raw: bytes(0, 255, 128),
  empty: { list: [], doc: {}, text: '', raw: bytes() },
  none: null,
}

/** Legal values of every kind, with the extremes of each, that a store must return exactly. */
export const SAMPLES: Readonly<Record<string, readonly unknown[]>> = {
  text,
  whole: [0, 1, -1, 42, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER],
  real,
  big: [0n, 1n, -1n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n)],
  money: [
    decimal('0'),
    decimal('1.10'),
    decimal('-1.10'),
    decimal(NINES),
    decimal(`-${NINES.slice(0, 20)}.${NINES.slice(20)}`),
    decimal(`${NINES}e92`),
    decimal('1e125'),
    decimal('-1e-130'),
    decimal(`1.${'0'.repeat(32)}1e-97`),
  ],
  flag: [true, false],
  at: [
    day('0001-01-01T00:00:00.000Z'),
    day('0099-12-31T23:59:59.999Z'),
    day('1582-10-10T12:00:00.000Z'),
    day('1969-12-31T23:59:59.999Z'),
    new Date(0),
    new Date(1),
    day('2024-02-29T01:30:00.001Z'),
    day('9999-12-31T23:59:59.999Z'),
  ],
  raw: [bytes(), bytes(0), bytes(255), Uint8Array.from({ length: 256 }, (_, at) => at)],
  list: [
    [],
    [[]],
    [[1, [2, ['three']]], []],
    [null, '', 0, false],
    [1, 'one', true, null, { one: 1 }, [1]],
    [nested.big, nested.money, nested.at, nested.raw],
    [nested, [nested]],
    [[bytes(1)], [day('9999-12-31T23:59:59.999Z')], [-1n], [decimal('0.1')]],
  ],
  doc: [
    {},
    { a: {} },
    { 10: 'ten', 2: 'two', 0: 'zero', '-1': 'below', '01': 'padded' },
    { constructor: 1, toString: 2, length: 3, hasOwnProperty: 4, id: 5, ttl: 6 },
    { 'a b': 1, 'a/b': 2, 'a[0]': 3, '`x`': 4, "it's": 5, é: 6, 'e\u0301': 7, '😀': 8, '#': 9 },
    { type: 'bigint', value: '1', date: '2026-01-01', decimal: '1.0', bytes: 'AAAA' },
    { ['n'.repeat(255)]: 'a long name' },
    nested,
  ],
  any: [
    null,
    '',
    '5',
    'text',
    0,
    5,
    -0.25,
    5n,
    decimal('5'),
    true,
    false,
    day('2026-11-23T10:00:00.000Z'),
    bytes(),
    bytes(1, 2, 3),
    [],
    {},
    [5, 5n, decimal('5'), '5'],
    nested,
  ],
}

class Custom {
  readonly field = 1
}

const cyclic = (): object => {
  const one: Record<string, unknown> = {}
  one['self'] = { one }
  return one
}

const deep = (levels: number): unknown => (levels === 0 ? 1 : [deep(levels - 1)])

/** Containers inside each other, as many as given. */
export const nest = (levels: number): unknown[] => [deep(levels - 1)]

/** Values that vendors corrupt or refuse late: core refuses them on every store. */
export const ILLEGAL: readonly (readonly [name: string, field: string, value: unknown])[] = [
  ['NaN', 'real', Number.NaN],
  ['infinity', 'real', Number.POSITIVE_INFINITY],
  ['a number of 1e126', 'real', 1e126],
  ['a number of 1e-131', 'real', 1e-131],
  ['a nested NaN', 'doc', { a: [Number.NaN] }],
  ['a text as a number', 'real', '1'],
  ['an unsafe integer', 'whole', 2 ** 53],
  ['a fraction as an integer', 'whole', 1.5],
  ['a bigint of 2^63', 'big', 2n ** 63n],
  ['a bigint below -2^63', 'list', [-(2n ** 63n) - 1n]],
  ['a number as a bigint', 'big', 1],
  ['a number as a decimal', 'money', 1.1],
  ['a text as a decimal', 'money', '1.1'],
  ['a text as a boolean', 'flag', 'true'],
  ['an invalid date', 'at', new Date(Number.NaN)],
  ['a date of year 0', 'at', new Date('0000-12-31T23:59:59.999Z')],
  ['a date of year 10000', 'doc', { at: new Date(253_402_300_800_000) }],
  ['a text as a date', 'at', '2026-01-01'],
  ['a lone surrogate', 'text', 'a\ud800b'],
  ['a nested lone surrogate', 'list', ['\udc00']],
  ['U+0000', 'text', 'a\0b'],
  ['a number as a text', 'text', 5],
  ['a plain array as bytes', 'raw', [1, 2]],
  ['an array buffer as bytes', 'raw', new ArrayBuffer(2)],
  ['a function', 'any', () => 1],
  ['a symbol', 'any', Symbol('s')],
  ['a Map', 'any', new Map([['a', 1]])],
  ['a Set', 'list', [new Set([1])]],
  ['a class instance', 'doc', { one: new Custom() }],
  ['an object as an array', 'list', { 0: 'a', length: 1 }],
  ['an array as an object', 'doc', ['a']],
  ['a cycle', 'doc', cyclic()],
  ['undefined in an array', 'list', [1, undefined]],
  ['a sparse array', 'list', Object.assign([1], { length: 3 })],
  ['17 levels', 'list', nest(17)],
  ['a nested name with a dot', 'doc', { 'a.b': 1 }],
  ['a nested name beginning with _', 'doc', { a: { _v: 1 } }],
  ['a nested name beginning with $', 'doc', { $set: 1 }],
  ['an empty nested name', 'doc', { '': 1 }],
  ['a nested name of 256 bytes', 'doc', { ['n'.repeat(256)]: 1 }],
  ['a nested __proto__', 'doc', JSON.parse('{"__proto__":{"polluted":true}}') as object],
  ['a nested symbol', 'doc', { [Symbol('s')]: 1 }],
]
