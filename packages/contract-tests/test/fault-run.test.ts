import { type FaultPlace, runFaults, unreliable } from '@holdfast/contract-tests'
import type { Driver } from '@holdfast/core'
import type { CallOptions, QueryRequest, Write, WriteOptions } from '@holdfast/core/driver'
import { memory } from '@holdfast/core/memory'
import { expect, test } from 'vitest'
import { SCENARIOS } from '../src/fault-run/run-faults.ts'

const WAITS = { timeoutMs: 60, delayMs: 80, latencyMs: 5 }
const SMALL = { workers: 8, operations: 20, keys: 4, transactions: 150 }
const FAULTS = {
  resetBefore: 0.02,
  resetAfter: 0.03,
  hang: 0.01,
  hangAfter: 0.01,
  throttle: 0.02,
  duplicate: 0.01,
  delay: 0.01,
}

/** A store behind faults whose driver has a defect. */
const placeOf = (
  breakIt: (inner: Driver) => Partial<Driver> = () => ({}),
  waits = WAITS,
): FaultPlace => {
  const straight = memory()
  const behind: Driver = { ...straight, ...breakIt(straight) }
  const line = unreliable(behind, { seed: 1, faults: {}, ...waits })
  return {
    straight,
    faulty: line.driver,
    line,
    faults: FAULTS,
    ...waits,
  }
}

const brokenIn = async (at: FaultPlace, only: readonly string[]): Promise<readonly string[]> => {
  const findings = await runFaults(at, { seed: 1, only, measure: SMALL })
  return findings.filter(({ broken }) => broken.length > 0).map(({ name }) => name)
}

test('a sound store keeps every promise, and each scenario says so', async () => {
  const reported: string[] = []
  const findings = await runFaults(placeOf(), {
    seed: 1,
    measure: SMALL,
    report: ({ name }) => void reported.push(name),
  })
  expect(findings.flatMap(({ broken }) => broken)).toEqual([])
  expect(reported).toEqual(SCENARIOS.map(({ name }) => name))
  for (const { told } of findings) expect(told.acknowledged).toBeGreaterThan(10)
})

/** Does something else with every twentieth list of writes. */
const sometimes = (
  otherwise: (
    inner: Driver,
    writes: readonly Write[],
    options: WriteOptions,
  ) => ReturnType<Driver['write']>,
) => {
  let made = 0
  return (inner: Driver): Partial<Driver> => ({
    write: (writes, options) =>
      ++made % 20 === 0 ? otherwise(inner, writes, options) : inner.write(writes, options),
  })
}

const changed =
  (change: (writes: readonly Write[]) => readonly Write[]) =>
  (inner: Driver): Partial<Driver> => ({
    write: async (writes, options) => {
      const kept = change(writes)
      const results = await inner.write(kept, options)
      return writes.map((write) => {
        const at = kept.findIndex(({ key }) => key === write.key)
        return results[at] ?? { applied: true }
      })
    },
  })

const query = (change: (request: QueryRequest) => QueryRequest) => (inner: Driver) => ({
  query: (request: QueryRequest, options: CallOptions) => inner.query(change(request), options),
})

class Denied extends Error {}

const DEFECTS: readonly (readonly [
  string,
  (inner: Driver) => Partial<Driver>,
  readonly string[],
])[] = [
  [
    'some writes are acknowledged and lost',
    sometimes(async (_, writes) => writes.map(() => ({ applied: true }))),
    ['increments', 'marks', 'versions', 'lifecycle', 'list-append'],
  ],
  [
    'some writes are applied twice',
    sometimes(async (inner, writes, options) => {
      const results = await inner.write(writes, options)
      const again = writes.map((write) => ({
        ...write,
        id: `${write.id.slice(0, -8)}zzzzzzz${write.id.slice(-1)}`,
      }))
      await inner.write(again, options)
      return results
    }),
    ['increments'],
  ],
  [
    'some writes are called refused and applied',
    (inner) => ({
      ...sometimes(async (_, writes, options) => {
        await inner.write(writes, options)
        throw new Denied()
      })(inner),
      classify: (error) =>
        error instanceof Denied
          ? { code: 'PERMISSION_DENIED', retryable: false, outcome: 'not_applied' }
          : inner.classify(error),
    }),
    ['increments', 'marks', 'lifecycle', 'list-append'],
  ],
  [
    'transactions write in part',
    changed((writes) => (writes.length === 2 ? writes.slice(0, 1) : writes)),
    ['marks', 'bank', 'list-append'],
  ],
  [
    'the version read is not checked',
    changed((writes) => writes.map((write) => ({ ...write, version: undefined }))),
    ['versions', 'bank', 'list-append'],
  ],
  [
    'what a transaction only read is not checked',
    changed((writes) => writes.filter(({ kind }) => kind !== 'check')),
    ['list-append'],
  ],
  [
    'pages begin where the last ended',
    query((request) => ({ ...request, after: undefined })),
    ['pages'],
  ],
  ['descending is ascending', query((request) => ({ ...request, descending: false })), ['pages']],
]

test.each(DEFECTS)('%s: found', async (_, breakIt, found) => {
  expect(await brokenIn(placeOf(breakIt), found)).toEqual(found)
})

test('items of a bulk call that end unknown are counted', async () => {
  class Silent extends Error {}
  const at = placeOf((inner) => ({
    write: async (writes, options) =>
      // Records that are made in bulk: `worker.made.at`.
      writes.some(({ key }) => String(key[1]).split('.').length === 3)
        ? writes.map(() => ({ applied: false, error: new Silent() }))
        : inner.write(writes, options),
    classify: (error) =>
      error instanceof Silent
        ? { code: 'TIMEOUT', retryable: false, outcome: 'unknown' }
        : inner.classify(error),
  }))
  const [finding] = await runFaults(at, { seed: 1, only: ['lifecycle'], measure: SMALL })
  expect(finding?.told.unknown).toBeGreaterThanOrEqual(10 * SMALL.workers)
  expect(finding?.broken.join()).toContain('unknown outcome')
})

test('pages that can never be read are found, and not waited for', async () => {
  const at = placeOf((inner) => ({
    query: () => Promise.reject(new Denied()),
    classify: (error) =>
      error instanceof Denied
        ? { code: 'PERMISSION_DENIED', retryable: false, outcome: 'not_applied' }
        : inner.classify(error),
  }))
  expect(await brokenIn(at, ['pages'])).toEqual(['pages'])
})

test('a scenario that there is not is refused before anything is run', async () => {
  const at = placeOf()
  await expect(runFaults(at, { seed: 1, only: ['pages', 'typo'] })).rejects.toThrow(
    'typo is no scenario; name increments, outage,',
  )
  expect(at.line.counts.requests).toBe(0)
})

test('a driver that does not hear its signal is found', async () => {
  // Much longer than the patience before the signal, also where the machine is slow.
  const at = placeOf(undefined, { ...WAITS, timeoutMs: 300 })
  const deaf: FaultPlace = {
    ...at,
    faulty: {
      ...at.faulty,
      write: (writes, options) => at.faulty.write(writes, { atomic: options.atomic }),
    },
  }
  expect(await brokenIn(deaf, ['signals'])).toEqual(['signals'])
})
