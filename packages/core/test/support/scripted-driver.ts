import type { Classification, Driver, SweepingDriver, Write } from '@holdfast/core/driver'
import { memory } from '@holdfast/core/memory'

/** What a vendor's client throws, with the meaning that `classify` shall give it. */
export class VendorError extends Error {
  readonly meaning: Classification

  constructor(meaning: Partial<Classification> = {}) {
    super('the vendor said: secret-value')
    this.meaning = { code: 'UNAVAILABLE', retryable: true, outcome: 'not_applied', ...meaning }
  }
}

/** One failure: before the call reaches the store, or after the store has applied it. */
export interface Fault {
  readonly error: unknown
  readonly at?: 'before' | 'after'
  /** What happens in the world before the caller learns of the failure. */
  readonly meanwhile?: () => unknown
}

/** A memory store that fails on demand and remembers what it was asked. */
export interface ScriptedDriver {
  readonly driver: SweepingDriver
  readonly inner: Driver
  /** Taken from the front, one per write. */
  readonly writeFaults: Fault[]
  /** Taken from the front, one per read. */
  readonly readFaults: Fault[]
  readonly writes: (readonly Write[])[]
  readonly gets: number[]
}

export const scriptedDriver = (inner: SweepingDriver = memory()): ScriptedDriver => {
  const writeFaults: Fault[] = []
  const readFaults: Fault[] = []
  const writes: (readonly Write[])[] = []
  const gets: number[] = []
  const run = async <T>(fault: Fault | undefined, call: () => Promise<T>): Promise<T> => {
    if (fault === undefined) return call()
    if (fault.at === 'after') await call()
    await fault.meanwhile?.()
    throw fault.error
  }
  const driver: SweepingDriver = {
    ...inner,
    get: (entity, keys, options) => {
      gets.push(keys.length)
      return run(readFaults.shift(), () => inner.get(entity, keys, options))
    },
    write: (list, options) => {
      writes.push(list)
      return run(writeFaults.shift(), () => inner.write(list, options))
    },
    query: (request, options) => run(readFaults.shift(), () => inner.query(request, options)),
    classify: (error) => (error instanceof VendorError ? error.meaning : inner.classify(error)),
  }
  return { driver, inner, writeFaults, readFaults, writes, gets }
}
