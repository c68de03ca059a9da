import { memory } from '@holdfast/core/memory'
import { describe, expect, test } from 'vitest'
import {
  and,
  eq,
  gt,
  me,
  not,
  oneOf,
  or,
  type Said,
  type SaidRule,
} from '../src/policy-oracle/said.ts'
import { SHAPES } from '../src/policy-oracle/shapes.ts'
import { policyOracleSuite } from '../src/policy-oracle/suite.ts'
import {
  type Asker,
  type Attempt,
  masked,
  mayRead,
  maySee,
  mayWrite,
  truthOf,
} from '../src/policy-oracle/verdict.ts'
import { fullName, runCases, sharedPlace } from '../src/index.ts'
import { broken, DEFECTS, type Defect } from './defects.ts'

const u: Asker = { id: 'u', roles: ['one'], list: ['u', null], empty: [], nothing: null }
const facts = { key: ['id'], sensitive: ['secret'] }

describe('the evaluator', () => {
  const record = { id: 'r', owner: 'u', size: 5, none: null }
  const truths: readonly (readonly [string, Said, boolean | undefined])[] = [
    ['equal to an attribute', eq('owner', me('id')), true],
    ['above', gt('size', 5), false],
    ['a null field', eq('none', 'u'), undefined],
    ['a missing field', not(eq('absent', 'u')), undefined],
    ['a null attribute', eq('owner', me('nothing')), undefined],
    ['an inherited attribute', eq('owner', me('constructor')), undefined],
    ['false decides over unknown', and(eq('none', 'u'), gt('size', 9)), false],
    ['true decides over unknown', or(eq('none', 'u'), gt('size', 1)), true],
    ['unknown is not known', and(eq('none', 'u'), gt('size', 1)), undefined],
    ['one of a list with a gap, found', oneOf('owner', me('list')), true],
    ['one of a list with a gap, not found', oneOf('id', me('list')), undefined],
    ['one of an empty list', oneOf('none', me('empty')), false],
    ['one of a missing list', oneOf('owner', me('absent')), undefined],
  ]
  for (const [name, said, truth] of truths)
    test(name, () => expect(truthOf(said, record, u)).toBe(truth))

  const allow = (when?: Said, more: Partial<SaidRule> = {}): SaidRule => ({
    effect: 'allow',
    roles: ['one'],
    when,
    ...more,
  })
  const deny = (when?: Said, more: Partial<SaidRule> = {}): SaidRule => ({
    ...allow(when, more),
    effect: 'deny',
  })
  const unknown = eq('none', 'x')

  test('allows where true, denies where not false, and heeds roles', () => {
    expect(mayRead([], record, u)).toBe(false)
    expect(mayRead([allow()], record, u)).toBe(true)
    expect(mayRead([allow(unknown)], record, u)).toBe(false)
    expect(mayRead([allow(), deny(unknown)], record, u)).toBe(false)
    expect(mayRead([allow(), deny(gt('size', 9))], record, u)).toBe(true)
    expect(mayRead([allow(undefined, { roles: 'two' })], record, u)).toBe(false)
    expect(mayRead([allow(undefined, { roles: '*' })], record, u)).toBe(true)
    expect(mayRead([allow(), deny(undefined, { roles: 'two' })], record, u)).toBe(true)
  })

  test('reveals by record', () => {
    const rules = [allow(), allow(gt('size', 4), { reveal: ['secret'] })]
    const [big, small] = [
      { size: 5, secret: 'x' },
      { size: 1, secret: 'x' },
    ]
    expect(masked(rules, big, { asker: u, facts })).toEqual(big)
    expect(masked(rules, small, { asker: u, facts })).toEqual({ size: 1 })
    expect(maySee([...rules, deny(eq('secret', 'x'))], 'secret', { record: big, asker: u })).toBe(
      false,
    )
  })

  test('decides on old and new record, and on what is carried', () => {
    const update = (old: object, next: object, carried: readonly string[] = ['size']): Attempt => ({
      operation: 'update',
      old: { ...record, ...old },
      next: { ...record, ...next },
      carried,
    })
    const small = allow(eq('size', 5))
    expect(mayWrite([small], update({}, {}), { asker: u, facts })).toBe(true)
    expect(mayWrite([small], update({ size: 4 }, {}), { asker: u, facts })).toBe(false)
    expect(mayWrite([small], update({}, { size: 4 }), { asker: u, facts })).toBe(false)
    expect(
      mayWrite([{ ...small, check: gt('size', 0) }], update({}, { size: 4 }), { asker: u, facts }),
    ).toBe(true)
    expect(mayWrite([allow()], update({}, {}, ['secret']), { asker: u, facts })).toBe(false)
    expect(
      mayWrite([allow(undefined, { fields: 'all' })], update({}, {}, ['secret']), {
        asker: u,
        facts,
      }),
    ).toBe(true)
    expect(
      mayWrite([allow(undefined, { fields: ['owner'] })], update({}, {}), { asker: u, facts }),
    ).toBe(false)
    const on = (state: 'old' | 'new' | 'both'): readonly SaidRule[] => [
      allow(),
      deny(eq('size', 4), { on: state }),
    ]
    expect(mayWrite(on('old'), update({ size: 4 }, {}), { asker: u, facts })).toBe(false)
    expect(mayWrite(on('new'), update({ size: 4 }, {}), { asker: u, facts })).toBe(true)
    expect(mayWrite(on('new'), update({}, { size: 4 }), { asker: u, facts })).toBe(false)
    expect(mayWrite(on('both'), update({ size: 4 }, {}), { asker: u, facts })).toBe(false)
  })
})

const run = (driver: ReturnType<typeof memory>, scale?: number) =>
  runCases(
    { name: 'memory', ...sharedPlace(driver), ...(scale === undefined ? {} : { scale }) },
    { suites: [policyOracleSuite] },
  )

describe('the policy oracle', () => {
  test('agrees with core on the reference driver, at every scale', async () => {
    for (const scale of [undefined, 0.1, 0.35]) {
      const { outcomes } = await run(memory(), scale)
      expect(outcomes.filter(({ status }) => status !== 'passed')).toEqual([])
    }
  })

  test('fails on counts when it has not asked', async () => {
    const last = policyOracleSuite.cases.at(-1)
    const cases = last === undefined ? [] : [last]
    const report = await runCases(
      { name: 'memory', ...sharedPlace(memory()) },
      { suites: [{ ...policyOracleSuite, cases }] },
    )
    expect(last === undefined ? '' : fullName(last)).toBe(
      'policy oracle: the oracle has asked enough',
    )
    expect(report.failed).toBe(1)
  })

  test('has shapes that tell records apart', () => {
    expect(SHAPES.length).toBeGreaterThanOrEqual(150)
    expect(SHAPES.filter(({ expects }) => expects === 'some').length).toBeGreaterThanOrEqual(110)
  })

  const wrong: Readonly<Record<string, Defect | undefined>> = {
    'ignores conditions': DEFECTS['ignores conditions'],
    'ignores conditions of deletes': DEFECTS['ignores conditions of deletes'],
    'overwrites on create': DEFECTS['overwrites on create'],
    'reads null as missing': DEFECTS['reads null as missing'],
    'counts without the filter': (inner) => ({
      query: (request, options) =>
        inner.query(request.count ? { ...request, filter: undefined } : request, options),
    }),
    'loses what a negation shows': (inner) => ({
      query: (request, options) =>
        inner.query(
          request.filter?.op === 'not'
            ? { ...request, filter: { op: 'const', value: false } }
            : request,
          options,
        ),
    }),
  }
  for (const [name, defect] of Object.entries(wrong))
    test(`finds a driver that ${name}`, async () => {
      if (defect === undefined) throw new Error('There is no such defect.')
      const { outcomes } = await run(broken(defect) as ReturnType<typeof memory>, 0.35)
      const found = outcomes.find(({ status }) => status === 'failed')
      expect(found?.name).toMatch(
        /^policy oracle: (every path|an update|a delete|a record|what may)/,
      )
    })
})
