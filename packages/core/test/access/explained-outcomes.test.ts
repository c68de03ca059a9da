import fc from 'fast-check'
import { expect, test } from 'vitest'
import { explainAccess } from '../../src/access.ts'
import { isHoldfastError } from '../../src/index.ts'
import { actors, declaring, OPERATIONS, patches, policies, records } from './random-policies.ts'
import { shop } from './shop.ts'

type Outcome = {
  readonly outcome: string
  readonly rule?: string | undefined
  readonly field?: string | undefined
  readonly value?: object | undefined
}

const outcomeOf = (run: Promise<object | undefined>): Promise<Outcome> =>
  run.then(
    (value) => ({ outcome: value === undefined ? 'NOT_FOUND' : 'ALLOWED', value }),
    (error: unknown) => {
      if (!isHoldfastError(error)) throw error
      return { outcome: error.code, rule: error.rule, field: error.field }
    },
  )

test('explainAccess says what repositories do', async () => {
  const outcomes = new Map<string, number>()
  await fc.assert(
    fc.asyncProperty(
      policies,
      records,
      patches,
      actors,
      fc.constantFrom(...OPERATIONS, 'update' as const),
      fc.boolean(),
      async (policy, record, patch, actor, operation, leavesDefault) => {
        const store = shop(declaring(policy))
        const { status, ...others } = record
        const input = leavesDefault ? others : { ...others, status }
        const given = Object.keys(input).filter((name) => input[name as 'total'] !== undefined)
        const said = explainAccess(store, actor as never, {
          entity: 'orders',
          operation,
          record: operation === 'create' && leavesDefault ? { ...record, status: 'open' } : record,
          ...(operation === 'create' && leavesDefault ? { fields: given } : {}),
          ...(operation === 'update' ? { patch } : {}),
        })
        const key = { tenantId: 'acme', orderId: 'o1' }
        if (operation !== 'create') await store.unrestricted('test').orders.put(record as never)
        const { orders } = store.as(actor as never)
        const calls = {
          read: () => orders.get(key),
          create: () => orders.create(input as never),
          update: () => orders.update(key, patch as never),
          delete: () => orders.delete(key),
        }
        const done = await outcomeOf(calls[operation]())
        expect(said.outcome).toBe(done.outcome)
        expect(said.allowed).toBe(done.outcome === 'ALLOWED')
        if (done.outcome === 'FORBIDDEN')
          expect(done).toMatchObject({ rule: said.rule, field: said.field })
        if (operation === 'read' && done.value !== undefined)
          expect('margin' in done.value).toBe(
            record.margin !== undefined && !said.masked.includes('margin'),
          )
        const decided = said.rules.filter((trial) => trial.decided)
        expect(decided.map(({ id }) => id)).toEqual(said.rule === undefined ? [] : [said.rule])
        const name = `${operation} ${done.outcome}`
        outcomes.set(name, (outcomes.get(name) ?? 0) + 1)
      },
    ),
    { numRuns: 2000 },
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
    expect(outcomes.get(one) ?? 0, one).toBeGreaterThan(10)
})
