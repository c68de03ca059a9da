import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import {
  append,
  createStore,
  defineActor,
  defineEntity,
  definePolicy,
  increment,
  oneOf,
  type AuditEvent,
} from '../src/index.ts'
import { memory } from '../src/memory.ts'
import { caught } from './support/caught.ts'

const actor = defineActor(
  z.object({ id: z.string(), roles: z.array(z.enum(['clerk', 'boss', 'guest'])) }),
)

const fields = {
  id: z.string(),
  total: z.int(),
  margin: z.int().optional(),
  notes: z.array(z.string()).optional(),
  status: z.string().optional(),
}

/** A schema with a rule across fields: the margin is part of the total. */
const Sale = defineEntity('sale', {
  schema: z.object(fields).refine(({ total, margin = 0 }) => margin <= total, { path: ['total'] }),
  key: { partition: ['id'] },
  sensitive: ['margin', 'notes'],
})

const open = async () => {
  const events: AuditEvent[] = []
  const store = createStore({
    adapter: memory(),
    entities: { sales: Sale },
    policies: [
      definePolicy(Sale, actor, ({ allow, deny }) => ({
        read: [
          allow('*'),
          allow('boss', undefined, { reveal: ['margin', 'notes'] }),
          allow('clerk', { status: 'open' }, { reveal: ['margin'] }),
          deny('*', { total: 666 }),
        ],
        update: [
          allow('clerk', undefined, { fields: ['total', 'status'], id: 'clerks' }),
          allow('boss', undefined, { fields: 'all' }),
        ],
      })),
    ],
    actor,
    audit: (event) => void events.push(event),
  })
  const free = store.unrestricted('test').sales
  await free.put({ id: 's', total: 100, margin: 40, notes: ['n'], status: 'done' })
  const as = (role: 'clerk' | 'boss' | 'guest') => store.as({ id: role, roles: [role] }).sales
  return { store, as, free, events, key: { id: 's' } }
}

describe('a hidden value decides nothing for those who do not see it', () => {
  test('a put that guesses it is refused, right or wrong, in the same words', async () => {
    const { as, free, key } = await open()
    const guess = (margin: number) =>
      caught(() => as('clerk').put({ ...key, total: 100, status: 'done', margin }))
    const [right, wrong] = [await guess(40), await guess(41)]
    expect([right.code, right.rule, right.field]).toEqual(['FORBIDDEN', 'clerks', 'margin'])
    expect(right.message).toBe(wrong.message)
    expect(await free.get(key)).toMatchObject({ margin: 40 })
  })

  test('a rule across fields tells it to nobody who may not write', async () => {
    const { as, key } = await open()
    for (const total of [39, 41])
      expect((await caught(() => as('guest').update(key, { total }))).code).toBe('FORBIDDEN')
    expect((await caught(() => as('clerk').update(key, { total: 39 }))).code).toBe('INVALID')
  })

  test('a put keeps it, and the record as a whole still fits its schema', async () => {
    const { as, free, key } = await open()
    const refusal = await caught(() => as('clerk').put({ ...key, total: 30, status: 'done' }))
    expect(refusal.code).toBe('INVALID')
    expect(JSON.stringify(refusal)).not.toContain('40')
    expect(await as('clerk').put({ ...key, total: 50, status: 'done' })).not.toHaveProperty(
      'margin',
    )
    expect(await free.get(key)).toEqual({
      ...key,
      total: 50,
      margin: 40,
      notes: ['n'],
      status: 'done',
    })
  })

  test('it can be neither incremented nor appended to, as whether that fits would tell it', async () => {
    const { as, free, key, events } = await open()
    for (const patch of [{ margin: increment(1) }, { notes: append('x') }]) {
      const field = Object.keys(patch)[0]
      events.length = 0
      const never = await caught(() => as('guest').update(key, patch))
      expect([never.code, never.field]).toEqual(['FORBIDDEN', field])
      expect(events).toMatchObject([{ operation: 'update', outcome: 'denied', actor: 'guest' }])
    }
    expect((await caught(() => as('clerk').update(key, { margin: increment(1) }))).code).toBe(
      'FORBIDDEN',
    )
    await as('boss').update(key, { margin: increment(1), notes: append('x') })
    expect(await free.get(key)).toMatchObject({ margin: 41, notes: ['n', 'x'] })
  })

  test('a write that makes the record unreadable does not show it', async () => {
    const { as, free, key } = await open()
    const gone = await as('boss').update(key, { total: 666 })
    expect(gone).toEqual({ ...key, total: 666, status: 'done' })
    expect(await as('boss').get(key)).toBeUndefined()
    expect(await free.get(key)).toMatchObject({ margin: 40 })
  })
})

describe('a change by filter', () => {
  test('of what no rule lets the actor carry is refused before anything is read', async () => {
    const { as, key } = await open()
    const where = { id: key.id }
    const refusal = await caught(() => as('clerk').updateWhere({ where }, { notes: ['x'] }))
    expect([refusal.code, refusal.rule, refusal.field]).toEqual(['FORBIDDEN', 'clerks', 'notes'])
    const none = await caught(() => as('guest').updateWhere({ where }, { total: 1 }))
    expect([none.code, none.rule]).toEqual(['FORBIDDEN', undefined])
    expect((await caught(() => as('boss').deleteWhere({ where }))).code).toBe('FORBIDDEN')
  })
})

describe('a rule that would do less than it says is refused', () => {
  const declare = (rules: (tools: Record<string, (...given: unknown[]) => never>) => object) =>
    caught(() => definePolicy(Sale, actor, rules as never))

  test.each([
    ['reveal on update', 'update', ['*', {}, { reveal: ['margin'] }], 'reveal'],
    ['check on delete', 'delete', ['*', {}, { check: {} }], 'check'],
    ['check on read', 'read', ['*', {}, { check: {} }], 'check'],
    ['fields on read', 'read', ['*', {}, { fields: ['total'] }], 'fields'],
    ['a misspelt option', 'read', ['*', {}, { reveals: ['margin'] }], 'reveals'],
    ['on of an allow', 'update', ['*', {}, { on: 'old' }], 'on'],
    ['no role', 'read', [[]], 'role'],
    ['a role that is no text', 'read', [undefined], 'role'],
  ])('%s', async (_, operation, given, named) => {
    const error = await declare(({ allow }) => ({ [operation]: [allow?.(...given)] }))
    expect(error.code).toBe('INVALID')
    expect(error.message).toContain(`Policy rule sale.${operation}.0`)
    expect(error.message).toContain(named)
  })

  test.each([
    ['fields of a deny', 'read', [{}, { fields: 'all' }]],
    ['a deny for nobody', 'read', [{}], []],
    ['an on that is none', 'update', [{}, { on: 'later' }]],
  ])('%s', async (_, operation, given, roles: unknown = '*') => {
    const error = await declare(({ deny }) => ({ [operation]: [deny?.(roles, ...given)] }))
    expect(error.message).toContain(`Policy rule sale.${operation}.0`)
  })

  test('rules of an operation that there is not', async () => {
    const error = await declare(({ deny }) => ({ write: [deny?.('*')] }))
    expect(error.message).toContain('names write; operations are read, create, update, delete')
  })
})

describe('an actor', () => {
  class Person {
    id = 'p'
    roles = ['boss']
    mark = new Uint8Array([1])
    get secret(): string {
      return 'not an own property'
    }
  }
  const store = createStore({
    adapter: memory(),
    entities: {
      marks: defineEntity('mark', {
        schema: z.object({ id: z.string(), mark: z.instanceof(Uint8Array), tags: z.string() }),
        fields: { mark: 'bytes' },
        key: { partition: ['id'] },
      }),
    },
    actor: defineActor(z.custom<Person & { tags?: unknown }>(() => true)),
  })
  const Mark = store.declared.entities['marks']
  const bound = (use: 'value' | 'list') =>
    createStore({
      adapter: memory(),
      entities: { marks: Mark as never },
      policies: [
        definePolicy(Mark as never, store.declared.actor, ({ allow, me }) => ({
          read: [
            allow('*', { mark: (me as never)['mark'] } as never),
            allow('*', {
              tags: use === 'list' ? oneOf((me as never)['tags']) : (me as never)['tags'],
            } as never),
          ],
        })),
      ],
      actor: store.declared.actor,
    })

  test('of a class is copied all the same: nothing changes it later', async () => {
    const person = new Person()
    const held = bound('value')
    const free = held.unrestricted('test') as never as Record<
      'marks',
      { put(row: object): Promise<object> }
    >
    await free.marks.put({ id: 'm', mark: new Uint8Array([1]), tags: 't' })
    const db = held.as(person as never) as never as Record<
      'marks',
      { get(key: object): Promise<unknown> }
    >
    person.mark[0] = 9
    person.roles.push('clerk')
    expect(await db.marks.get({ id: 'm' })).toBeDefined()
  })

  test.each([
    ['an object for one value', 'value', { $ne: null }],
    ['a list for one value', 'value', ['a']],
    ['one value for a list', 'list', 'a'],
    ['a list with an object', 'list', ['a', {}]],
    ['a function', 'value', () => 'a'],
    ['a symbol', 'value', Symbol('a')],
    ['NaN', 'value', Number.NaN],
    ['a lone surrogate in a list', 'list', ['\ud800']],
  ] as const)('that a policy cannot compare is refused when bound: %s', async (_, use, tags) => {
    const error = await caught(() => bound(use).as({ id: 'p', roles: [], tags } as never))
    expect([error.code, error.field]).toEqual(['INVALID', 'tags'])
  })

  test.each([null, undefined])('may lack an attribute: %s', (tags) => {
    for (const use of ['value', 'list'] as const)
      expect(() => bound(use).as({ id: 'p', roles: [], tags } as never)).not.toThrow()
  })

  test.each(['constructor', 'toString', '__proto__'])(
    'has its own attributes only: %s is missing',
    async (name) => {
      const held = createStore({
        adapter: memory(),
        entities: { sales: Sale },
        policies: [
          definePolicy(Sale, actor, ({ allow, me }) => ({
            read: [allow('*', { status: (me as never)[name] })],
          })),
        ],
        actor,
      })
      await held.unrestricted('test').sales.put({ id: 's', total: 1, status: name })
      expect(await held.as({ id: 'u', roles: [] }).sales.get({ id: 's' })).toBeUndefined()
    },
  )

  test('that goes round in a circle is refused', async () => {
    const circle: Record<string, unknown> = { id: 'p', roles: [] }
    circle['self'] = circle
    expect((await caught(() => bound('value').as(circle as never))).code).toBe('INVALID')
  })
})
