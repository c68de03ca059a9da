import { expect, test } from 'vitest'
import { accessTable, formatAccessTable } from '../../src/access.ts'
import { Decimal, gt, isNull, not, oneOf, or } from '../../src/index.ts'
import { manual, shop, shopOf } from './shop.ts'

test('the table says who may do what, a line a role and a line a rule', () => {
  expect(formatAccessTable(accessTable(shop(manual)))).toMatchInlineSnapshot(`
    "orders      read  create  update  delete
      customer  some  some    -       -
      clerk     some  -       some    -
      finance   some  some    -       -
      read    allow customer  tenantId = me.tenantId and customerId = me.id  (order.read.0)
      read    allow clerk     tenantId = me.tenantId  (order.read.1)
      read    allow finance   tenantId = me.tenantId; reveals margin  (order.read.2)
      create  allow customer  tenantId = me.tenantId and customerId = me.id  (order.create.0)
      create  allow finance   tenantId = me.tenantId; fields all  (order.create.1)
      update  allow clerk     tenantId = me.tenantId; fields status  (order.update.0)
      update  deny *          status = 'shipped'; before  (shipped-is-final)"
  `)
})

test('an entity without a policy is closed to all', () => {
  const [orders] = accessTable(shopOf([]))
  const closed = { read: 'none', create: 'none', update: 'none', delete: 'none' }
  expect(orders).toEqual({
    entity: 'orders',
    roles: ['customer', 'clerk', 'finance'].map((role) => ({ role, ...closed })),
    rules: [],
  })
})

test('all, some and none are told apart', () => {
  const [orders] = accessTable(
    shop(({ allow, deny }) => ({
      read: [allow('*')],
      create: [allow('clerk', {}, { check: { total: 1 } }), allow('finance')],
      update: [allow(['clerk', 'finance']), deny('finance', { total: 1 }, { on: 'new' })],
      delete: [allow(['clerk', 'finance']), deny('finance')],
    })),
  )
  expect(orders?.roles).toEqual([
    { role: 'customer', read: 'all', create: 'none', update: 'none', delete: 'none' },
    { role: 'clerk', read: 'all', create: 'some', update: 'all', delete: 'all' },
    { role: 'finance', read: 'all', create: 'all', update: 'some', delete: 'none' },
    { role: '*', read: 'all', create: 'none', update: 'none', delete: 'none' },
  ])
})

test('conditions are text, with the actor by name', () => {
  const [orders] = accessTable(
    shop(({ allow, me }) => ({
      delete: [
        allow('clerk', or({ total: gt(5) }, { note: isNull(), status: oneOf(['open', 'paid']) })),
        allow('clerk', not({ customerId: oneOf([me.id, 'x']) })),
        allow('clerk', { total: Decimal.from('1.50') as never }),
      ],
    })),
  )
  expect(orders?.rules.map(({ when }) => when)).toEqual([
    "total > 5 or (note is null and status in ('open', 'paid'))",
    "not customerId in (me.id, 'x')",
    'total = 1.5',
  ])
})

test('what a role cannot read, it can neither change nor delete', () => {
  const [orders] = accessTable(
    shop(({ allow }) => ({
      read: [allow('clerk', { total: 1 })],
      create: [allow('*')],
      update: [allow('*')],
      delete: [allow(['clerk', 'finance'])],
    })),
  )
  expect(orders?.roles).toEqual([
    { role: 'customer', read: 'none', create: 'all', update: 'none', delete: 'none' },
    { role: 'clerk', read: 'some', create: 'all', update: 'some', delete: 'some' },
    { role: 'finance', read: 'none', create: 'all', update: 'none', delete: 'none' },
    { role: '*', read: 'none', create: 'all', update: 'none', delete: 'none' },
  ])
})

test('a rule that is true of no record allows nothing', () => {
  const [orders] = accessTable(
    shop(({ allow }) => ({
      read: [allow('clerk', { total: oneOf([]) }), allow('finance', { total: 1 })],
      create: [
        allow('clerk', {}, { check: { total: oneOf([]) } }),
        allow('finance', { total: 1 }, { check: { total: 2 } }),
      ],
      update: [allow('finance', { total: 1 }, { check: { total: 2 } })],
      delete: [allow('finance', { total: oneOf([]) })],
    })),
  )
  expect(orders?.roles).toEqual([
    { role: 'customer', read: 'none', create: 'none', update: 'none', delete: 'none' },
    { role: 'clerk', read: 'none', create: 'none', update: 'none', delete: 'none' },
    { role: 'finance', read: 'some', create: 'none', update: 'some', delete: 'none' },
  ])
})

test('is at most 100 columns wide, and what is longer goes on below its condition', () => {
  const text = formatAccessTable(
    accessTable(
      shop(({ allow, me }) => ({
        read: [
          allow(
            ['customer', 'clerk', 'finance'],
            or(
              { tenantId: me.tenantId, customerId: me.id, status: oneOf(['open', 'paid']) },
              { note: 'x', total: gt(5) },
            ),
            { reveal: ['margin'], id: 'open-or-paid' },
          ),
        ],
        update: [allow('clerk', { tenantId: me.tenantId })],
      })),
    ),
  )
  expect(text.split('\n').slice(4)).toMatchInlineSnapshot(`
    [
      "  read    allow customer, clerk, finance  (tenantId = me.tenantId and customerId = me.id and status",
      "                       in ('open', 'paid')) or (note = 'x' and total > 5); reveals margin",
      "                       (open-or-paid)",
      "  update  allow clerk  tenantId = me.tenantId  (order.update.0)",
    ]
  `)
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(100)
})

test('a word longer than a line stays whole', () => {
  const word = 'x'.repeat(150)
  const text = formatAccessTable(
    accessTable(shop(({ allow }) => ({ read: [allow('clerk', { note: word, total: 1 })] }))),
  )
  expect(text).toContain(`'${word}'`)
  expect(text.replaceAll(/\s+/g, ' ')).toContain(`note = '${word}' and total = 1 (order.read.0)`)
})

test('values are told apart: no text looks like a condition', () => {
  const [orders] = accessTable(
    shop(({ allow }) => ({
      delete: [
        allow('clerk', { note: "a' or note = 'b" }),
        allow('clerk', { note: 'a "b"\n\\' }),
        allow('clerk', { note: new Uint8Array([1, 255]) as never }),
      ],
    })),
  )
  expect(orders?.rules.map(({ when }) => when)).toEqual([
    String.raw`note = 'a\' or note = \'b'`,
    String.raw`note = 'a "b"\n\\'`,
    'note = 0x01ff',
  ])
})
