import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { groups } from './groups.ts'
import { runAll } from './run-all.ts'
import { openTarget } from './target.ts'

const target = await openTarget()
const outcomes = runAll(
  groups.flatMap(({ checks }) => checks),
  target,
)
beforeAll(() => outcomes.start())
afterAll(() => target.stop())

describe.for(groups)(`on ${target.name}: $group`, ({ checks }) => {
  test.for(checks)('$name', async (check) => {
    const outcome = outcomes.of(check)
    if (check.unlikeGoogle === undefined || target.name !== "Google's emulator")
      return await outcome
    await expect(outcome, `no longer so: ${check.unlikeGoogle}`).rejects.toBeInstanceOf(Error)
  })
})

test('there are more than a hundred checks, and no two of one name', () => {
  const names = groups.flatMap(({ group, checks }) => checks.map(({ name }) => `${group}: ${name}`))
  expect(names.length).toBeGreaterThan(100)
  expect(new Set(names).size).toBe(names.length)
})
