import fc from 'fast-check'
import { expect, test } from 'vitest'
import { explainAccess, lintPolicies } from '../../src/access.ts'
import {
  actors,
  declaring,
  type DrawnPolicy,
  OPERATIONS,
  patches,
  policies,
  records,
} from './random-policies.ts'
import { shop } from './shop.ts'

const cases = fc.array(
  fc.record({
    operation: fc.constantFrom(...OPERATIONS),
    record: records,
    patch: patches,
    actor: actors,
  }),
  { minLength: 30, maxLength: 30 },
)
type Case = (typeof cases extends fc.Arbitrary<infer T> ? T : never)[number]

const explained = (store: ReturnType<typeof shop>, { operation, record, patch, actor }: Case) =>
  explainAccess(store, actor as never, {
    entity: 'orders',
    operation,
    record,
    ...(operation === 'update' ? { patch } : {}),
  })

/** What an actor gets, whichever rule gives it. */
const gets = (store: ReturnType<typeof shop>, one: Case) => {
  const { outcome, masked, readable } = explained(store, one)
  return { outcome, masked: readable ? masked : [] }
}

const effectOf = (policy: DrawnPolicy, rule: string): 'allow' | 'deny' => {
  const [operation = '', at = ''] = rule.split(' ')
  return policy[operation as 'read']?.[Number(at)]?.isAllow === false ? 'deny' : 'allow'
}

test('a rule that is reported to change nothing changes nothing', () => {
  const reported = { 'shadowed-allow': 0, 'contradictory-when': 0, 'deny-always-fires': 0 }
  fc.assert(
    fc.property(policies, cases, (policy, all) => {
      const store = shop(declaring(policy))
      for (const { finding, rule } of lintPolicies(store)) {
        if (!Object.hasOwn(reported, finding) || rule === undefined) continue
        reported[finding as keyof typeof reported] += 1
        if (finding === 'deny-always-fires') {
          const operation = rule.split(' ')[0]
          for (const one of all.filter((other) => other.operation === operation)) {
            const { rules, outcome } = explained(store, one)
            if (rules.some(({ id, held }) => id === rule && held))
              expect(outcome).not.toBe('ALLOWED')
          }
        } else if (effectOf(policy, rule) === 'allow') {
          const without = shop(declaring(policy, rule))
          for (const one of all) expect(gets(without, one)).toEqual(gets(store, one))
        }
      }
    }),
    { numRuns: 150 },
  )
  for (const [finding, count] of Object.entries(reported))
    expect(count, finding).toBeGreaterThan(10)
})
