import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { explainAccess } from '../../src/access.ts'
import { gt, gte, isHoldfastError, isNull, not, or } from '../../src/index.ts'
import { caught } from '../support/caught.ts'
import { manual, shop } from './shop.ts'

type Tools = Parameters<Parameters<typeof shop>[0]>[0]

const order = {
  tenantId: 'acme',
  orderId: 'o1',
  customerId: 'c1',
  status: 'open',
  total: 5,
  margin: 2,
} as const
const clerk = { id: 'k', tenantId: 'acme', roles: ['clerk' as const] }

describe('what explainAccess says', () => {
  const store = shop(manual)

  test('the rules tried, those that the actor does not hold, and which decided', () => {
    expect(
      explainAccess(store, clerk, {
        entity: 'orders',
        operation: 'update',
        record: { ...order, status: 'shipped' },
        patch: { status: 'open', total: 1 },
      }),
    ).toEqual({
      allowed: false,
      outcome: 'FORBIDDEN',
      rule: 'shipped-is-final',
      field: undefined,
      reason: 'Rule shipped-is-final refuses it.',
      readable: true,
      masked: ['margin'],
      rules: [
        {
          id: 'order.update.0',
          effect: 'allow',
          held: true,
          condition: 'tenantId = me.tenantId',
          stored: true,
          next: true,
          refuses: ['total'],
          decided: false,
        },
        {
          id: 'shipped-is-final',
          effect: 'deny',
          held: true,
          condition: "status = 'shipped'",
          stored: true,
          decided: true,
        },
      ],
    })
  })

  test('a field that no rule lets the write carry', () => {
    const request = {
      entity: 'orders',
      operation: 'update',
      record: order,
      patch: { total: 1 },
    } as const
    expect(explainAccess(store, clerk, request)).toMatchObject({
      outcome: 'FORBIDDEN',
      rule: 'order.update.0',
      field: 'total',
      reason: 'Rule order.update.0 does not let it carry total.',
    })
  })

  test('what is hidden does not exist', () => {
    const customer = { id: 'c2', tenantId: 'acme', roles: ['customer' as const] }
    for (const operation of ['read', 'update', 'delete'] as const)
      expect(
        explainAccess(store, customer, { entity: 'orders', operation, record: order, patch: {} }),
      ).toMatchObject({
        allowed: false,
        outcome: 'NOT_FOUND',
        readable: false,
        reason:
          'No rule that the actor holds allows it, so for this actor the record does not exist.',
      })
  })

  test('unknown is neither true nor false', () => {
    const nobody = { id: 'n', tenantId: null, roles: ['clerk' as const] }
    const { rules } = explainAccess(store, nobody, {
      entity: 'orders',
      operation: 'read',
      record: order,
    })
    expect(rules.map(({ held, stored }) => [held, stored])).toEqual([
      [false, undefined],
      [true, 'unknown'],
      [false, undefined],
    ])
  })

  test('no value of the record or the actor', () => {
    const text = JSON.stringify(
      explainAccess(
        store,
        { ...clerk, tenantId: 'canary' },
        {
          entity: 'orders',
          operation: 'create',
          record: { ...order, note: 'canary' },
        },
      ),
    )
    expect(text).not.toContain('canary')
  })

  test('an unknown repository, or an actor that is none, is refused', async () => {
    const request = { entity: 'orders', operation: 'read', record: order } as const
    const unknown = await caught(() =>
      explainAccess(store, clerk, { ...request, entity: 'toString' as never }),
    )
    expect([unknown.code, unknown.field]).toEqual(['INVALID', 'entity'])
    expect((await caught(() => explainAccess(store, { roles: [] } as never, request))).code).toBe(
      'INVALID',
    )
  })
})

/** Conditions over the fields that vary below. */
const conditions = [
  () => ({}),
  ({ me }: Tools) => ({ customerId: me.id }),
  ({ me }: Tools) => ({ tenantId: me.tenantId }),
  () => ({ status: 'open' as const }),
  () => ({ total: gt(3) }),
  () => ({ note: 'n' }),
  () => not({ note: 'n' }),
  () => ({ note: isNull() }),
  () => or({ status: 'paid' }, { margin: gte(2) }),
] as const

const rule = fc.record({
  isAllow: fc.constantFrom(true, true, true, false),
  roles: fc.constantFrom('*', 'clerk', 'customer', ['clerk', 'finance']),
  when: fc.nat(conditions.length - 1),
  check: fc.option(fc.nat(conditions.length - 1)),
  fields: fc.constantFrom(undefined, undefined, 'all', ['status'], ['status', 'margin']),
  on: fc.constantFrom('old', 'new', 'both'),
})
const rules = fc.array(rule, { maxLength: 3 })
const record = fc.record(
  {
    tenantId: fc.constant('acme'),
    orderId: fc.constant('o1'),
    customerId: fc.constantFrom('u', 'v'),
    status: fc.constantFrom('open', 'paid'),
    total: fc.constantFrom(1, 5),
    margin: fc.constantFrom(1, 2),
    note: fc.constantFrom('n', 'm', null),
  },
  { requiredKeys: ['tenantId', 'orderId', 'customerId', 'status', 'total'] },
)
const change = { status: fc.constantFrom('open', 'paid'), total: fc.constantFrom(1, 5) }
const patch = fc.oneof(
  { weight: 3, arbitrary: fc.record({ status: change.status }) },
  fc.record(change),
  fc.record({ ...change, customerId: fc.constantFrom('u', 'v'), margin: fc.constantFrom(1, 2) }),
)
const actors = fc.record({
  id: fc.constant('u'),
  tenantId: fc.constantFrom('acme', 'ibex', null, undefined),
  roles: fc.constantFrom(['clerk'], ['customer'], ['clerk', 'finance'], []),
})

test('explainAccess says what repositories do', async () => {
  const outcomes = new Map<string, number>()
  await fc.assert(
    fc.asyncProperty(
      fc.record({ isOpen: fc.boolean(), read: rules, create: rules, update: rules, delete: rules }),
      record,
      patch,
      actors,
      fc.constantFrom('read', 'create', 'update', 'update', 'delete'),
      async (drafts, row, changed, actor, operation) => {
        const store = shop((tools) => {
          const made = (name: 'read' | 'create' | 'update' | 'delete') =>
            drafts[name].map(({ isAllow, roles, when, check, fields, on }) => {
              const condition = (at: number) => conditions[at]?.(tools) as never
              if (!isAllow) return tools.deny(roles as '*', condition(when), { on })
              const carries = name === 'create' || name === 'update'
              return tools.allow(roles as '*', condition(when), {
                ...(carries && check !== null ? { check: condition(check) } : {}),
                ...(carries && fields !== undefined ? { fields: fields as 'all' } : {}),
                ...(name === 'read' && fields === 'all' ? { reveal: ['margin'] } : {}),
              })
            })
          return {
            read: drafts.isOpen ? [tools.allow('*'), ...made('read')] : made('read'),
            create: made('create'),
            update: made('update'),
            delete: made('delete'),
          }
        })
        const said = explainAccess(store, actor as never, {
          entity: 'orders',
          operation,
          record: row,
          ...(operation === 'update' ? { patch: changed } : {}),
        })
        const free = store.unrestricted('test').orders
        const key = { tenantId: 'acme', orderId: 'o1' }
        if (operation !== 'create') await free.put(row as never)
        const { orders } = store.as(actor as never)
        const calls = {
          read: () => orders.get(key),
          create: () => orders.create(row as never),
          update: () => orders.update(key, changed as never),
          delete: () => orders.delete(key),
        }
        const done = await calls[operation]().then(
          (value) => ({ outcome: value === undefined ? 'NOT_FOUND' : 'ALLOWED', value }),
          (error: unknown) => {
            if (!isHoldfastError(error)) throw error
            return { outcome: error.code, rule: error.rule, field: error.field }
          },
        )
        expect(said.outcome).toBe(done.outcome)
        expect(said.allowed).toBe(done.outcome === 'ALLOWED')
        if (done.outcome === 'FORBIDDEN')
          expect(done).toMatchObject({ rule: said.rule, field: said.field })
        if (operation === 'read' && done.outcome === 'ALLOWED')
          expect('margin' in (('value' in done ? done.value : undefined) ?? {})).toBe(
            row.margin !== undefined && !said.masked.includes('margin'),
          )
        const seen = said.rules.filter(({ decided }) => decided)
        expect(seen.length).toBe(
          said.outcome === 'NOT_FOUND' && operation !== 'read'
            ? 0
            : said.rule === undefined
              ? 0
              : 1,
        )
        outcomes.set(
          `${operation} ${done.outcome}`,
          (outcomes.get(`${operation} ${done.outcome}`) ?? 0) + 1,
        )
      },
    ),
    { numRuns: 4000 },
  )
  for (const one of [
    'read ALLOWED',
    'read NOT_FOUND',
    'create ALLOWED',
    'create FORBIDDEN',
    'update ALLOWED',
    'update FORBIDDEN',
    'update NOT_FOUND',
    'delete ALLOWED',
    'delete FORBIDDEN',
    'delete NOT_FOUND',
  ])
    expect(outcomes.get(one) ?? 0, one).toBeGreaterThan(5)
})
