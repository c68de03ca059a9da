import { type } from 'arktype'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { lintPolicies } from '../../src/access.ts'
import {
  and,
  createStore,
  defineActor,
  defineEntity,
  definePolicy,
  exists,
  gt,
  gte,
  lt,
  not,
  oneOf,
  or,
  isNull,
} from '../../src/index.ts'
import { memory } from '../../src/memory.ts'
import { manual, Order, person, shop, shopOf } from './shop.ts'

type Declare = Parameters<typeof shop>[0]

/** Findings as `kind rule|field|index|role`, without those that every small policy here has. */
const found = (declare: Declare): readonly string[] =>
  lintPolicies(shop(declare))
    .filter(({ finding }) => !['unused-role', 'sensitive-nobody-sees'].includes(finding))
    .map(({ finding, rule, field, index, role }) =>
      [finding, rule, field, index, role].filter((part) => part !== undefined).join(' '),
    )

describe('what lint finds', () => {
  test('the policy of the manual: a unique index that tenants share, and nothing else', () => {
    expect(lintPolicies(shop(manual))).toEqual([
      expect.objectContaining({
        finding: 'unscoped-unique-index',
        entity: 'orders',
        index: 'byNote',
      }),
    ])
  })

  test('an entity without a policy', () => {
    expect(lintPolicies(shopOf([]))).toContainEqual(
      expect.objectContaining({
        finding: 'entity-without-policy',
        entity: 'orders',
        severity: 'error',
      }),
    )
  })

  test('not an entity whose policy allows nothing', () => {
    const kinds = lintPolicies(shop(() => ({}))).map(({ finding }) => finding)
    expect(kinds).not.toContain('entity-without-policy')
  })

  test('a role that no rule names, and one that nobody can hold', () => {
    const store = shop(({ allow }) => ({
      read: [allow('clerk'), allow('customer'), allow('boss' as 'clerk')],
    }))
    const roles = lintPolicies(store).filter(({ role }) => role !== undefined)
    expect(roles.map(({ finding, role }) => [finding, role])).toEqual([
      ['unused-role', 'finance'],
      ['unknown-role', 'boss'],
    ])
  })

  test.each([
    [
      'zod, nested in defaults',
      z.object({
        roles: z
          .array(z.enum(['a', 'b']))
          .default([])
          .readonly(),
      }),
    ],
    ['a zod literal', z.object({ roles: z.array(z.literal(['a', 'b'])) })],
    ['arktype by its JSON Schema', type({ roles: "('a' | 'b')[]" })],
  ])('the roles of %s', (_, schema) => {
    const actor = defineActor(schema as never)
    const store = createStore({
      adapter: memory(),
      entities: { orders: Order },
      policies: [definePolicy(Order, actor, ({ allow }) => ({ read: [allow('a' as never)] }))],
      actor,
    })
    const roles = lintPolicies(store).filter(({ finding }) => finding === 'unused-role')
    expect(roles.map(({ role }) => role)).toEqual(['b'])
  })

  test.each([
    ['any text', z.object({ roles: z.array(z.string()) })],
    ['a library that does not tell', v.object({ roles: v.array(v.picklist(['a', 'b'])) })],
    ['no roles', z.object({})],
  ])('says nothing of roles where the schema is %s', (_, schema) => {
    const actor = defineActor(schema as never)
    const store = createStore({ adapter: memory(), entities: { orders: Order }, actor })
    expect(lintPolicies(store).filter(({ role }) => role !== undefined)).toEqual([])
  })

  test('a sensitive field that nobody sees', () => {
    const unseen = (declare: Declare) =>
      lintPolicies(shop(declare)).filter(({ finding }) => finding === 'sensitive-nobody-sees')
    expect(unseen(({ allow }) => ({ read: [allow('*')] }))).toMatchObject([{ field: 'margin' }])
    expect(unseen(({ allow }) => ({ read: [allow('*', {}, { reveal: ['margin'] })] }))).toEqual([])
  })

  test.each<[string, Declare, readonly string[]]>([
    [
      'an allow within another',
      ({ allow }) => ({
        delete: [allow('clerk', { total: gt(5) }), allow(['clerk', 'finance'], { total: gt(3) })],
      }),
      ['shadowed-allow order.delete.0'],
    ],
    [
      'an allow twice: the later one',
      ({ allow }) => ({
        delete: [allow('clerk', { status: 'open' }), allow('clerk', { status: 'open' })],
      }),
      ['shadowed-allow order.delete.1'],
    ],
    [
      'not an allow that reveals more',
      ({ allow, me }) => ({
        read: [
          allow('*', { tenantId: me.tenantId }, { reveal: [] }),
          allow('*', { tenantId: me.tenantId, customerId: me.id }, { reveal: ['margin'] }),
        ],
      }),
      ['unscoped-unique-index byNote'],
    ],
    [
      'not an allow that carries more',
      ({ allow }) => ({
        update: [
          allow('*', {}, { fields: ['status'] }),
          allow('*', { total: 1 }, { fields: ['status', 'total'] }),
        ],
      }),
      [],
    ],
    [
      'not an allow for more roles',
      ({ allow }) => ({ delete: [allow('*', { total: 1 }), allow('clerk')] }),
      [],
    ],
    [
      'not an allow whose check is wider',
      ({ allow }) => ({
        update: [allow('*', { status: 'open' }), allow('*', { status: 'open' }, { check: {} })],
      }),
      ['shadowed-allow order.update.0'],
    ],
    [
      'a deny of all, and the allow it makes vain',
      ({ allow, deny }) => ({ delete: [allow('clerk'), deny('*')] }),
      ['shadowed-allow order.delete.0', 'deny-always-fires order.delete.1'],
    ],
    [
      'a deny that no value escapes',
      ({ allow, deny }) => ({
        delete: [
          allow('clerk', { total: 1 }),
          deny('finance', or({ note: 'a' }, not({ note: 'a' }))),
        ],
      }),
      ['deny-always-fires order.delete.1'],
    ],
    [
      'not a deny of all where nothing is allowed: that is said plainly',
      ({ deny }) => ({ delete: [deny('*')] }),
      [],
    ],
    [
      'a deny of all by a condition, even where nothing is allowed',
      ({ deny }) => ({ delete: [deny('*', { total: exists() })] }),
      ['deny-always-fires order.delete.0'],
    ],
    [
      'not a deny of one role beside an allow for all',
      ({ allow, deny }) => ({ delete: [allow('*'), deny('customer')] }),
      [],
    ],
    [
      'not a deny of one role beside allows of others',
      ({ allow, deny }) => ({ delete: [allow('clerk'), deny('customer')] }),
      [],
    ],
    [
      'not a deny that a value escapes',
      ({ allow, deny }) => ({ delete: [allow('clerk'), deny('*', { note: 'a' })] }),
      [],
    ],
    [
      'conditions that exclude each other',
      ({ allow }) => ({ delete: [allow('clerk', { status: 'open', total: oneOf([]) })] }),
      ['contradictory-when order.delete.0'],
    ],
    [
      'conditions that exclude each other, once: not also as needless',
      ({ allow }) => ({
        delete: [allow('clerk', { total: 1 }), allow('clerk', { total: oneOf([]) })],
      }),
      ['contradictory-when order.delete.1'],
    ],
    [
      'not one that an empty list of the actor makes true',
      ({ allow, me }) => ({
        delete: [
          allow('clerk', and(not({ note: exists() }), not({ note: oneOf(me.roles as never) }))),
        ],
      }),
      [],
    ],
    [
      'a check that nothing meets',
      ({ allow }) => ({
        update: [allow('clerk', {}, { check: { note: isNull(), tenantId: isNull() } })],
      }),
      ['contradictory-when order.update.0'],
    ],
    [
      'a when that nothing meets, whatever the check',
      ({ allow }) => ({ update: [allow('clerk', { total: oneOf([]) }, { check: {} })] }),
      ['contradictory-when order.update.0'],
    ],
    [
      'a create whose when and check exclude each other',
      ({ allow }) => ({ create: [allow('clerk', { total: gt(5) }, { check: { total: lt(5) } })] }),
      ['contradictory-when order.create.0'],
    ],
    [
      'not an update whose when and check differ: that is a transition',
      ({ allow }) => ({
        update: [allow('clerk', { status: 'open' }, { check: { status: 'paid' } })],
      }),
      [],
    ],
    [
      'a read rule that no key or index serves',
      ({ allow, me }) => ({ read: [allow('customer', { customerId: me.id })] }),
      ['unserved-rule order.read.0', 'unscoped-unique-index key', 'unscoped-unique-index byNote'],
    ],
    [
      'not one that an index serves, nor one without a condition',
      ({ allow, me }) => ({ read: [allow('customer', { note: me.id }), allow('clerk')] }),
      [],
    ],
    [
      'not a unique index where rules are not limited by the actor',
      ({ allow }) => ({ read: [allow('clerk', { tenantId: 'acme' })] }),
      [],
    ],
    [
      'a rule that decides by what its role does not see',
      ({ allow, deny }) => ({
        read: [allow('*'), allow('finance', {}, { reveal: ['margin'] })],
        update: [
          allow('finance', { margin: gt(0) }),
          deny('clerk', { margin: gte(9) }, { on: 'old' }),
        ],
      }),
      ['refusal-tells order.update.1 margin clerk'],
    ],
    [
      'a check, and a deny to all, about what not all see',
      ({ allow, deny }) => ({
        read: [allow('*'), allow('finance', {}, { reveal: ['margin'] })],
        update: [allow(['finance', 'customer'], {}, { check: { margin: gt(0) } })],
        delete: [allow('finance'), deny('*', { margin: gte(9) })],
      }),
      ['refusal-tells order.update.0 margin customer', 'refusal-tells order.delete.1 margin *'],
    ],
    [
      'not a rule whose roles see it, each by a rule of its own',
      ({ allow }) => ({
        read: [
          allow('clerk', { status: 'open' }, { reveal: ['margin'] }),
          allow('finance', {}, { reveal: ['margin'] }),
        ],
        update: [allow(['clerk', 'finance'], { margin: gt(0) })],
      }),
      ['unserved-rule order.read.0'],
    ],
    [
      'not a create, whose values its actor brings',
      ({ allow }) => ({ create: [allow('clerk', { margin: gt(0) }, { fields: 'all' })] }),
      [],
    ],
    [
      'a rule whose records can be given away',
      ({ allow, me }) => ({
        update: [
          allow('customer', { customerId: me.id }, { check: { status: 'open' } }),
          allow('clerk', { tenantId: me.tenantId }, { check: {} }),
        ],
      }),
      ['unchecked-move order.update.0 customerId'],
    ],
    [
      'not where the field is not to be changed, or is checked',
      ({ allow, me }) => ({
        update: [
          allow(
            'customer',
            { customerId: me.id },
            { check: { customerId: me.id, status: 'open' } },
          ),
          allow('customer', { customerId: me.id, total: 1 }, { check: {}, fields: ['status'] }),
        ],
      }),
      [],
    ],
  ])('%s', (_, declare, expected) => {
    expect(found(declare)).toEqual(expected)
  })

  test('every finding says what to do, and names the repository', () => {
    for (const { message, entity, role } of lintPolicies(
      shop(({ allow, deny, me }) => ({ read: [allow('clerk', { customerId: me.id }), deny('*')] })),
    )) {
      expect(message.length).toBeGreaterThan(40)
      expect(entity ?? role).toBeDefined()
    }
  })

  test('an entity is named as its repository is', () => {
    const Other = defineEntity('other', {
      schema: z.object({ id: z.string() }),
      key: { partition: ['id'] },
    })
    const store = createStore({ adapter: memory(), entities: { those: Other }, actor: person })
    expect(lintPolicies(store)).toContainEqual(expect.objectContaining({ entity: 'those' }))
  })
})
