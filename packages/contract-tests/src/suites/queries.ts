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
import { collect, type Context } from '../case.ts'
import { refused, same } from '../expect.ts'
import { openStore } from '../fixtures.ts'

const { add, suite } = collect('queries')

/** What filters mean: every operator on every kind, three-valued. */
export const queriesSuite = suite

type Where = Readonly<Record<string, unknown>>

/** Writes records `v0`, `v1`, … with these fields, and returns how to ask for ids. */
const stored = async (context: Context, rows: readonly Where[]) => {
  const { db } = openStore(context)
  const place = context.unique
  const made = rows.map((fields, at) => ({
    place,
    id: `v${String(at).padStart(2, '0')}`,
    ...fields,
  }))
  for (const result of await db.everything.createMany(made as never))
    if (!result.ok) throw result.error
  return async (filter: unknown): Promise<string> => {
    const where = and<never>({ place } as never, filter as never) as never
    const { items } = await db.everything.find({ where, limit: 1000 })
    const counted = await db.everything.count({ where })
    same(counted, items.length, 'count must agree with find')
    return items.map(({ id }) => String(Number(id.slice(1)))).join(' ')
  }
}

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
        const find = await stored(context, rows)
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
    const find = await stored(context, rows)
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
    const find = await stored(context, rows)
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

add('three-valued and: false decides, unknown keeps the record out either way', async (context) => {
  const find = await stored(context, [
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
  const find = await stored(context, [
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
  const find = await stored(
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
  const find = await stored(context, [{ whole: 1 }, { whole: 2 }, { whole: 3 }, {}])
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
    const find = await stored(context, [...texts.map((text) => ({ text })), { text: null }, {}])
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
  const find = await stored(context, [
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
  const find = await stored(
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
  const find = await stored(context, [
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
  const find = await stored(context, [
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
  const find = await stored(context, [
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
    const find = await stored(context, [{ text: '5', whole: 5, flag: true, at: new Date(5) }, {}])
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
  const find = await stored(context, [{ whole: 29 }, { whole: 30 }])
  same(await find({ whole: oneOf(numbers(30)) }), '0')
  await refused(() => find({ whole: oneOf(numbers(31)) }), 'LIMIT_EXCEEDED', {
    entity: 'everything',
  })
  const six = oneOf(numbers(6))
  await refused(() => find({ whole: six, real: six } as never), 'LIMIT_EXCEEDED')
})
