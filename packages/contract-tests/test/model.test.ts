import { memory } from '@holdfast/core/memory'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { runCases, sharedPlace } from '../src/index.ts'
import { command } from '../src/random/commands.ts'
import { programOf } from '../src/random/program.ts'
import { modelSuite } from '../src/random/sequences.ts'

test('a failing sequence shrinks to a program of a few readable lines', async () => {
  const inner = memory()
  const driver: typeof inner = {
    ...inner,
    // Forgets what a patch removes.
    write: (writes, options) =>
      inner.write(
        writes.map((write) => (write.kind === 'patch' ? { ...write, remove: [] } : write)),
        options,
      ),
  }
  const report = await runCases(
    { name: 'broken', ...sharedPlace(driver) },
    { suites: [modelSuite], timeoutMs: 60_000 },
  )
  const [outcome] = report.outcomes
  const message = outcome?.status === 'failed' ? String(outcome.error) : ''
  const [head, ...program] = message.split('\n')
  expect(head).toContain('This program gets another answer than in memory:')
  expect(program.length).toBeLessThanOrEqual(5)
  expect(message).toContain('remove()')
})

test('every command has its line', () => {
  fc.assert(
    fc.property(command, (one) => {
      const program = programOf([one])
      expect(program).not.toContain('[object')
      expect(program).toMatch(/^(await db|clock|db = |the next page)/)
    }),
    { numRuns: 500, seed: 1 },
  )
  expect(
    programOf([
      { do: 'transaction', steps: [{ do: 'get', on: 'counters', id: 'a' }], fails: true },
      {
        do: 'update',
        on: 'counters',
        id: 'a',
        patch: { increment: { count: 1 } },
        version: 'newest',
        condition: 0,
      },
      { do: 'reopen' },
    ]),
  ).toBe(
    [
      'await db.transaction(async (tx) => {',
      '  await tx.counters.get({ id: "a" })',
      "  throw new Error('rolled back')",
      '})',
      'await db.counters.update({ id: "a" }, { count: increment(1) }, { ifVersion: newest, if: {"count":1} })',
      'db = another process',
    ].join('\n'),
  )
})
