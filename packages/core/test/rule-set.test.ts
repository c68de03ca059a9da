import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import {
  and,
  createStore,
  defineActor,
  defineEntity,
  definePolicy,
  gt,
  isNull,
  not,
  oneOf,
  or,
  type Where,
} from '../src/index.ts'
import { evaluate } from '../src/filter.ts'
import { memory } from '../src/memory.ts'
import type { Policy, Rule } from '../src/policy.ts'
import { type RuleList, ruleSetOf } from '../src/rule-set.ts'

const Thing = defineEntity('thing', {
  schema: z.object({
    id: z.string(),
    text: z.string().nullish(),
    count: z.int().nullish(),
    big: z.bigint().nullish(),
    flag: z.boolean().nullish(),
    any: z.unknown().optional(),
  }),
  fields: { any: 'json' },
  key: { partition: ['id'] },
})
const actor = defineActor(z.object({ id: z.string(), roles: z.array(z.string()) }))

type Row = NonNullable<(typeof Thing)['~types']>['row']

const value = {
  text: fc.constantFrom('a', 'b', 'c', ''),
  count: fc.constantFrom(0, -0, 1, -1),
  big: fc.constantFrom(0n, 1n, 2n ** 60n),
  flag: fc.boolean(),
}

/** Conditions of which some can be found by value and some cannot. */
const where: fc.Arbitrary<Where<Row>> = fc
  .array(
    fc.oneof(
      value.text.map((text) => ({ text })),
      value.text.map((text) => ({ text })),
      value.count.map((count) => ({ count })),
      value.big.map((big) => ({ big })),
      value.flag.map((flag) => ({ flag })),
      fc.array(value.text, { maxLength: 3 }).map((list) => ({ text: oneOf(list) })),
      value.count.map((count) => ({ count: gt(count) })),
      value.text.map((text) => ({ any: text })),
      value.text.map((text) => ({ text: text as never, count: text as never })),
      fc.constant({ text: isNull() }),
      value.text.map((text) => not<Row>({ text })),
      value.text.map((text) => or<Row>({ text }, { count: 1 })),
    ),
    { minLength: 1, maxLength: 3 },
  )
  .map((parts) => and<Row>(...(parts as Where<Row>[])))

const record = fc.record(
  {
    id: fc.constant('x'),
    text: fc.option(value.text),
    count: fc.option(value.count.map((count) => count + 0)),
    big: fc.option(value.big),
    flag: fc.option(value.flag),
    any: fc.oneof(value.text, value.count),
  },
  { requiredKeys: ['id'] },
)

/** The positions of all rules that are looked at for a record. */
const tried = (list: RuleList, one: object): readonly number[] => {
  const positions: number[] = []
  list.find(one as never, (position) => {
    positions.push(position)
    return false
  })
  return positions.toSorted((a, b) => a - b)
}

const policyOf = (wheres: readonly Where<Row>[]): Policy =>
  definePolicy(Thing, actor, ({ allow, deny }) => ({
    read: wheres.flatMap((one) => [allow('*', one), deny('*', one)]),
  }))

describe('rules found by the value of a field', () => {
  test('are exactly those whose condition can be true, or cannot be false', () => {
    let narrowed = 0
    fc.assert(
      fc.property(
        fc.array(where, { minLength: 1, maxLength: 12 }),
        fc.array(record, { minLength: 5, maxLength: 5 }),
        (wheres, records) => {
          const { allow, deny } = ruleSetOf(policyOf(wheres), []).read
          for (const one of records) {
            const truths = (rules: readonly Rule[]) => rules.map(({ when }) => evaluate(when, one))
            const found = tried(allow, one)
            truths(allow.rules).forEach((truth, at) => {
              if (truth === true) expect(found).toContain(at)
            })
            const firing = tried(deny, one)
            truths(deny.rules).forEach((truth, at) => {
              if (truth !== false) expect(firing).toContain(at)
            })
            expect(new Set(found).size).toBe(found.length)
            if (found.length < allow.rules.length) narrowed += 1
          }
        },
      ),
      { numRuns: 500 },
    )
    expect(narrowed).toBeGreaterThan(500)
  })

  test('are few among many, whatever their number', () => {
    const { allow } = ruleSetOf(
      policyOf(Array.from({ length: 1000 }, (_, at) => ({ flag: true, text: `t${at}` }))),
      [],
    ).read
    expect(tried(allow, { id: 'x', flag: true, text: 't7' })).toEqual([7])
    expect(tried(allow, { id: 'x', flag: true, text: 'none' })).toEqual([])
    expect(tried(allow, { id: 'x' })).toEqual([])
  })

  test('are few also where they compare different fields', () => {
    const rules = Array.from({ length: 1000 }, (_, at) => [
      { text: `t${at}` },
      { count: at },
      { big: BigInt(at) },
      { flag: true },
    ]).flat()
    const { allow } = ruleSetOf(policyOf(rules), []).read
    const found = tried(allow, { id: 'x', text: 't1', count: 2, big: 3n, flag: false })
    expect(found.filter((at) => at % 4 !== 3)).toEqual([4, 9, 14])
    expect(found.length).toBe(1003)
  })
})

describe('a set of roles', () => {
  const names = ['a', 'b', 'a","b', 'toString', '__proto__', '']
  const policy = definePolicy(Thing, actor, ({ allow }) => ({
    read: [...names.map((name) => allow(name, undefined, { id: name })), allow('*')],
  }))
  const ids = (roles: readonly string[]) =>
    ruleSetOf(policy, roles).read.allow.rules.map(({ id }) => id)

  test('gives the rules of its roles and of all, whatever the names', () => {
    for (const name of names) expect(ids([name])).toEqual([name, 'thing.read.6'])
    expect(ids([])).toEqual(['thing.read.6'])
    expect(ids(['b', 'a', 'b'])).toEqual(['a', 'b', 'thing.read.6'])
    expect(ids(['*', 'c'])).toEqual(['thing.read.6'])
  })

  test('is made once', () => {
    expect(ruleSetOf(policy, ['b', 'unknown', 'a'])).toBe(ruleSetOf(policy, ['a', 'b']))
  })

  test('does not stay for ever: a policy of many roles keeps a thousand sets', () => {
    const many = definePolicy(Thing, actor, ({ allow }) => ({
      read: Array.from({ length: 1100 }, (_, at) => allow(`r${at}`)),
    }))
    const first = ruleSetOf(many, ['r0'])
    for (let at = 1; at < 1100; at += 1) ruleSetOf(many, [`r${at}`])
    expect(ruleSetOf(many, ['r0'])).not.toBe(first)
    expect(ruleSetOf(many, ['r0']).read.allow.rules.map(({ id }) => id)).toEqual(['thing.read.0'])
  })
})

test('many rules of one field decide as they do one by one', async () => {
  const store = createStore({
    adapter: memory(),
    entities: { things: Thing },
    policies: [
      definePolicy(Thing, actor, ({ allow, deny }) => ({
        read: [
          ...Array.from({ length: 9 }, (_, at) => allow('*', { text: `t${at}`, count: gt(at) })),
          ...Array.from({ length: 9 }, (_, at) => deny('*', { text: `t${at}`, count: 20 + at })),
        ],
      })),
    ],
    actor,
  })
  const free = store.unrestricted('test').things
  const { things } = store.as({ id: 'u', roles: [] })
  const seen = async (fields: object) => {
    await free.put({ id: 'x', ...fields } as never)
    return (await things.get({ id: 'x' })) !== undefined
  }
  expect(await seen({ text: 't3', count: 4 })).toBe(true)
  expect(await seen({ text: 't3', count: 3 })).toBe(false)
  expect(await seen({ text: 't3', count: 23 })).toBe(false)
  expect(await seen({ text: 't3', count: 24 })).toBe(true)
  expect(await seen({ text: 't3' })).toBe(false)
  expect(await seen({ count: 24 })).toBe(false)
})
