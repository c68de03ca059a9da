import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sqlite } from '@holdfast/adapter-sql'
import { type FaultPlace, unreliable } from '@holdfast/contract-tests'
import type { Driver } from '@holdfast/core'
import { memory } from '@holdfast/core/memory'
import { DELAY_MS, REQUEST_FAULTS, type Start, TIMEOUT_MS } from './start.ts'

/** Stores in this process have no line that could break: calls to the driver fail instead. */
const placeOf = (seed: number, straight: Driver, behind: Driver): FaultPlace => {
  const line = unreliable(behind, {
    seed,
    faults: {},
    timeoutMs: TIMEOUT_MS,
    delayMs: DELAY_MS,
  })
  return {
    straight,
    faulty: line.driver,
    line,
    faults: REQUEST_FAULTS,
    timeoutMs: TIMEOUT_MS,
    delayMs: DELAY_MS,
  }
}

/** The store in memory. */
export const startMemory: Start = async (seed) => {
  const store = memory()
  return {
    description: 'Memory of this process; faults between core and the driver',
    place: placeOf(seed, store, store),
    stop: () => store.close(),
  }
}

/** SQLite, over two connections to one file. */
export const startSqlite: Start = async (seed) => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-faults-'))
  const file = join(folder, 'faults.db')
  const [straight, behind] = [sqlite({ file }), sqlite({ file })]
  return {
    description: `SQLite of Node ${process.version}; faults between core and the driver`,
    place: placeOf(seed, straight, behind),
    address: file,
    stop: async () => {
      await straight.close()
      await behind.close()
      await rm(folder, { recursive: true })
    },
  }
}
