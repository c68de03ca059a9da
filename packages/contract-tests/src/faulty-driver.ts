import type { Driver } from '@holdfast/core'
import type { Classification, Write, WriteOptions, WriteResult } from '@holdfast/core/driver'
import { wrapDriver } from './wrap-driver.ts'

/** What goes wrong with one call. */
export type Fault =
  /** It is applied, and the answer lost. */
  | 'lost'
  /** It is not applied, but nobody can know. */
  | 'vanished'
  /** It is applied after the next call, which nobody can know. */
  | 'late'
  /** The store says that it did nothing and may be asked again. */
  | 'throttled'
  /** The store says that it did nothing and never will. */
  | 'denied'
  /** Nothing. */
  | 'none'

class VendorFault extends Error {
  readonly fault: Fault

  constructor(fault: Fault) {
    super(`injected: ${fault}`)
    this.fault = fault
  }
}

const MEANING: Readonly<Record<Fault, Classification>> = {
  lost: { code: 'UNAVAILABLE', retryable: true, outcome: 'unknown' },
  vanished: { code: 'TIMEOUT', retryable: true, outcome: 'unknown' },
  late: { code: 'TIMEOUT', retryable: true, outcome: 'unknown' },
  throttled: { code: 'THROTTLED', retryable: true, outcome: 'not_applied', retryAfterMs: 1 },
  denied: { code: 'PERMISSION_DENIED', retryable: false, outcome: 'not_applied' },
  none: { code: 'INTERNAL', retryable: false, outcome: 'not_applied' },
}

/** A driver whose calls fail as planned, for what the store itself never does on demand. */
export interface FaultyDriver {
  readonly driver: Driver
  /** Plans the faults of the next writes, in order. Writes beyond the plan succeed. */
  planWrites(...faults: readonly Fault[]): void
  /** Plans the faults of the next reads, in order. */
  planReads(...faults: readonly Fault[]): void
  /** Runs after each planned write fault, before the error is thrown. */
  meanwhile: (() => Promise<unknown>) | undefined
  /** Every list of writes sent so far. */
  readonly sent: (readonly Write[])[]
  /** Delivers what was held back as `late`. */
  deliver(): Promise<readonly (readonly WriteResult[])[]>
}

/** Wraps the driver under test. */
export const faultyDriver = (inner: Driver): FaultyDriver => {
  const writeFaults: Fault[] = []
  const readFaults: Fault[] = []
  const late: (() => Promise<readonly WriteResult[]>)[] = []
  const sent: (readonly Write[])[] = []

  const write = async (
    writes: readonly Write[],
    options: WriteOptions,
  ): Promise<readonly WriteResult[]> => {
    const fault = writeFaults.shift() ?? 'none'
    sent.push(writes)
    if (fault === 'none' || fault === 'lost') {
      const results = await inner.write(writes, options)
      if (fault === 'none') return results
    }
    if (fault === 'late') late.push(() => inner.write(writes, { atomic: options.atomic }))
    const { meanwhile } = faulty
    faulty.meanwhile = undefined
    await meanwhile?.()
    throw new VendorFault(fault)
  }

  const read = (): void => {
    const fault = readFaults.shift() ?? 'none'
    if (fault !== 'none') throw new VendorFault(fault)
  }

  const members: Partial<Driver> = {
    write,
    get: async (...args) => {
      read()
      return inner.get(...args)
    },
    query: async (...args) => {
      read()
      return inner.query(...args)
    },
    classify: (error) =>
      error instanceof VendorFault ? MEANING[error.fault] : inner.classify(error),
  }

  const faulty: FaultyDriver = {
    driver: wrapDriver(inner, members),
    planWrites: (...faults) => {
      writeFaults.push(...faults)
    },
    planReads: (...faults) => {
      readFaults.push(...faults)
    },
    meanwhile: undefined,
    sent,
    deliver: async () => Promise.all(late.splice(0).map((one) => one())),
  }
  return faulty
}
