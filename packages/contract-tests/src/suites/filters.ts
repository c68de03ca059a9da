import {
  and,
  between,
  Decimal,
  exists,
  gt,
  gte,
  has,
  isNull,
  lt,
  lte,
  not,
  oneOf,
  or,
  startsWith,
} from '@holdfast/core'
import { collect } from '../case.ts'
import { refused, same } from '../expect.ts'
import { storedRecords } from '../query-fixtures.ts'

const { add, suite } = collect('filters')

/** How filters combine, and what they say of texts, lists, json and other types. */
export const filtersSuite = suite

const decimal = (text: string): Decimal => Decimal.from(text)
const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values)

const numbers = (length: number): number[] => Array.from({ length }, (_, at) => at)

add('three-valued and: false decides, unknown keeps the record out either way', async (context) => {
  const find = await storedRecords(context, [
    { flag: true, whole: 1 },
    { flag: false, whole: 1 },
    { flag: true },
    { flag: false },
    {},
  ])
  const both = and<never>({ flag: true } as never, { whole: 1 } as never)
  same(await find(both), '0')
  same(await find(not(both)), '1 3', 'false and unknown is false; true and unknown is unknown')
})

add('three-valued or: true decides, unknown keeps the record out either way', async (context) => {
  const find = await storedRecords(context, [
    { flag: true, whole: 2 },
    { flag: false, whole: 2 },
    { flag: true },
    { flag: false, whole: null },
    {},
  ])
  const either = or<never>({ flag: true } as never, { whole: 1 } as never)
  same(await find(either), '0 2')
  same(await find(not(either)), '1')
})

add('not(not(x)) is x, and de Morgan holds with null and missing', async (context) => {
  const values = [true, false, null, undefined]
  const find = await storedRecords(
    context,
    values.flatMap((flag) =>
      values.map((other) => ({ flag, whole: other === true ? 1 : other === false ? 0 : other })),
    ),
  )
  const a = { flag: true } as never
  const b = { whole: 1 } as never
  same(await find(not(not(a))), await find(a))
  same(await find(not(and(a, b))), await find(or(not(a), not(b))))
  same(await find(not(or(a, b))), await find(and(not(a), not(b))))
})

add('a chain of twelve nots, and nesting of and, or and not', async (context) => {
  const find = await storedRecords(context, [{ whole: 1 }, { whole: 2 }, { whole: 3 }, {}])
  let filter: unknown = { whole: 1 }
  for (let at = 0; at < 12; at += 1) filter = not(filter as never)
  same(await find(filter), '0')
  same(await find(not(filter as never)), '1 2')
  const nested = or<never>(
    and({ whole: gt(1) } as never, not({ whole: 3 } as never)),
    not(or({ whole: lte(2) } as never, { text: isNull() } as never)),
  )
  same(await find(nested), '1 2')
})

add(
  'startsWith is exact for metacharacters, case, composition and code points',
  async (context) => {
    const texts = [
      '100%',
      '100x',
      'a_b',
      'axb',
      'a\\b',
      'a[b]',
      'a*b',
      'Ab',
      'AB',
      'é',
      'e\u0301',
      '😀x',
      '😁',
      '\ud7ffx',
      '\ue000x',
      '\uffffx',
      '\u{10ffff}x',
      '',
      'a?b',
      "a'b",
      '\u0001',
    ]
    const find = await storedRecords(context, [
      ...texts.map((text) => ({ text })),
      { text: null },
      {},
    ])
    for (const prefix of [
      ...texts,
      'a',
      'A',
      'e',
      '%',
      '_',
      '100',
      'a\\',
      '\ud7ff',
      '\u{10ffff}',
      '\uffff',
    ]) {
      const wanted = texts.flatMap((text, at) => (text.startsWith(prefix) ? [at] : []))
      const others = texts.flatMap((text, at) => (text.startsWith(prefix) ? [] : [at]))
      const where = { text: startsWith(prefix) }
      same(await find(where), wanted.join(' '), `prefix ${JSON.stringify(prefix)}`)
      same(
        await find(not(where as never)),
        others.join(' '),
        `not prefix ${JSON.stringify(prefix)}`,
      )
    }
  },
)

add('has finds elements by value and type, in arrays only', async (context) => {
  const find = await storedRecords(context, [
    { list: ['a', 'b'] },
    { list: ['A', 'ab', ['a']] },
    { list: [] },
    { list: [1, '2', null] },
    { list: [1n] },
    { list: [decimal('1.0'), true] },
    { list: null },
    {},
    { list: [new Date(5)] },
    { list: [bytes(1, 2)] },
    { list: ['a\\"b', "'", '%', 'a,b'] },
    { list: [{ a: 'a' }, 0.5] },
  ])
  same(await find({ list: has('a') }), '0')
  same(await find(not({ list: has('a') } as never)), '1 2 3 4 5 8 9 10 11')
  for (const one of [1, 1n, decimal('1')]) same(await find({ list: has(one) }), '3 4 5')
  same(await find({ list: has('2') }), '3')
  same(await find({ list: has(2) }), '')
  same(await find({ list: has(true) }), '5')
  same(await find({ list: has(new Date(5)) }), '8')
  same(await find({ list: has(bytes(1, 2)) }), '9')
  for (const one of ['a\\"b', "'", '%', 'a,b']) same(await find({ list: has(one) }), '10')
  same(await find({ list: has(0.5) }), '11')
  same(await find({ list: has('') }), '')
})

add('a json field: another type compares as false, null as unknown', async (context) => {
  const find = await storedRecords(
    context,
    [5, 5n, decimal('5'), '5', true, new Date(5), bytes(5), [5], { a: 5 }, null, undefined, 6].map(
      (any) => (any === undefined ? {} : { any }),
    ),
  )
  same(await find({ any: 5 }), '0 1 2')
  same(await find(not({ any: 5 } as never)), '3 4 5 6 7 8 11')
  same(await find({ any: '5' }), '3')
  same(await find({ any: gte(5) }), '0 1 2 11')
  same(await find(not({ any: gt(5) } as never)), '0 1 2 3 4 5 6 7 8')
  same(await find({ any: has(5) }), '7')
  same(await find({ any: startsWith('5') }), '3')
  same(await find({ any: oneOf(['5', true] as never) }), '3 4')
  same(await find({ any: isNull() }), '9')
  same(await find({ any: exists() }), '0 1 2 3 4 5 6 7 8 9 11')
})

add('isNull and exists on array, object and json fields', async (context) => {
  const find = await storedRecords(context, [
    { list: [], doc: {} },
    { list: null, doc: null },
    {},
    { list: [null], doc: { a: null } },
  ])
  for (const field of ['list', 'doc']) {
    same(await find({ [field]: isNull() }), '1')
    same(await find({ [field]: exists() }), '0 1 3')
    same(await find(not({ [field]: exists() } as never)), '2')
    same(await find(not({ [field]: isNull() } as never)), '0 2 3')
  }
})

add('several fields must all hold; a filter on a key field works with others', async (context) => {
  const find = await storedRecords(context, [
    { whole: 1, text: 'a' },
    { whole: 1, text: 'b' },
    { whole: 2, text: 'a' },
  ])
  same(await find({ whole: 1, text: 'a' }), '0')
  same(await find({ id: 'v01', whole: 1 }), '1')
  same(await find({ id: 'v01', whole: 2 }), '')
  same(await find({ id: startsWith('v0'), whole: gte(2) }), '2')
})

add('literals of other numeric types compare by value on every numeric field', async (context) => {
  const find = await storedRecords(context, [
    { whole: 5, real: 5, big: 5n, money: decimal('5') },
    { whole: 6, real: 5.5, big: 6n, money: decimal('5.5') },
    { whole: 7, real: 7, big: 2n ** 53n + 1n, money: decimal('9007199254740993') },
  ])
  for (const field of ['whole', 'real', 'big', 'money'])
    for (const five of [5, 5n, decimal('5.0')]) {
      same(await find({ [field]: five }), '0', `${field} equals ${typeof five}`)
      same(await find({ [field]: gt(five) }), '1 2')
      same(await find(not({ [field]: five } as never)), '1 2')
      same(await find({ [field]: oneOf([five]) }), '0')
      same(await find({ [field]: between(five, five) }), '0')
    }
  for (const field of ['whole', 'big']) {
    same(await find({ [field]: gt(5.5) }), '1 2')
    same(await find({ [field]: lt(decimal('5.5')) }), '0')
    same(await find({ [field]: 5.5 }), '')
  }
  for (const field of ['big', 'money']) {
    same(await find({ [field]: 2n ** 53n + 1n }), '2')
    same(await find({ [field]: gt(2n ** 53n) }), '2')
    same(await find({ [field]: decimal('9007199254740993') }), '2')
  }
  same(await find({ real: decimal('5.5') }), '1')
  same(await find({ money: 5.5 }), '1')
})

add(
  'a literal of another type holds for nothing, and its negation for everything present',
  async (context) => {
    const find = await storedRecords(context, [
      { text: '5', whole: 5, flag: true, at: new Date(5) },
      {},
    ])
    for (const [field, value] of [
      ['text', 5],
      ['whole', '5'],
      ['flag', 'true'],
      ['flag', 1],
      ['at', 5],
      ['at', '1970'],
      ['raw', 'x'],
    ] as const) {
      same(await find({ [field]: value }), '', `${field} is never ${typeof value}`)
      same(await find({ [field]: gte(value) }), '')
      same(await find(not({ [field]: value } as never)), field === 'raw' ? '' : '0')
    }
  },
)

add('more than 30 alternatives are refused, 30 are not', async (context) => {
  const find = await storedRecords(context, [{ whole: 29 }, { whole: 30 }])
  same(await find({ whole: oneOf(numbers(30)) }), '0')
  await refused(() => find({ whole: oneOf(numbers(31)) }), 'LIMIT_EXCEEDED', {
    entity: 'everything',
  })
  const six = oneOf(numbers(6))
  await refused(() => find({ whole: six, real: six } as never), 'LIMIT_EXCEEDED')
})
