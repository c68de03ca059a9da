import { beforeAll, describe, expect, test } from 'vitest'
import { INSTANTIATION_GATE } from './types.ts'
import { typeCost } from './types-measure.ts'
import { COMPILERS, generateProjects } from './types-project.ts'

describe('100 entities with a policy and uses each', () => {
  beforeAll(generateProjects)

  // Counts, unlike times, are the same on every machine.
  test.for(Object.keys(COMPILERS))('cost %s few instantiations of ours', async (compiler) => {
    const [ours, schemas] = [await typeCost(compiler, 'holdfast'), await typeCost(compiler, 'zod')]
    expect(ours.instantiations - schemas.instantiations).toBeLessThanOrEqual(INSTANTIATION_GATE)
  })
})
