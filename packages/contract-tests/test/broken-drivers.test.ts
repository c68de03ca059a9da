import { memory } from '@holdfast/core/memory'
import { beforeAll, describe, expect, test } from 'vitest'
import { fullName, type Report, runCases, sharedPlace, suites } from '../src/index.ts'
import { broken, DEFECTS } from './defects.ts'

const QUICK = { scale: 0.1 }

let intact: Report

beforeAll(async () => {
  intact = await runCases({ name: 'memory', ...QUICK, ...sharedPlace(memory()) })
})

test('the reference driver keeps the whole contract', () => {
  expect(intact.outcomes.filter(({ status }) => status === 'failed')).toEqual([])
  expect(intact.passed).toBeGreaterThanOrEqual(150)
})

test('no two cases have one name', () => {
  const names = suites.flatMap(({ cases }) => cases.map(fullName))
  expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([])
})

describe('the kit finds a driver that', () => {
  for (const [name, defect] of Object.entries(DEFECTS))
    test(name, async () => {
      // Only cases that the intact driver passes can find anything.
      const passing = new Set(
        intact.outcomes.flatMap((one) => (one.status === 'passed' ? [one.name] : [])),
      )
      const able = suites.map((suite) => ({
        ...suite,
        cases: suite.cases.filter((one) => passing.has(fullName(one))),
      }))
      const driver = broken(defect)
      // The handles of a shared place close by themselves, which would hide this one defect.
      const place =
        name === 'goes on after close' ? { open: async () => driver } : sharedPlace(driver)
      const report = await runCases(
        { name, ...QUICK, ...place },
        { suites: able, bail: true, timeoutMs: 20_000 },
      )
      const found = report.outcomes.find(({ status }) => status === 'failed')
      expect(found, 'a defect that no case finds').toBeDefined()
      if (process.env['HOLDFAST_FOUND_BY'] !== undefined) console.log(`${name}: ${found?.name}`)
    })
})
