import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { explainAccess } from '../../src/access.ts'
import { createStore, defineEntity, definePolicy } from '../../src/index.ts'
import { memory } from '../../src/memory.ts'
import { caught } from '../support/caught.ts'
import { manual, person, shop } from './shop.ts'

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
          operation: 'update',
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
          operation: 'update',
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

  test('where a record cannot be read, the rules of reading and which of them hides it', () => {
    const closed = shop(({ allow, deny }) => ({
      read: [allow('clerk'), deny('*', { status: 'open' }, { id: 'open-is-hidden' })],
      delete: [allow('clerk')],
    }))
    const { outcome, rule, rules } = explainAccess(closed, clerk, {
      entity: 'orders',
      operation: 'delete',
      record: order,
    })
    expect([outcome, rule]).toEqual(['NOT_FOUND', 'open-is-hidden'])
    expect(rules.map(({ id, operation, decided }) => [id, operation, decided])).toEqual([
      ['order.read.0', 'read', false],
      ['open-is-hidden', 'read', true],
    ])
  })

  test('of rules that share a name, the one that decided', () => {
    const twins = shop(({ allow }) => ({
      create: [
        allow('clerk', { total: 1 }, { id: 'twin' }),
        allow('clerk', { total: 5 }, { id: 'twin' }),
      ],
    }))
    const { margin: _, ...record } = order
    const { rules } = explainAccess(twins, clerk, { entity: 'orders', operation: 'create', record })
    expect(rules.map(({ decided }) => decided)).toEqual([false, true])
  })

  test('of a create, fields that the schema adds and fields without a value are not carried', async () => {
    const narrow = shop(({ allow }) => ({
      create: [allow('clerk', {}, { fields: ['customerId', 'total'] })],
    }))
    const given = { tenantId: 'acme', orderId: 'o1', customerId: 'c1', total: 5, margin: undefined }
    const outcomeOf = (fields?: readonly string[]) =>
      explainAccess(narrow, clerk, {
        entity: 'orders',
        operation: 'create',
        record: { ...given, status: 'open' },
        ...(fields === undefined ? {} : { fields }),
      }).outcome
    expect(outcomeOf(['tenantId', 'orderId', 'customerId', 'total'])).toBe('ALLOWED')
    await expect(narrow.as(clerk).orders.create(given)).resolves.toMatchObject({ total: 5 })
    expect(outcomeOf()).toBe('FORBIDDEN')
    const whole = narrow.as(clerk).orders.create({ ...given, orderId: 'o2', status: 'open' })
    expect((await caught(() => whole)).code).toBe('FORBIDDEN')
  })

  test('the version of a record is carried by no write', () => {
    const Page = defineEntity('page', {
      schema: z.object({ id: z.string(), text: z.string(), revision: z.string() }),
      key: { partition: ['id'] },
      version: 'revision',
    })
    const pages = createStore({
      adapter: memory(),
      entities: { pages: Page },
      policies: [
        definePolicy(Page, person, ({ allow }) => ({
          create: [allow('clerk', {}, { fields: ['text'] })],
        })),
      ],
      actor: person,
    })
    const record = { id: 'p', text: 't', revision: 'r' }
    expect(
      explainAccess(pages, clerk, { entity: 'pages', operation: 'create', record }).outcome,
    ).toBe('ALLOWED')
  })

  test.each([
    ['a misspelt field of a patch', { operation: 'update', patch: { staus: 'paid' } }, 'staus'],
    ['a key field in a patch', { operation: 'update', patch: { orderId: 'o2' } }, 'orderId'],
    ['a misspelt field of a create', { operation: 'create', fields: ['totl'] }, 'totl'],
    ['an unknown operation', { operation: 'put' }, 'operation'],
  ])('%s is refused', async (_, request, field) => {
    const refusal = await caught(() =>
      explainAccess(store, clerk, { entity: 'orders', record: order, ...request } as never),
    )
    expect([refusal.code, refusal.field]).toEqual(['INVALID', field])
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
