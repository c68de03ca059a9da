import { coreReads } from './core-reads.ts'
import { coreRetries } from './core-retries.ts'
import { coreValues } from './core-values.ts'
import { coreWrites } from './core-writes.ts'
import type { MutantGroup } from './mutant.ts'

/** Defects in what is the same on every store, and in the store in memory. */
export const core: MutantGroup = {
  parts: [...coreWrites, ...coreRetries, ...coreReads, ...coreValues],
}
