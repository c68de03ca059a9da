// One entity, one policy, three roles. Run it with `npm start`, or on another store with `-- --store postgres`, `dynamodb` or `firestore`.
import {
  createStore,
  defineActor,
  defineEntity,
  definePolicy,
  gt,
  isHoldfastError,
} from '@holdfast/core'
import { accessTable, formatAccessTable } from '@holdfast/core/access'
import { z } from 'zod'
import { openPlace, type Place } from './place.ts'

const Order = defineEntity('order', {
  schema: z.object({
    tenantId: z.string(),
    orderId: z.string(),
    customerId: z.string(),
    status: z.enum(['open', 'paid', 'shipped', 'cancelled']).default('open'),
    total: z.number(),
    margin: z.number().optional(),
    placedAt: z.date(),
    revision: z.string(),
  }),
  key: { partition: ['tenantId'], sort: ['orderId'] },
  indexes: { byStatus: { partition: ['tenantId', 'status'], sort: ['placedAt'] } },
  version: 'revision',
  sensitive: ['margin'],
})

const actor = defineActor(
  z.object({
    id: z.string().min(1),
    tenantId: z.string().min(1),
    roles: z.array(z.enum(['customer', 'clerk', 'finance'])),
  }),
)

const orderPolicy = definePolicy(Order, actor, ({ me, allow, deny }) => ({
  read: [
    allow('customer', { tenantId: me.tenantId, customerId: me.id }),
    allow('clerk', { tenantId: me.tenantId }),
    allow('finance', { tenantId: me.tenantId }, { reveal: ['margin'] }),
  ],
  create: [
    allow('customer', { tenantId: me.tenantId, customerId: me.id }),
    allow('finance', { tenantId: me.tenantId }, { fields: 'all' }),
  ],
  update: [
    allow('clerk', { tenantId: me.tenantId }, { fields: ['status'] }),
    deny('*', { status: 'shipped' }, { on: 'old', id: 'shipped-is-final' }),
  ],
  delete: [],
}))

/** Opens the store as a fresh process would. */
const open = (place: Place) =>
  createStore({
    adapter: place.adapter(),
    entities: { orders: Order },
    policies: [orderPolicy],
    actor,
    cursorSecret: 'kept with the other secrets of the service',
  })

/** The whole tour on one store. */
const main = async (place: Place): Promise<void> => {
  let store = open(place)
  await store.ensureSchema()

  console.log('Who may do what:')
  console.log(formatAccessTable(accessTable(store)).replaceAll(/^/gm, '  '))

  const finance = store.as({ id: 'f1', tenantId: 'acme', roles: ['finance'] })
  for (const [at, customerId] of ['c1', 'c2', 'c1', 'c2', 'c1'].entries())
    await finance.orders.put({
      tenantId: 'acme',
      orderId: `o${at + 1}`,
      customerId,
      total: 100 * (at + 1),
      margin: 10 + at,
      placedAt: new Date(Date.UTC(2026, 0, at + 1)),
    })

  console.log('\nWhat each role sees of order o1:')
  const key = { tenantId: 'acme', orderId: 'o1' }
  const show = (row: object | undefined): string =>
    JSON.stringify(row, (name, value: unknown) => (name === 'revision' ? undefined : value)) ??
    'nothing'
  const clerk = store.as({ id: 'k1', tenantId: 'acme', roles: ['clerk'] })
  console.log('  finance    ', show(await finance.orders.get(key)))
  console.log('  clerk      ', show(await clerk.orders.get(key)))
  console.log(
    '  customer c1',
    show(await store.as({ id: 'c1', tenantId: 'acme', roles: ['customer'] }).orders.get(key)),
  )
  console.log(
    '  customer c2',
    show(await store.as({ id: 'c2', tenantId: 'acme', roles: ['customer'] }).orders.get(key)),
  )
  console.log(
    '  other firm ',
    show(await store.as({ id: 'k1', tenantId: 'ibex', roles: ['clerk'] }).orders.get(key)),
  )

  console.log('\nA write, and two that are refused:')
  const refused = async (what: string, write: () => Promise<unknown>): Promise<void> => {
    try {
      await write()
      console.log(`  ${what}: done`)
    } catch (error) {
      if (!isHoldfastError(error)) throw error
      console.log(`  ${what}: ${error.code}. ${error.message}`)
    }
  }
  await refused('clerk ships o1', () => clerk.orders.update(key, { status: 'shipped' }))
  await refused('clerk reopens o1', () => clerk.orders.update(key, { status: 'open' }))
  await refused('clerk discounts o2', () =>
    clerk.orders.update({ tenantId: 'acme', orderId: 'o2' }, { total: 1 }),
  )

  console.log('\nOpen orders since 2 January, two at a time:')
  const query = {
    where: { tenantId: 'acme', status: 'open', placedAt: gt(new Date('2026-01-01')) },
    limit: 2,
  } as const
  const first = await clerk.orders.find(query)
  console.log(
    '  page 1:',
    first.items.map(({ orderId, total }) => `${orderId} ${total}`).join(', '),
  )
  await store.close()

  store = open(place)
  const again = store.as({ id: 'k1', tenantId: 'acme', roles: ['clerk'] })
  const second = await again.orders.find({
    ...query,
    ...(first.cursor === undefined ? {} : { cursor: first.cursor }),
  })
  console.log(
    '  page 2, after reopening the store:',
    second.items.map(({ orderId, total }) => `${orderId} ${total}`).join(', '),
  )

  console.log('\nHow that query is answered:')
  for (const [name, value] of Object.entries(again.orders.explain(query)))
    console.log(`  ${name}: ${String(value)}`)
  console.log('And one that no key or index serves:')
  console.log(
    `  ${again.orders.explain({ where: { customerId: 'c1', total: gt(10) }, index: 'byStatus' }).refused}`,
  )
  await store.close()
}

const place = await openPlace(process.argv.slice(2))
try {
  await main(place)
} finally {
  await place.dispose()
}
