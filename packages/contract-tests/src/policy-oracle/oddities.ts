/** The entity of the policy oracle, its twenty hostile records, and the actors that ask for them. */
import { Decimal, defineActor, defineEntity } from '@holdfast/core'
import { z } from 'zod'
import type { Asker, Facts, Fields } from './verdict.ts'

const loose = <T>() => z.custom<T>(() => true).nullish()

/** A field of every kind, two with names that SQL reserves, two sensitive ones, and an index to sort by text. */
export const Oddity = defineEntity('oddity', {
  schema: z.object({
    tenantId: z.string(),
    id: z.string(),
    bucket: z.string(),
    mark: z.string(),
    rank: z.int(),
    owner: loose<string>(),
    text: loose<string>(),
    order: loose<string>(),
    select: loose<number>(),
    whole: loose<number>(),
    real: loose<number>(),
    big: loose<bigint>(),
    money: loose<Decimal>(),
    flag: loose<boolean>(),
    at: loose<Date>(),
    raw: loose<Uint8Array>(),
    list: loose<readonly unknown[]>(),
    any: loose<unknown>(),
    secret: loose<string>(),
    cost: loose<number>(),
    touched: loose<number>(),
  }),
  fields: {
    owner: 'string',
    text: 'string',
    order: 'string',
    select: 'integer',
    whole: 'integer',
    real: 'number',
    big: 'bigint',
    money: 'decimal',
    flag: 'boolean',
    at: 'date',
    raw: 'bytes',
    list: 'array',
    any: 'json',
    secret: 'string',
    cost: 'number',
    touched: 'integer',
  },
  key: { partition: ['tenantId'], sort: ['id'] },
  indexes: {
    byBucket: { partition: ['bucket'], sort: ['rank'] },
    byOwner: { partition: ['tenantId', 'owner'], sort: ['rank'] },
    byText: { partition: ['tenantId'], sort: ['text'] },
  },
  sensitive: ['secret', 'cost'],
})

/** What the evaluator needs to know of `Oddity`. */
export const FACTS: Facts = { key: ['tenantId', 'id'], sensitive: ['secret', 'cost'] }

/** The actor: its schema lets everything through, so that core must look. */
export const asker = defineActor(z.custom<Asker>(() => true))

const d = (text: string): Decimal => Decimal.from(text)
const b = (...values: number[]): Uint8Array => Uint8Array.from(values)
const t = (milliseconds: number): Date => new Date(milliseconds)

/** Stands for a missing field in the columns below. */
const _ = undefined
const MAX = Number.MAX_SAFE_INTEGER

/** Column by column, twenty values each: what stores confuse, and what equals ids, roles and attributes. */
// prettier-ignore
const COLUMNS: Readonly<Record<string, readonly unknown[]>> = {
  id: [
    'u', 'null', 'undefined', '*', '%', '_', "o'r", '"', '\\', 'é', 'e\u0301', 'U', 'one',
    '__proto__', 'constructor', '[', '5', '😀', '\uffff', 'z',
  ],
  owner: [
    'u', 'u', 'v', null, _, 'U', 'null', 'undefined', '*', '', 'u ', 'v', 'u', 'one', 'w', null, _,
    'v', 'x', 'u',
  ],
  text: [
    null, _, '', 'a', 'A', 'ab', 'a%', 'a_b', 'a\\b', "a'b", 'a[b', 'é', 'e\u0301', '\uffff', '😀',
    'null', 'undefined', '*', '5', '\ud7ff',
  ],
  order: [
    'asc', 'desc', null, _, '"', '--', ';', 'desc', 'DESC', '', 'asc', null, _, 'x', 'y', 'desc',
    '%', '_', 'asc', 'null',
  ],
  select: [0, 1, null, _, -1, 5, 5, 2, -5, 0, 1, null, _, 9, 10, 100, -100, 5, 3, 4],
  whole: [
    0, 1, -1, 5, null, _, 10, 9, MAX, -MAX, 5, 2, null, _, 100, -5, 4, 6, 5, -0,
  ],
  real: [
    -0, 0, 0.5, -0.5, 0.1, 0.30000000000000004, 0.3, 1e21, 5, null, _, 1e-130, -1e-130, 9.9e125,
    -1e125, 5.5, null, _, 9007199254740992, 1.5,
  ],
  big: [
    0n, 1n, -1n, 5n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n), null, _, 10n,
    2n ** 53n - 1n, 5n, null, _, 9n, 6n, -5n, 2n ** 60n, 4n,
  ],
  money: [
    ...['0', '0.5', '-0.5', '5', '0.1', '0.3', '9007199254740993', '1e125', '1e-130'].map(d),
    null, _, d('5.00'), d('0.10'), d('9007199254740992'), null, _, d('-1e125'), d('10'), d('9'),
    d('0.30000000000000004'),
  ],
  flag: [
    true, false, null, _, true, false, true, null, _, false, true, false, true, true, false, null,
    _, true, false, true,
  ],
  at: [
    t(0), t(-1), t(5), null, _, t(4), t(6), t(-62_135_596_800_000), t(253_402_300_799_999), t(5),
    t(1e12), t(1e12 + 1), null, _, t(-5), t(86_400_000), t(0), t(1000), t(999), t(5),
  ],
  raw: [
    b(), b(0), b(0, 1), b(127), b(128), b(255, 0), null, _, b(255), b(0, 1), b(97), b(0, 0), null,
    _, b(1), b(128, 0), b(127, 255), b(2), b(53), b(0, 1),
  ],
  list: [
    [], ['a'], ['a', 'A', 5], [5n, d('0.5')], [null], [['a']], [{ a: 'a' }, true], [t(5), b(0)],
    ['5', 0.5], ['é'], null, _, ['u'], ['u', 'u'], ['null', '*'], [''], [false, 0], ['e\u0301'],
    ['%'], ['a', 'a'],
  ],
  any: [
    'a', '5', 5, 5n, 0.5, true, t(5), b(0), d('0.5'), [5, 'a'], [], { a: 5 }, null, _, '', 'u',
    2n ** 53n + 1n, false, -1, 'null',
  ],
  secret: [
    'alpha', 'beta', null, _, 'alpha', 'null', '', 'gamma', 'alpha', 'u', 'beta', null, _, 'x',
    'alpha', 'beta', 'u', 'z', 'é', 'alpha',
  ],
  cost: [1, 10, null, _, -1, 100, 0, 10, 5, 50, 0.5, null, _, 1, 10, 100, -0, 5, 5, 20],
}

/** How many records there are. */
export const RECORDS = 20

/** What a store makes of a value: -0 is 0. */
const stored = (value: unknown): unknown => (value === 0 ? 0 : value)

/** The records in one place, as they are stored. */
export const oddities = (place: string): readonly Fields[] =>
  Array.from({ length: RECORDS }, (_one, at) => {
    const row: Record<string, unknown> = { tenantId: place, bucket: place, mark: place, rank: at }
    for (const [field, values] of Object.entries(COLUMNS)) {
      const value = stored(values[at])
      if (value !== undefined) row[field] = value
    }
    return row
  })

const MANY = Array.from({ length: 98 }, (_one, at) => `m${at}`)

/** Attributes that an actor has: one for each kind, and lists of all sorts. */
const attributes = (place: string): Fields => ({
  tenantId: place,
  elsewhere: 'another tenant',
  name: 'é',
  blank: '',
  number: 5,
  half: 0.3,
  big: 2n ** 53n,
  money: d('0.1'),
  day: t(5),
  flag: false,
  raw: b(0, 1),
  star: '*',
  nullText: 'null',
  list: ['u', 'a', 'é'],
  words: ['a', 'é', 'a%'],
  twins: ['u', 'u', 'v', 'v'],
  gaps: ['u', null, 'v', undefined],
  holes: [null, undefined],
  empty: [],
  many: ['u', ...MANY, 'v'],
  mixed: ['5', 5, true, 'u'],
  numbers: [5, 0.1, 2n ** 53n + 1n],
  nothing: null,
  void: undefined,
})

/** An actor with everything, one of two roles, one of whom nothing is known, and one that calls itself `*`. */
export const askers = (place: string): Readonly<Record<string, Asker>> => ({
  full: { ...attributes(place), id: 'u', roles: ['one'] },
  both: {
    ...attributes(place),
    id: 'v',
    number: 2,
    name: 'a%',
    list: ['v'],
    roles: ['two', 'one'],
  },
  bare: { id: 'null', roles: ['one'] },
  star: { ...attributes(place), id: '*', name: '*', list: [''], roles: ['*', 'toString'] },
})
