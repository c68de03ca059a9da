import fc from 'fast-check'
import { gt, gte, isNull, lt, not, oneOf, or, type PolicyDraft } from '../../src/index.ts'
import type { shop } from './shop.ts'

type Tools = Parameters<Parameters<typeof shop>[0]>[0]

/** What rules are about. */
export const OPERATIONS = ['read', 'create', 'update', 'delete'] as const

/** Conditions over the fields that vary below, some of which are within others, or true of nothing. */
const conditions = [
  () => ({}),
  ({ me }: Tools) => ({ customerId: me.id }),
  ({ me }: Tools) => ({ tenantId: me.tenantId }),
  ({ me }: Tools) => ({ tenantId: me.tenantId, customerId: me.id }),
  () => ({ status: 'open' as const }),
  () => ({ total: gt(3) }),
  () => ({ total: gt(3), status: oneOf(['open' as const, 'paid' as const]) }),
  () => ({ note: 'n' }),
  () => not({ note: 'n' }),
  () => or({ note: 'n' }, not({ note: 'n' })),
  () => ({ note: isNull() }),
  () => or({ total: gt(9) }, { total: lt(0), note: isNull() }),
  () => ({ total: oneOf([]) }),
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
const rules = fc.array(rule, { maxLength: 6 })

/** A rule as it was drawn. */
type Drawn = typeof rule extends fc.Arbitrary<infer T> ? T : never

/** The rules of a policy. In half of them everybody reads everything that no deny hides. */
export const policies = fc.record({
  isOpen: fc.boolean(),
  read: rules,
  create: rules,
  update: rules,
  delete: rules,
})

/** A policy as it was drawn. */
export type DrawnPolicy = typeof policies extends fc.Arbitrary<infer T> ? T : never

const declared = (tools: Tools, operation: string, at: number, drawn: Drawn) => {
  const { isAllow, roles, when, check, fields, on } = drawn
  const id = `${operation} ${at}`
  const condition = (position: number) => conditions[position]?.(tools) as never
  if (!isAllow) return tools.deny(roles as '*', condition(when), { on, id })
  const carries = operation === 'create' || operation === 'update'
  return tools.allow(roles as '*', condition(when), {
    id,
    ...(carries && check !== null ? { check: condition(check) } : {}),
    ...(carries && fields !== undefined ? { fields: fields as 'all' } : {}),
    ...(operation === 'read' && fields === 'all' ? { reveal: ['margin'] } : {}),
  })
}

/** Declares a policy as drawn, its rules named `operation position`; `without` one of them, if asked. */
export const declaring =
  (drawn: DrawnPolicy, without?: string) =>
  (tools: Tools): PolicyDraft => {
    const made = (operation: (typeof OPERATIONS)[number]) =>
      drawn[operation].flatMap((one, at) =>
        without === `${operation} ${at}` ? [] : [declared(tools, operation, at, one)],
      )
    const open = drawn.isOpen && without !== 'open' ? [tools.allow('*', {}, { id: 'open' })] : []
    return {
      read: [...open, ...made('read')],
      create: made('create'),
      update: made('update'),
      delete: made('delete'),
    }
  }

/** An order. */
export const records = fc.record(
  {
    tenantId: fc.constant('acme'),
    orderId: fc.constant('o1'),
    customerId: fc.constantFrom('u', 'v'),
    status: fc.constantFrom('open', 'paid'),
    total: fc.constantFrom(1, 5),
    margin: fc.constantFrom(1, 2, undefined),
    note: fc.constantFrom('n', 'm', null),
  },
  { requiredKeys: ['tenantId', 'orderId', 'customerId', 'status', 'total'] },
)

const change = { status: fc.constantFrom('open', 'paid'), total: fc.constantFrom(1, 5) }

/** What an update changes. */
export const patches = fc.oneof(
  { weight: 3, arbitrary: fc.record({ status: change.status }) },
  fc.record(change),
  fc.record({ ...change, customerId: fc.constantFrom('u', 'v'), margin: fc.constantFrom(1, 2) }),
)

/** Who asks. */
export const actors = fc.record({
  id: fc.constant('u'),
  tenantId: fc.constantFrom('acme', 'ibex', null, undefined),
  roles: fc.constantFrom(['clerk'], ['customer'], ['clerk', 'finance'], []),
})
