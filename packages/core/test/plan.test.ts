import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import {
  and,
  between,
  createStore,
  defineActor,
  defineEntity,
  definePolicy,
  exists,
  gt,
  gte,
  has,
  isNull,
  lt,
  not,
  oneOf,
  or,
  startsWith,
} from '@holdfast/core'
import type { Driver } from '@holdfast/core/driver'
import { memory } from '@holdfast/core/memory'
import { caught } from './support/caught.ts'

const Order = defineEntity('order', {
  schema: z.object({
    tenantId: z.string(),
    orderId: z.string(),
    status: z.string(),
    placedAt: z.date(),
    total: z.int(),
    tags: z.array(z.string()),
    margin: z.int().optional(),
    until: z.date().optional(),
  }),
  key: { partition: ['tenantId'], sort: ['orderId'] },
  indexes: {
    byStatus: { partition: ['tenantId', 'status'], sort: ['placedAt'] },
    byTotal: { partition: ['tenantId'], sort: ['status', 'total'] },
    byMargin: { partition: ['margin'] },
  },
  sensitive: ['margin'],
})
const Session = defineEntity('session', {
  schema: z.object({ id: z.string(), until: z.date().optional() }),
  key: { partition: ['id'] },
  expiresAt: 'until',
})
const actor = defineActor(z.object({ tenantId: z.string(), roles: z.array(z.string()) }))
const policy = definePolicy(Order, actor, ({ me, allow, deny }) => ({
  read: [
    allow('clerk', { tenantId: me.tenantId }),
    allow('finance', { tenantId: me.tenantId }, { reveal: ['margin'] }),
    allow('seller', { tenantId: me.tenantId, status: 'open' }),
    allow('buyer', { tenantId: me.tenantId, status: 'paid' }),
    deny('seller', { total: 99 }),
  ],
}))
const config = { entities: { orders: Order, sessions: Session }, policies: [policy], actor }
const store = createStore({ adapter: memory(), ...config })
const nothingPushed: Driver = { ...memory(), pushes: () => false }
const residual = createStore({ adapter: nothingPushed, ...config })
const { orders, sessions } = store.unrestricted('test')
const day = new Date(0)

describe('the path', () => {
  test.each<[string, Parameters<typeof orders.explain>[0], object]>([
    ['the key', { where: { tenantId: 'a' } }, { access: 'key', path: 'tenantId = ?' }],
    [
      'the whole key',
      { where: { tenantId: 'a', orderId: 'b' } },
      { access: 'key', path: '(tenantId = ? and orderId = ?)' },
    ],
    [
      'a prefix of the key',
      { where: { tenantId: 'a', orderId: startsWith('b') } },
      { access: 'key', path: '(tenantId = ? and orderId startsWith ?)' },
    ],
    [
      'the index that narrows more',
      { where: { tenantId: 'a', status: 'open' } },
      { access: 'index', index: 'byStatus', path: '(tenantId = ? and status = ?)' },
    ],
    [
      'an index with a range',
      { where: { tenantId: 'a', status: 'open', placedAt: gt(day) } },
      { index: 'byStatus', path: '(tenantId = ? and status = ? and placedAt > ?)' },
    ],
    [
      'a range from both sides',
      { where: { tenantId: 'a', status: 'open', placedAt: between(day, day) } },
      {
        index: 'byStatus',
        path: '(tenantId = ? and status = ? and placedAt >= ? and placedAt <= ?)',
      },
    ],
    [
      'equality on a sort field, then a range',
      { where: { tenantId: 'a', status: 'open', total: gte(5) } },
      { index: 'byTotal', path: '(tenantId = ? and status = ? and total >= ?)' },
    ],
    [
      'the index that is named',
      { where: { tenantId: 'a', status: 'open' }, index: 'byTotal' },
      { index: 'byTotal', path: '(tenantId = ? and status = ?)' },
    ],
    [
      'conditions inside and()',
      { where: and({ tenantId: 'a' }, { status: 'open' }, { placedAt: lt(day) }) },
      { index: 'byStatus', path: '(tenantId = ? and status = ? and placedAt < ?)' },
    ],
    ['a scan when asked for', { where: { total: 5 }, scan: true }, { access: 'scan' }],
    [
      'the key although a scan is permitted',
      { where: { tenantId: 'a' }, scan: true },
      { access: 'key' },
    ],
  ])('%s', (_, query, expected) => expect(orders.explain(query)).toMatchObject(expected))

  test('what is not on the path is pushed, or left to core where the store cannot', () => {
    const query = { where: { tenantId: 'a', tags: has('x'), total: gt(5) } }
    const order = ['orderId']
    expect(orders.explain(query)).toEqual({
      access: 'key',
      path: 'tenantId = ?',
      pushed: '(tags has ? and total > ?)',
      order,
    })
    expect(residual.unrestricted('test').orders.explain(query)).toEqual({
      access: 'key',
      path: 'tenantId = ?',
      residual: '(tags has ? and total > ?)',
      order,
    })
  })

  test('a literal of another type is never pushed or used as a path', () => {
    const { pushed, residual: left } = orders.explain({
      where: { tenantId: 'a', total: gt(1.5), placedAt: 'x' as never },
    })
    expect(pushed).toBeUndefined()
    expect(left).toBe('(total > ? and placedAt = ?)')
    expect(orders.explain({ where: { tenantId: 5 as never } }).access).toBe('refused')
  })

  test('records with equal index values are ordered by key', () => {
    expect(orders.explain({ where: { tenantId: 'a', status: 'x' } }).order).toEqual([
      'placedAt',
      'orderId',
    ])
    expect(orders.explain({ scan: true }).order).toEqual(['tenantId', 'orderId'])
  })

  test('two equalities on one field that contradict find nothing', async () => {
    const where = and<{ tenantId: string }>({ tenantId: 'a' }, { tenantId: 'b' })
    expect(orders.explain({ where }).pushed).toBe('tenantId = ?')
    expect(await orders.find({ where })).toEqual({ items: [] })
  })

  test('entities that expire hide what has expired', () => {
    expect(sessions.explain({ where: { id: 'a' } }).pushed).toContain('not until <= ?')
  })
})

describe('refusals name what would serve', () => {
  test.each<[string, Parameters<typeof orders.explain>[0], string]>([
    ['nothing given', {}, 'give equality on every partition field'],
    ['a range alone', { where: { total: gt(1) } }, 'give equality on every partition field'],
    ['no index', { where: { status: 'a' } }, "{ partition: ['status'] }"],
    [
      'no index with a range',
      { where: { status: 'a', total: gt(1) } },
      "{ partition: ['status'], sort: ['total'] }",
    ],
    ['the wrong index', { where: { status: 'a' }, index: 'byTotal' }, 'Index byTotal'],
    ['alternatives', { where: or({ tenantId: 'a' }, { tenantId: 'b' }) }, 'give equality'],
    ['negation', { where: not({ tenantId: 'a' }) }, 'give equality'],
    ['an unknown index', { where: { tenantId: 'a' }, index: 'nope' as never }, 'no index nope'],
    ['an order of a scan', { scan: true, orderBy: 'asc' }, 'no order'],
  ])('%s', async (_, query, text) => {
    const explanation = orders.explain(query)
    expect(explanation.access).toBe('refused')
    expect(explanation.refused).toContain(text)
    const error = await caught(() => orders.find(query))
    expect(error).toMatchObject({ code: 'INVALID', entity: 'order', message: explanation.refused })
  })

  test.each<[string, object]>([
    ['limit 0', { limit: 0 }],
    ['limit 1001', { limit: 1001 }],
    ['limit 1.5', { limit: 1.5 }],
    ['maxScanned 0', { maxScanned: 0 }],
    ['orderBy', { orderBy: 'up' }],
    ['an empty select', { select: [] }],
    ['an unknown field in select', { select: ['nope'] }],
    ['an unknown option', { offset: 5 }],
    ['where undefined', { where: undefined }],
  ])('%s', (_, query) => {
    const { access, refused } = { ...orders.explain({ where: { tenantId: 'a' }, ...query }) }
    expect(access).toBe('refused')
    expect(refused).not.toBe('')
  })
})

describe('the policy in the plan', () => {
  const as = (
    ...roles: string[]
  ): (typeof store)['as'] extends (...args: never) => infer R ? R : never =>
    store.as({ tenantId: 'acme', roles })

  test('a condition that every rule shares need not be repeated', () => {
    expect(as('clerk').orders.explain({})).toMatchObject({ access: 'key', path: 'tenantId = ?' })
    expect(as('seller', 'buyer').orders.explain({})).toMatchObject({
      access: 'key',
      path: 'tenantId = ?',
      pushed: '((status = ? or status = ?) and not total = ?)',
    })
    expect(as('seller').orders.explain({})).toMatchObject({
      index: 'byStatus',
      pushed: 'not total = ?',
    })
  })

  test('an actor without rules finds nothing, without I/O', async () => {
    const explanation = as('nobody').orders.explain({ where: { tenantId: 'acme' } })
    expect(explanation.pushed).toBe('false')
    const closed = createStore({ adapter: memory(), ...config })
    await closed.close()
    const { orders: none } = closed.as({ tenantId: 'acme', roles: [] })
    expect(await none.find({ where: { tenantId: 'acme' } })).toEqual({ items: [] })
    expect(await none.count({ where: { tenantId: 'acme' } })).toBe(0)
  })

  test('sensitive fields serve only whom a rule reveals them', async () => {
    const { refused } = as('clerk').orders.explain({ where: { margin: 1 } })
    expect(refused).toContain('order.margin')
    expect(await caught(() => as('clerk').orders.find({ where: { margin: 1 } }))).toMatchObject({
      code: 'FORBIDDEN',
      field: 'margin',
    })
    expect(
      await caught(() => as('clerk').orders.find({ index: 'byMargin', where: { tenantId: 'x' } })),
    ).toMatchObject({ code: 'FORBIDDEN', field: 'margin' })
    expect(as('finance').orders.explain({ where: { margin: 1 } }).access).toBe('key')
    expect(as('clerk', 'seller').orders.explain({ where: { margin: isNull() } }).access).toBe(
      'refused',
    )
  })
})

describe('filters', () => {
  const find = (where: object): Promise<unknown> =>
    orders.find({ where: and({ tenantId: 'a' }, where) })
  const refused = async (where: object): Promise<string> => (await caught(() => find(where))).code
  const values = (count: number): number[] => Array.from({ length: count }, (_, at) => at)
  const anyOf = (count: number): object => or(...values(count).map((total) => ({ total })))

  test('have at most 30 alternatives', async () => {
    await find({ total: oneOf(values(30)) })
    expect(await refused({ total: oneOf(values(31)) })).toBe('LIMIT_EXCEEDED')
    await find(anyOf(30))
    expect(await refused(anyOf(31))).toBe('LIMIT_EXCEEDED')
    await find(and(anyOf(5), { total: oneOf(values(6)) }))
    expect(await refused(and(anyOf(5), { total: oneOf(values(7)) }))).toBe('LIMIT_EXCEEDED')
    await find(or(anyOf(10), { total: oneOf(values(20)) }))
    expect(await refused(or(anyOf(10), { total: oneOf(values(21)) }))).toBe('LIMIT_EXCEEDED')
  })

  test('are counted through not()', async () => {
    await find(not(anyOf(31)))
    await find(not({ total: oneOf(values(31)) }))
    const pairs = (count: number): object =>
      and(...values(count).map((total) => or({ total }, { status: 'x' })))
    expect(await refused(pairs(5))).toBe('LIMIT_EXCEEDED')
    await find(pairs(4))
    await find(not(pairs(30)))
    expect(await refused(not(pairs(31)))).toBe('LIMIT_EXCEEDED')
    const both = (count: number): object =>
      or(...values(count).map((total) => and({ total }, { status: 'x' })))
    await find(not(both(4)))
    expect(await refused(not(both(5)))).toBe('LIMIT_EXCEEDED')
    expect(await refused(not(not(anyOf(31))))).toBe('LIMIT_EXCEEDED')
  })

  test('oneOf without values holds for no record, and its negation for all', async () => {
    await orders.put({
      tenantId: 'a',
      orderId: '1',
      status: 's',
      placedAt: day,
      total: 1,
      tags: [],
    })
    expect(await find({ total: oneOf([]) })).toEqual({ items: [] })
    expect(await find(not({ total: oneOf([]) }))).toMatchObject({ items: [{ orderId: '1' }] })
    expect(await find(exists as unknown as object).catch(() => 'refused')).toBe('refused')
  })

  test.each<[string, object]>([
    ['undefined', { total: undefined }],
    ['null', { total: null }],
    ['an unknown field', { nope: 1 }],
    ['an empty or', or()],
    ['an empty and', and()],
    ['a list', [{ total: 1 }]],
    ['an object as a value', { total: { gt: 1 } }],
    ['an operator from JSON', { total: JSON.parse('{"op":"gt","value":1}') as unknown }],
    ['NaN', { total: Number.NaN }],
    ['NaN in an operator', { total: gt(Number.NaN) }],
    ['a lone surrogate', { status: '\ud800' }],
    ['an invalid date', { placedAt: new Date(Number.NaN) }],
    ['undefined in oneOf', { total: oneOf([undefined as never]) }],
    ['a comparison of an array', { tags: gt('x') }],
    ['has on a scalar', { status: has('x') }],
    ['startsWith without text', { status: startsWith(5 as never) }],
    ['a class instance', new Map()],
  ])('%s is refused', async (_, where) => expect(await refused(where)).toBe('INVALID'))

  test('references to the actor belong to policies', async () => {
    let reference: unknown
    definePolicy(Order, actor, ({ me }) => {
      reference = me.tenantId
      return {}
    })
    expect(await refused({ status: reference })).toBe('INVALID')
  })
})
