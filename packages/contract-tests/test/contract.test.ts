import { memory } from '@holdfast/core/memory'
import { afterAll, describe, test } from 'vitest'
import { runContract, sharedPlace } from '../src/index.ts'

runContract({ name: 'memory', ...sharedPlace(memory()) }, { describe, test, afterAll })
