import { afterAll, describe, expect, test } from 'vitest'
import { groups } from './groups.ts'
import { openTarget } from './target.ts'

const target = await openTarget()
afterAll(() => target.stop())

describe.for(groups)(`on ${target.name}: $group`, ({ checks }) => {
  test.for(checks)('$name', async ({ run, unlikeGoogle }) => {
    if (unlikeGoogle === undefined || target.name !== "Google's emulator")
      return await run(target.context())
    await expect(run(target.context()), `no longer so: ${unlikeGoogle}`).rejects.toThrow()
  })
})

test('there are more than a hundred checks, and no two of one name', () => {
  const names = groups.flatMap(({ group, checks }) => checks.map(({ name }) => `${group}: ${name}`))
  expect(names.length).toBeGreaterThan(100)
  expect(new Set(names).size).toBe(names.length)
})
