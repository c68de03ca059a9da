import { expect, test } from 'vitest'
import { simulate, type Told } from './simulation/simulate.ts'

const SEEDS = 2000

test(`what processes are told is what is stored, in ${SEEDS} simulations of a bad network`, async () => {
  const broken: string[] = []
  const told: Told[] = []
  for (let seed = 0; seed < SEEDS; seed += 1) {
    const report = await simulate(seed)
    told.push(...report.told)
    broken.push(...report.broken.map((one) => `seed ${seed}: ${one}`))
  }
  expect(broken).toEqual([])
  const share = (outcome: Told['outcome']): number =>
    told.filter((one) => one.outcome === outcome).length / told.length
  // A quarter of all requests meets a fault; yet nearly all changes are settled.
  expect(share('applied')).toBeGreaterThan(0.8)
  expect(share('unknown')).toBeGreaterThan(0)
  expect(share('unknown')).toBeLessThan(0.06)
})

test('a seed replays exactly', async () => {
  for (const seed of [1, 27, 225, 1717]) expect(await simulate(seed)).toEqual(await simulate(seed))
})
