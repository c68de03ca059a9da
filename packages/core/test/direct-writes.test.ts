import fc from 'fast-check'
import { expect, test } from 'vitest'
import * as z from 'zod'
import {
  createStore,
  defineActor,
  defineEntity,
  definePolicy,
  gt,
  increment,
  isHoldfastError,
  lt,
  not,
  oneOf,
  or,
  type Policy,
  remove,
} from '@holdfast/core'
import { memory } from '@holdfast/core/memory'
import { caught } from './support/caught.ts'
import { virtualClock } from './support/virtual-clock.ts'

/**
 * A write in one conditional write and the same write by reading, deciding and writing must be
 * refused alike and leave the same record: rules bound to the actor and specialised to the patch
 * mean what they mean on full records.
 */
const shape = { id: z.string(), a: z.int().optional(), b: z.int().nullable().optional() }
const schema = z.object({ ...shape, owner: z.string().optional(), cost: z.int().optional() })
const Thing = defineEntity('thing', {
  schema,
  key: { partition: ['id'] },
  sensitive: ['cost'],
})
/** The same without a sensitive field, so that a put may be one conditional write, too. */
const Plain = defineEntity('thing', { schema, key: { partition: ['id'] } })
const actor = defineActor(
  z.object({
    id: z.string().optional(),
    level: z.int().nullable().optional(),
    teams: z.array(z.string()).optional(),
    roles: z.array(z.string()),
  }),
)

type Attribute = 'id' | 'level' | 'teams'
type Me = Readonly<Record<Attribute, unknown>>
type Condition = (me: Me) => object

const number = fc.integer({ min: 0, max: 3 })
const fields = fc.constantFrom('a', 'b')
const leaf: fc.Arbitrary<Condition> = fc.oneof(
  fc.tuple(fields, number).map(([field, value]) => () => ({ [field]: value })),
  fc.tuple(fields, number).map(([field, value]) => () => ({ [field]: gt(value) })),
  fields.map((field) => (me: Me) => ({ [field]: lt(me.level as never) })),
  fc.constant((me: Me) => ({ owner: me.id })),
  fc.constant((me: Me) => ({ owner: oneOf(me.teams as never) })),
  fc.constant(() => ({})),
)
const condition: fc.Arbitrary<Condition> = fc.oneof(
  leaf,
  leaf.map((one) => (me: Me) => not(one(me))),
  fc.tuple(leaf, leaf).map(
    ([one, two]) =>
      (me: Me) =>
        or(one(me), two(me)),
  ),
)
const rule = fc.record({
  effect: fc.constantFrom('allow', 'allow', 'deny'),
  role: fc.constantFrom('*', 'clerk', 'other'),
  when: condition,
  check: fc.option(condition, { nil: undefined }),
  fields: fc.constantFrom(undefined, undefined, 'all', ['a'], ['a', 'b', 'cost']),
  on: fc.constantFrom('old', 'new', 'both'),
})
const rules = fc.array(rule, { minLength: 1, maxLength: 3 })
const record = fc.record(
  {
    a: number,
    b: fc.option(number),
    owner: fc.constantFrom('me', 'you'),
    cost: number,
  },
  { requiredKeys: [] },
)
const patch = fc.record(
  {
    a: fc.oneof(number, fc.constant(increment(1)), fc.constant(remove())),
    b: fc.oneof(number, fc.constant(null), fc.constant(remove())),
    owner: fc.constantFrom('me', 'you'),
    cost: number,
  },
  { requiredKeys: [] },
)
const person = fc.record(
  {
    id: fc.constant('me'),
    level: fc.option(number),
    teams: fc.constantFrom([], ['me'], ['me', 'you']),
    roles: fc.constantFrom(['clerk'], ['clerk', 'other'], []),
  },
  { requiredKeys: ['roles'] },
)

type Rules = typeof rules extends fc.Arbitrary<infer R> ? R : never

const policyOf = (entity: typeof Plain, read: Rules, write: Rules): Policy =>
  definePolicy(entity, actor, (tools) => {
    const { me, allow, deny } = tools as unknown as {
      readonly me: Me
      readonly allow: (role: string, when: object, options: object) => never
      readonly deny: (role: string, when: object, options: object) => never
    }
    const make = (list: Rules, carries: boolean): never[] =>
      list.map(({ effect, role, when, check, fields: carried, on }) => {
        if (effect === 'deny') return deny(role, when(me), { on })
        const options = {
          ...(check === undefined ? {} : { check: check(me) }),
          ...(carried === undefined ? {} : { fields: carried }),
        }
        return allow(role, when(me), carries ? options : {})
      })
    return {
      read: [allow('*', {}, {}), ...make(read, false)],
      create: make(write, true),
      update: make(write, true),
      delete: make(write, false),
    }
  })

test('one conditional write means the same as read, decide and write: 1500 policies', async () => {
  const outcomes = new Map<string, number>()
  await fc.assert(
    fc.asyncProperty(
      fc.tuple(fc.array(rule, { maxLength: 1 }), rules),
      record,
      patch,
      person,
      fc.tuple(
        fc.constantFrom('update', 'put', 'delete'),
        fc.constantFrom(Thing as unknown as typeof Plain, Plain),
        record,
      ),
      async ([read, write], stored, change, who, [call, entity, replacement]) => {
        const policies = [policyOf(entity, read, write)]
        const results = []
        for (const isPushed of [true, false]) {
          const adapter = { ...memory(), pushes: () => isPushed }
          const store = createStore({
            adapter,
            entities: { things: entity },
            policies,
            actor,
            clock: virtualClock(),
          })
          const all = store.unrestricted('test').things
          await all.create({ id: 'x', ...stored })
          const { things } = store.as(who as never)
          const key = { id: 'x' }
          const run = (): Promise<unknown> =>
            call === 'update'
              ? things.update(key, change)
              : call === 'delete'
                ? things.delete(key)
                : things.put({ ...key, ...replacement })
          const result = await run().catch((error: unknown) => {
            if (!isHoldfastError(error)) throw error
            return { code: error.code, rule: error.rule, field: error.field }
          })
          results.push({ result, after: await all.get(key) })
          const { code } = (result ?? {}) as { readonly code?: string }
          const outcome = `${call} ${code ?? 'applied'}`
          outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
        }
        expect(results[0]).toEqual(results[1])
        expect(JSON.stringify(results)).not.toContain('ABORTED')
      },
    ),
    { numRuns: 1500 },
  )
  for (const call of ['update', 'put', 'delete'])
    for (const outcome of ['applied', 'FORBIDDEN'])
      expect(outcomes.get(`${call} ${outcome}`) ?? 0).toBeGreaterThan(20)
})

test.each(['old', 'new', 'both'] as const)(
  'a deny on create, read or delete looks at the one state there is: %s',
  async (on) => {
    const policy = definePolicy(Thing, actor, ({ allow, deny }) => {
      const rules = [allow('*'), deny('*', { a: 1 }, { on, id: 'no-ones' })]
      return { read: [allow('*')], create: rules, delete: rules }
    })
    const clock = virtualClock()
    const store = createStore({
      adapter: memory(),
      entities: { things: Thing },
      policies: [policy],
      actor,
      clock,
    })
    await store.unrestricted('seed').things.create({ id: 'one', a: 1 })
    const { things } = store.as({ roles: [] })
    const refused = { code: 'FORBIDDEN', rule: 'no-ones' }
    expect(await caught(() => things.create({ id: 'x', a: 1 }))).toMatchObject(refused)
    expect(await caught(() => things.delete({ id: 'one' }))).toMatchObject(refused)
    await things.create({ id: 'y', a: 2 })
    expect(await things.delete({ id: 'y' })).toMatchObject({ a: 2 })
  },
)
