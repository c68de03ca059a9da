import { setTimeout } from 'node:timers/promises'
import type { FaultKind } from '@holdfast/contract-tests'
import { memory } from '@holdfast/core/memory'
import { expect, test } from 'vitest'
import { FAULT_KINDS } from '../src/fault-proxy/fault.ts'
import { unreliable } from '../src/fault-proxy/unreliable.ts'
import { entities } from '../src/fixtures.ts'

const entity = entities.words.model
const WAITS = { timeoutMs: 60, latencyMs: 20, delayMs: 120 }

/** What the caller of one write is told under a fault, and how often it reached the store in the end. */
const met = async (kind: FaultKind) => {
  const inner = memory()
  let applied = 0
  const counted = {
    ...inner,
    write: (...args: Parameters<typeof inner.write>) => {
      applied += 1
      return inner.write(...args)
    },
  }
  const { driver, counts } = unreliable(counted, { seed: 1, faults: { [kind]: 1 }, ...WAITS })
  const value = { word: 'a' }
  const id = '000000000000000000000A'
  const told = await driver
    .write([{ kind: 'put', entity, key: ['a'], expect: 'absent', value, id }], { atomic: false })
    .then(([result]) => (result?.applied === true ? 'applied' : 'refused'))
    .catch((error: unknown) => {
      const { code, outcome } = driver.classify(error)
      return `${code} ${outcome}`
    })
  await setTimeout(WAITS.delayMs)
  expect(counts.faults[kind]).toBe(1)
  expect(counts.forwarded).toBe(applied)
  return `${told}, ${applied}`
}

const EXPECTED: Readonly<Record<FaultKind, string>> = {
  refuse: 'UNAVAILABLE not_applied, 0',
  resetBefore: 'UNAVAILABLE unknown, 0',
  resetAfter: 'UNAVAILABLE unknown, 1',
  hang: 'TIMEOUT unknown, 0',
  hangAfter: 'TIMEOUT unknown, 1',
  error500: 'UNAVAILABLE unknown, 0',
  error500After: 'UNAVAILABLE unknown, 1',
  error503: 'UNAVAILABLE not_applied, 0',
  throttle: 'THROTTLED not_applied, 0',
  truncate: 'UNAVAILABLE unknown, 1',
  latency: 'applied, 1',
  delay: 'TIMEOUT unknown, 1',
  duplicate: 'applied, 2',
}

test.each(FAULT_KINDS)('a write under %s', async (kind) => {
  expect(await met(kind)).toBe(EXPECTED[kind])
})

test('a signal ends a call that hangs', async () => {
  const { driver } = unreliable(memory(), { seed: 1, faults: { hang: 1 }, timeoutMs: 60_000 })
  const controller = new AbortController()
  const reading = driver.get(entity, [['a']], { signal: controller.signal })
  controller.abort()
  await expect(reading).rejects.toMatchObject({ code: 'CANCELLED', outcome: 'not_applied' })
})

test('calls that are spared, and faults that change', async () => {
  const store = unreliable(memory(), { seed: 1, faults: {} })
  const { driver } = store
  store.setFaults({ throttle: 1 }, 1)
  expect(await driver.get(entity, [['a']], {})).toEqual([undefined])
  await expect(driver.get(entity, [['a']], {})).rejects.toThrow('Injected: throttle.')
  store.setFaults({})
  expect(await driver.get(entity, [['a']], {})).toEqual([undefined])
})

test('it can do all that the driver can', async () => {
  const inner = memory()
  const { driver } = unreliable(inner, { seed: 1, faults: {}, ...WAITS })
  expect(driver.capabilities).toBe(inner.capabilities)
  expect('changes' in driver && 'segments' in driver).toBe(true)
  expect((driver as typeof inner).segments(entity, 2)).toEqual(inner.segments(entity, 2))
})
