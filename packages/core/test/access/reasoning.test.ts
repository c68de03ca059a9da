import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import {
  and,
  between,
  Decimal,
  defineEntity,
  exists,
  gt,
  gte,
  isNull,
  lt,
  lte,
  not,
  oneOf,
  or,
  startsWith,
} from '../../src/index.ts'
import { alwaysFires, implies, neverTrue } from '../../src/access/reasoning.ts'
import { bindFilter } from '../../src/filter-algebra.ts'
import { evaluate, type Filter } from '../../src/filter.ts'
import { literal, parseWhere, reference } from '../../src/where.ts'

const { model } = defineEntity('thing', {
  schema: z.object({
    id: z.string(),
    text: z.string().nullish(),
    count: z.int().nullish(),
    real: z.number(),
    big: z.bigint().nullish(),
    money: z.custom<Decimal>().nullish(),
    flag: z.boolean().nullish(),
    on: z.boolean(),
    at: z.date().nullish(),
    any: z.unknown().optional(),
  }),
  fields: { money: 'decimal', any: 'json' },
  key: { partition: ['id'] },
})

const parsed = (where: object): Filter => parseWhere(model, where, true)

const values: Readonly<Record<string, readonly unknown[]>> = {
  text: ['', 'a', 'ab', 'b', 'A'],
  count: [-1, 0, 1, 2],
  real: [-0.5, 0, 1, 1.5],
  big: [0n, 1n, 2n ** 60n],
  money: [Decimal.from('0'), Decimal.from('1.5')],
  flag: [true, false],
  on: [true, false],
  at: [new Date(0), new Date(1)],
  any: ['a', 1, 1n, true],
}
const literals: readonly unknown[] = [
  '',
  'a',
  'ab',
  'b',
  0,
  1,
  1.5,
  2n,
  true,
  new Date(0),
  Decimal.from('1'),
]

const leaf = fc.constantFrom(...Object.keys(values)).chain((field): fc.Arbitrary<object> => {
  const one = fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(...(values[field] ?? [])) },
    { weight: 1, arbitrary: fc.constantFrom(...literals) },
    { weight: 1, arbitrary: fc.constantFrom('p', 'q').map((name) => reference(name)) },
  ) as fc.Arbitrary<never>
  return fc
    .oneof(
      one,
      one.map((value) => gt(value)),
      one.map((value) => gte(value)),
      one.map((value) => lt(value)),
      one.map((value) => lte(value)),
      fc.tuple(one, one).map(([low, high]) => between(low, high)),
      fc.array(one, { maxLength: 3 }).map((list) => oneOf(list)),
      fc.constantFrom('list', 'other').map((name) => oneOf(reference<readonly never[]>(name))),
      fc.constant(isNull()),
      fc.constant(exists()),
      ...(field === 'text' ? [fc.constantFrom('a', 'ab', '').map((text) => startsWith(text))] : []),
    )
    .map((condition) => ({ [field]: condition }))
})
const where: fc.Arbitrary<object> = fc.letrec<{ where: object }>((tie) => ({
  where: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    leaf,
    tie('where').map((one) => not(one as never)),
    fc.array(tie('where'), { minLength: 1, maxLength: 3 }).map((list) => and(...(list as never[]))),
    fc.array(tie('where'), { minLength: 1, maxLength: 3 }).map((list) => or(...(list as never[]))),
  ),
})).where

/** Every field on its own makes enough records: the reasoning goes field by field. */
const records = fc.record(
  Object.fromEntries(
    Object.entries(values).map(([field, list]) => {
      const value = fc.constantFrom(...list)
      return [field, model.fields[field]?.optional === false ? value : fc.option(value)]
    }),
  ),
  { requiredKeys: ['real', 'on'] },
)
const attribute = fc.option(fc.constantFrom<unknown>('a', 1, true))
const list = fc.option(fc.array(attribute, { maxLength: 2 }))
const actor = fc.record({ p: attribute, q: attribute, list, other: list })

const safely = (where: object): Filter | undefined => {
  try {
    return parsed(where)
  } catch {
    return undefined
  }
}

describe('what is said of conditions without records', () => {
  test('is true of all records and actors', () => {
    const said = { never: 0, always: 0, implied: 0 }
    fc.assert(
      fc.property(
        where,
        where,
        fc.array(records, { minLength: 30, maxLength: 30 }),
        fc.array(actor, { minLength: 4, maxLength: 4 }),
        (one, other, rows, actors) => {
          const [a, b] = [safely(one), safely(other)]
          if (a === undefined || b === undefined) return
          const claims = {
            never: neverTrue(model, a),
            always: alwaysFires(model, a),
            implied: implies(model, a, b),
          }
          for (const me of actors) {
            const bound = (filter: Filter): Filter =>
              bindFilter(
                filter,
                (name) => me[name as 'p'],
                (field, value) => literal(model, field, value),
              )
            const [boundA, boundB] = [bound(a), bound(b)]
            for (const row of rows) {
              const truth = evaluate(boundA, row)
              if (claims.never) expect(truth).not.toBe(true)
              if (claims.always) expect(truth).not.toBe(false)
              if (claims.implied && truth === true) expect(evaluate(boundB, row)).toBe(true)
            }
          }
          for (const claim of ['never', 'always', 'implied'] as const)
            if (claims[claim]) said[claim] += 1
        },
      ),
      { numRuns: 4000 },
    )
    expect(said.never).toBeGreaterThan(50)
    expect(said.always).toBeGreaterThan(20)
    expect(said.implied).toBeGreaterThan(100)
  })

  const me = {
    tenant: reference<string>('tenant'),
    id: reference<string>('id'),
    list: reference<readonly string[]>('list'),
  }

  test.each<[string, object]>([
    ['two values', and({ text: 'a' }, { text: 'b' })],
    ['two lists apart', and({ text: oneOf(['a', 'b']) }, { text: oneOf(['c']) })],
    ['bounds apart', { count: between(5, 3) }],
    ['bounds that meet, one open', and({ count: gt(3) }, { count: lte(3) })],
    ['a value beyond a bound', and({ count: 7 }, { count: lt(7) })],
    ['a literal of a kind that the field never has', { count: 'a' }],
    ['an empty list', { text: oneOf([]) }],
    ['a condition and its opposite', and({ text: me.id }, not({ text: me.id }))],
    ['present and missing', and({ text: 'a' }, not({ text: exists() }))],
    ['null and a value', and({ text: isNull() }, { text: startsWith('a') })],
    ['null where the field is required', { real: isNull() }],
    ['prefixes apart', and({ text: startsWith('a') }, { text: startsWith('b') })],
    ['neither true nor false', and(not({ on: true }), not({ on: false }))],
    ['each way out of an or', and(or({ text: 'a' }, { text: 'b' }), { text: 'c' })],
    ['dates apart', and({ at: lt(new Date(1)) }, { at: gte(new Date(1)) })],
  ])('%s: true of no record', (_, where) => {
    expect(neverTrue(model, parsed(where))).toBe(true)
  })

  test.each<[string, object]>([
    ['two attributes of the actor, which may be equal', and({ text: me.id }, { text: me.tenant })],
    ['bounds that meet', { count: between(3, 3) }],
    ['a prefix of a prefix', and({ text: startsWith('a') }, { text: startsWith('ab') })],
    ['not a value', not({ text: 'a' })],
    ['a field of any kind with two types', and({ any: gt(1) }, not({ any: gt('a') }))],
    ['not null', not({ text: isNull() })],
    [
      'a missing field and a list of the actor, which may be empty',
      and(not({ text: exists() }), not({ text: oneOf(me.list) })),
    ],
    ['null and a list of the actor', and({ text: isNull() }, not({ text: oneOf(me.list) }))],
    ['one way out of an or', and(or({ text: 'a' }, { text: 'b' }), { text: 'b' })],
  ])('%s: not said to be true of no record', (_, where) => {
    expect(neverTrue(model, parsed(where))).toBe(false)
  })

  test.each<[string, object, boolean]>([
    ['no condition', {}, true],
    ['a required field that exists', { real: exists() }, true],
    [
      'a value or not, of a field that may be missing: true or unknown',
      or({ text: 'a' }, not({ text: 'a' })),
      true,
    ],
    ['a boolean that is true or false', or({ on: true }, { on: false }), true],
    ['an optional field that exists', { text: exists() }, false],
    ['a value', { text: 'a' }, false],
    ['a literal of another kind: false', { count: 'a' }, false],
    [
      'a list of the actor or a value, where the list may be empty',
      or({ text: oneOf(me.list) }, { text: exists() }),
      false,
    ],
  ])('always fires: %s', (_, where, expected) => {
    expect(alwaysFires(model, parsed(where))).toBe(expected)
  })

  test.each<[string, object, object, boolean]>([
    ['more conditions', { text: 'a', count: 1 }, { count: 1 }, true],
    ['fewer conditions', { count: 1 }, { text: 'a', count: 1 }, false],
    ['a narrower bound', { count: gt(5) }, { count: gt(3) }, true],
    ['an open bound and the closed one', { count: gt(5) }, { count: gte(5) }, true],
    ['a closed bound and the open one', { count: gte(5) }, { count: gt(5) }, false],
    ['a value of the list', { text: 'a' }, { text: oneOf(['b', 'a']) }, true],
    ['a longer prefix', { text: startsWith('ab') }, { text: startsWith('a') }, true],
    ['a value, and not another', { count: 5 }, not({ count: 6 }), true],
    ['a value, and not null', { text: me.id }, not({ text: isNull() }), true],
    ['the same attribute', { text: me.id, count: 1 }, { text: me.id }, true],
    ['another attribute', { text: me.id }, { text: me.tenant }, false],
    ['one way out of an or', { text: 'a' }, or({ text: 'a' }, { count: 1 }), true],
    [
      'every way of an or',
      or({ text: 'a' }, { text: 'b' }),
      { text: oneOf(['a', 'b', 'c']) },
      true,
    ],
    ['not equal, where the field may be missing', not({ text: 'a' }), not({ text: 'b' }), false],
    ['what is never true', { text: oneOf([]) }, { count: 1 }, true],
    ['in a list of the actor, and so present', { text: oneOf(me.list) }, { text: exists() }, true],
    [
      'not in a list of the actor, which may be empty',
      not({ text: oneOf(me.list) }),
      { text: exists() },
      false,
    ],
  ])('implies: %s', (_, one, other, expected) => {
    expect(implies(model, parsed(one), parsed(other))).toBe(expected)
  })

  test('is silent about conditions with too many ways to be true', () => {
    const wide = Array.from({ length: 12 }, (_, at) => or({ text: `a${at}` }, { count: at }))
    const filter: Filter = { op: 'and', of: wide.map((one) => parsed(one)) }
    expect(neverTrue(model, filter)).toBe(false)
  })
})
