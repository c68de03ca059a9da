/**
 * What the types promise. Nothing here runs: `tsc -b` is the test, and an `@ts-expect-error` that
 * expects in vain is an error.
 */
import { expectTypeOf } from 'vitest'
import * as v from 'valibot'
import * as z from 'zod'
import {
  and,
  append,
  createStore,
  defineActor,
  defineEntity,
  definePolicy,
  gt,
  has,
  increment,
  isNull,
  not,
  oneOf,
  or,
  type Page,
  remove,
  startsWith,
} from '@holdfast/core'
import { memory } from '@holdfast/core/memory'

const Order = defineEntity('order', {
  schema: z.object({
    tenantId: z.string(),
    orderId: z.string(),
    status: z.enum(['open', 'paid']).default('open'),
    total: z.number(),
    count: z.int(),
    big: z.bigint().optional(),
    margin: z.number(),
    note: z.string().optional(),
    tags: z.array(z.string()),
    placedAt: z.date(),
    size: z.string().transform((text) => text.length),
    revision: z.string(),
  }),
  fields: { size: 'integer' },
  key: { partition: ['tenantId'], sort: ['orderId'] },
  indexes: { byStatus: { partition: ['status'], sort: ['placedAt'] } },
  version: 'revision',
  sensitive: ['margin'],
})
const Session = defineEntity('session', {
  schema: v.object({ id: v.number(), user: v.string() }),
  fields: { id: 'integer', user: 'string' },
  key: { partition: ['id'] },
})
const actor = defineActor(
  z.object({
    id: z.string(),
    tenantId: z.string().optional(),
    level: z.number(),
    roles: z.array(z.enum(['clerk', 'finance'])),
  }),
)
const policy = definePolicy(Order, actor, ({ me, allow, deny }) => ({
  read: [
    allow('clerk', { tenantId: me.tenantId }),
    allow(['clerk', 'finance'], or({ tenantId: me.tenantId }, { status: 'open' }), {
      reveal: ['margin'],
    }),
    // @ts-expect-error: not a role of the actor
    allow('king'),
    // @ts-expect-error: not a role of the actor
    allow(['clerk', 'king']),
    // @ts-expect-error: not an attribute of the actor
    allow('clerk', { tenantId: me.nope }),
    // @ts-expect-error: an attribute of another type
    allow('clerk', { tenantId: me.level }),
    // @ts-expect-error: an attribute of another type, inside an operator
    allow('clerk', { total: gt(me.id) }),
    // @ts-expect-error: not a sensitive field
    allow('clerk', {}, { reveal: ['total'] }),
    // @ts-expect-error: an unknown field
    allow('clerk', { nope: 1 }),
    deny('*', { total: gt(me.level) }),
  ],
  create: [
    allow('clerk', {}, { fields: ['status', 'margin'], check: { total: gt(0) } }),
    allow('clerk', {}, { fields: 'all' }),
    // @ts-expect-error: an unknown field
    allow('clerk', {}, { fields: ['nope'] }),
  ],
  update: [deny('*', { status: 'paid' }, { on: 'both' }), allow('*')],
}))

definePolicy(
  Order,
  actor,
  // @ts-expect-error: a deny on update must say which state it looks at
  ({ deny }) => ({ update: [deny('*', { status: 'paid' })] }),
)
definePolicy(
  Order,
  actor,
  // @ts-expect-error: also when it has other options
  ({ deny }) => ({ update: [deny('*', { status: 'paid' }, { id: 'final' })] }),
)

defineEntity('thing', {
  schema: z.object({ id: z.string() }),
  // @ts-expect-error: an unknown key field
  key: { partition: ['nope'] },
})
defineEntity('thing', {
  schema: z.object({ id: z.string() }),
  key: { partition: ['id'] },
  // @ts-expect-error: an unknown field in an index
  indexes: { a: { partition: ['nope'] } },
})
defineEntity('thing', {
  schema: z.object({ id: z.string() }),
  key: { partition: ['id'] },
  // @ts-expect-error: an unknown version field
  version: 'nope',
})
defineEntity('thing', {
  schema: z.object({ id: z.string() }),
  key: { partition: ['id'] },
  // @ts-expect-error: an unknown sensitive field
  sensitive: ['nope'],
})
defineEntity('thing', {
  schema: z.object({ id: z.string() }),
  key: { partition: ['id'] },
  // @ts-expect-error: no storage kind
  fields: { id: 'text' },
})
// @ts-expect-error: an actor without roles
defineActor(z.object({ id: z.string() }))

const store = createStore({
  adapter: memory(),
  entities: { orders: Order, sessions: Session },
  policies: [policy],
  actor,
})
createStore({
  adapters: { one: memory() },
  // @ts-expect-error: a route of an unknown entity
  route: { nope: 'one' },
  entities: { orders: Order },
  actor,
})
// @ts-expect-error: one adapter or several, not both
createStore({
  adapter: memory(),
  adapters: { one: memory() },
  route: { default: 'one' },
  entities: { orders: Order },
  actor,
})

// @ts-expect-error: no repository without an actor
void store.orders
// @ts-expect-error: an actor of another shape
store.as({ id: 'a', roles: ['clerk'] })
// @ts-expect-error: a role that does not exist
store.as({ id: 'a', level: 1, roles: ['king'] })
// @ts-expect-error: a reason is required
store.unrestricted()

const db = store.as({ id: 'a', level: 1, roles: ['clerk'] })
expectTypeOf<keyof typeof db>().toEqualTypeOf<'orders' | 'sessions' | 'transaction'>()
// @ts-expect-error: changes are for unrestricted stores
void db.orders.changes
void store.unrestricted('x').orders.changes

const key = { tenantId: 'a', orderId: 'b' }

interface FullRow {
  tenantId: string
  orderId: string
  status: 'open' | 'paid'
  total: number
  count: number
  big?: bigint | undefined
  margin: number
  note?: string | undefined
  tags: string[]
  placedAt: Date
  size: number
  revision: string
}
type Flat<T> = { [K in keyof T]: T[K] }
type Row = Omit<FullRow, 'margin'> & { margin?: number }

export const reads = async (): Promise<void> => {
  const row = await db.orders.get(key)
  if (row === undefined) return
  expectTypeOf<Flat<typeof row>>().toEqualTypeOf<Flat<Row>>()
  expectTypeOf(row.margin).toEqualTypeOf<number | undefined>()
  expectTypeOf(row.size).toEqualTypeOf<number>()
  const session = await db.sessions.get({ id: 1 })
  if (session !== undefined)
    expectTypeOf<Flat<typeof session>>().toEqualTypeOf<{ id: number; user: string }>()
  const rows = await db.orders.getMany([key])
  expectTypeOf(rows).toEqualTypeOf<(typeof row | undefined)[]>()
  // @ts-expect-error: the key lacks a field
  await db.orders.get({ tenantId: 'a' })
  // @ts-expect-error: a field that is not part of the key
  await db.orders.get({ ...key, total: 1 })
  // @ts-expect-error: a key field of another type
  await db.sessions.get({ id: 'a' })

  const page = await db.orders.find({ select: ['orderId', 'margin'], index: 'byStatus' })
  expectTypeOf<keyof (typeof page)['items'][number]>().toEqualTypeOf<'orderId' | 'margin'>()
  expectTypeOf(page.items[0]?.margin).toEqualTypeOf<number | undefined>()
  expectTypeOf(page).toExtend<Page<{ orderId: string }>>()
  for await (const one of db.orders.each({ select: ['total'] }))
    expectTypeOf<keyof typeof one>().toEqualTypeOf<'total'>()
  for (const one of (await db.orders.find()).items) expectTypeOf(one.placedAt).toEqualTypeOf<Date>()
  // @ts-expect-error: an unknown index
  await db.orders.find({ index: 'byTotal' })
  // @ts-expect-error: an entity without indexes
  await db.sessions.find({ index: 'byStatus' })
  // @ts-expect-error: an unknown field in select
  await db.orders.find({ select: ['nope'] })
  // @ts-expect-error: an order is a direction
  await db.orders.find({ orderBy: 'total' })
  // @ts-expect-error: an unknown option
  await db.orders.find({ offset: 5 })
}

export const filters = async (): Promise<void> => {
  await db.orders.find({
    where: { tenantId: 'a', total: gt(5), status: oneOf(['open', 'paid']), tags: has('x') },
  })
  await db.orders.find({ where: and({ tenantId: 'a' }, { total: gt(5) }) })
  await db.orders.find({
    where: and(or({ status: 'open' }, { total: 5 }, not({ note: startsWith('x') })), { count: 1 }),
  })
  await db.orders.find({ where: { placedAt: gt(new Date()), note: isNull(), big: 5n } })
  // @ts-expect-error: an unknown field
  await db.orders.find({ where: { nope: 1 } })
  // @ts-expect-error: an unknown field inside or()
  await db.orders.find({ where: or({ status: 'open' }, { nope: 1 }) })
  // @ts-expect-error: a value of another type inside not()
  await db.orders.find({ where: not({ total: 'x' }) })
  // @ts-expect-error: a value of another type
  await db.orders.find({ where: { total: '5' } })
  // @ts-expect-error: a value outside the enum
  await db.orders.find({ where: { status: 'lost' } })
  // @ts-expect-error: an operator on another type
  await db.orders.find({ where: { total: gt('5') } })
  // @ts-expect-error: startsWith is for strings
  await db.orders.find({ where: { total: startsWith('5') } })
  // @ts-expect-error: has is for arrays
  await db.orders.find({ where: { status: has('open') } })
  // @ts-expect-error: an element of another type
  await db.orders.find({ where: { tags: has(5) } })
  // @ts-expect-error: arrays are not compared
  await db.orders.find({ where: { tags: gt('x') } })
  // @ts-expect-error: startsWith is not for arrays
  await db.orders.find({ where: { tags: startsWith('x') } })
  // @ts-expect-error: arrays are not compared
  await db.orders.find({ where: { tags: ['x'] } })
  // @ts-expect-error: undefined is never ignored
  await db.orders.find({ where: { total: undefined } })
  // @ts-expect-error: null is isNull()
  await db.orders.find({ where: { note: null } })
  // @ts-expect-error: nothing from JSON is an operator
  await db.orders.find({ where: { total: { op: 'gt', value: 5 } } })
}

export const writes = async (): Promise<void> => {
  const input = {
    tenantId: 'a',
    orderId: 'b',
    total: 1,
    count: 1,
    margin: 1,
    tags: [],
    placedAt: new Date(),
    size: 'text',
  }
  const made = await db.orders.create(input)
  expectTypeOf(made.revision).toEqualTypeOf<string>()
  expectTypeOf(made.size).toEqualTypeOf<number>()
  expectTypeOf(made.margin).toEqualTypeOf<number | undefined>()
  await db.orders.put({ ...input, status: 'paid' })
  // @ts-expect-error: the version is generated
  await db.orders.create({ ...input, revision: 'x' } satisfies Parameters<
    typeof db.orders.create
  >[0])
  // @ts-expect-error: the input of the schema, not its output
  await db.orders.create({ ...input, size: 4 })
  // @ts-expect-error: a required field is missing
  await db.orders.create({ tenantId: 'a', orderId: 'b' })

  await db.orders.update(key, { total: 5, count: increment(1), tags: append('x'), note: remove() })
  await db.orders.update(key, { big: increment(1n) }, { ifVersion: 'x', if: { status: 'open' } })
  // @ts-expect-error: the key cannot change
  await db.orders.update(key, { tenantId: 'b' })
  // @ts-expect-error: the version is generated
  await db.orders.update(key, { revision: 'b' })
  // @ts-expect-error: increment is for numbers
  await db.orders.update(key, { note: increment(1) })
  // @ts-expect-error: a bigint is incremented by a bigint
  await db.orders.update(key, { big: increment(1) })
  // @ts-expect-error: a number is incremented by a number
  await db.orders.update(key, { count: increment(1n) })
  // @ts-expect-error: append is for arrays
  await db.orders.update(key, { note: append('x') })
  // @ts-expect-error: an element of another type
  await db.orders.update(key, { tags: append(1) })
  // @ts-expect-error: a value of another type
  await db.orders.update(key, { total: '5' })
  // @ts-expect-error: an unknown field
  await db.orders.update(key, { nope: 1 })
  // @ts-expect-error: undefined is never ignored
  await db.orders.update(key, { total: undefined })
  // @ts-expect-error: a version must be one
  await db.orders.update(key, { total: 5 }, { ifVersion: undefined })
  // @ts-expect-error: a condition on an unknown field
  await db.orders.delete(key, { if: { nope: 1 } })

  const removed = await db.orders.delete(key)
  expectTypeOf(removed?.total).toEqualTypeOf<number | undefined>()
  for (const result of await db.orders.createMany([input]))
    if (result.ok) expectTypeOf(result.value.orderId).toEqualTypeOf<string>()
    else expectTypeOf(result.error.retryable).toEqualTypeOf<boolean>()

  const answer = await db.transaction(async (tx) => {
    expectTypeOf<keyof typeof tx>().toEqualTypeOf<'orders' | 'sessions'>()
    // @ts-expect-error: a transaction touches records by key only
    void tx.orders.find
    return (await tx.orders.get(key))?.total
  })
  expectTypeOf(answer).toEqualTypeOf<number | undefined>()
}
