import { readdir } from 'node:fs/promises'
import { memory } from '@holdfast/core/memory'
import { expect, test } from 'vitest'
import {
  type Case,
  type Harness,
  runCases,
  runContract,
  type Suite,
  sharedPlace,
  suites,
} from '../src/index.ts'

const one = (name: string, run: () => void, applies?: Case['applies']): Case => ({
  suite: 'made up',
  name,
  run: async () => run(),
  ...(applies === undefined ? {} : { applies }),
})

const fail = (): never => {
  throw new Error('broken promise')
}

const passes = one('passes', () => {})
const fails = one('fails', fail)
const suite = { name: 'made up', cases: [passes, fails] }

const harness = (more: Partial<Harness> = {}): Harness => ({
  name: 'memory',
  ...sharedPlace(memory()),
  ...more,
})

const counts = async (more: Partial<Harness>, cases: readonly Case[] = suite.cases) => {
  const lines: string[] = []
  const { passed, failed, gaps, skipped } = await runCases(harness(more), {
    suites: [{ name: 'made up', cases }],
    report: (text) => lines.push(text),
  })
  return { passed, failed, gaps, skipped, text: lines.join('\n') }
}

test('a failure is counted and reported with its stack', async () => {
  const { text, ...rest } = await counts({})
  expect(rest).toEqual({ passed: 1, failed: 1, gaps: 0, skipped: 0 })
  expect(text).toMatch(/FAIL made up: fails\nError: broken promise\n.*at fail/)
})

test('a known gap is reported with its reason, and is neither passed nor failed', async () => {
  const { text, ...rest } = await counts({ gaps: { 'made up: fails': 'the emulator is wrong' } })
  expect(rest).toEqual({ passed: 1, failed: 0, gaps: 1, skipped: 0 })
  expect(text).toContain('the emulator is wrong')
})

test('a gap that passes fails the run', async () => {
  const { text, failed } = await counts({ gaps: { 'made up: passes': 'once wrong' } }, [passes])
  expect(failed).toBe(1)
  expect(text).toContain('This gap is closed')
})

test('a gap that names no case fails the run', async () => {
  const { failed } = await counts({ gaps: { 'made up: renamed': 'once wrong' } }, [passes])
  expect(failed).toBe(1)
})

test('a case that does not apply is not counted as passed', async () => {
  const skipped = one('elsewhere', fail, () => false)
  expect(await counts({}, [passes, skipped])).toMatchObject({ passed: 1, failed: 0, skipped: 1 })
})

test('a case that never ends fails', async () => {
  const hangs: Case = { suite: 'made up', name: 'hangs', run: () => new Promise(() => {}) }
  const suites = [{ name: 'made up', cases: [hangs] }]
  const report = await runCases(harness(), { suites, timeoutMs: 10 })
  expect(report.failed).toBe(1)
})

test('a store that cannot be opened fails every case', async () => {
  const open = () => Promise.reject(new Error('no such server'))
  expect(await counts({ open })).toMatchObject({ passed: 0, failed: 2 })
})

test('a runner gets one test per case, which skips what is known or does not apply', async () => {
  const tests = new Map<string, (context: { skip(): void }) => Promise<void>>()
  let end = async (): Promise<void> => {}
  const skipped = one('elsewhere', fail, () => false)
  const gap = one('gap', fail)
  let disposed = 0
  runContract(
    harness({
      gaps: { 'made up: gap': 'known', 'made up: stray': 'left behind' },
      dispose: async () => {
        disposed += 1
      },
    }),
    {
      describe: (_name, body) => body(),
      test: (name, body) => tests.set(name, body),
      afterAll: (body) => {
        end = body
      },
    },
    [{ name: 'made up', cases: [passes, fails, skipped, gap] }],
  )
  const results: Record<string, string> = {}
  for (const [name, body] of tests) {
    let result = 'passed'
    const skip = (): void => {
      result = 'skipped'
    }
    await body({ skip }).catch(() => {
      result = 'failed'
    })
    results[name] = result
  }
  await end()
  expect(disposed).toBe(1)
  expect(results).toEqual({
    passes: 'passed',
    fails: 'failed',
    elsewhere: 'skipped',
    gap: 'skipped',
    'made up: stray': 'failed',
  })
})

test('every case that is written is run', async () => {
  const run = new Set(suites.flatMap(({ cases }) => cases))
  let written = 0
  for (const folder of ['suites', 'random', 'attacks', 'policy-oracle'])
    for (const file of await readdir(new URL(`../src/${folder}/`, import.meta.url))) {
      const module = (await import(`../src/${folder}/${file}`)) as Readonly<Record<string, object>>
      for (const value of Object.values(module))
        if (typeof value === 'object' && 'cases' in value)
          for (const one of (value as Suite).cases) {
            expect(run.has(one), `${file}: ${one.name}`).toBe(true)
            written += 1
          }
    }
  expect(written).toBe(run.size)
})
