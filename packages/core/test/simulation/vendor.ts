import { memory } from '@holdfast/core/memory'
import type { Driver, SweepingDriver, Write } from '@holdfast/core/driver'
import { VendorError } from '../support/scripted-driver.ts'
import type { World } from './world.ts'

const LATENCY_MS = 10
const PATIENCE_MS = 500
const LAG_MS = 2000

const lost = () => new VendorError({ code: 'TIMEOUT', outcome: 'unknown' })
const throttled = () => new VendorError({ code: 'THROTTLED', outcome: 'not_applied' })

/** What becomes of one call, each with its share. */
const FATES = [
  ['throttled', 0.05],
  // Never arrives.
  ['lost', 0.06],
  // Arrives, and the answer does not.
  ['unanswered', 0.08],
  // Arrives when its caller has long given up.
  ['late', 0.06],
  // Arrives twice.
  ['doubled', 0.05],
] as const

type Fate = (typeof FATES)[number][0] | 'kept'

const fateOf = (drawn: number): Fate => {
  let reached = 0
  for (const [fate, share] of FATES) {
    reached += share
    if (drawn < reached) return fate
  }
  return 'kept'
}

/**
 * Whether the second copy of a request could be applied after the first was refused: by a condition
 * that another write then fulfils. No client can tell; `docs/reliability.md` names it.
 */
const isOpen = ({ condition, version }: Write): boolean =>
  condition !== undefined && version === undefined

/** A store whose indexes show writes late, each record at its own time. Nothing is deleted in it. */
export const laggingStore = (world: World, store: SweepingDriver): SweepingDriver => {
  const replica = memory()
  const copy = async ({ entity, key }: Write): Promise<void> => {
    const [record] = await store.get(entity, [key], { consistency: 'strong' })
    if (record === undefined) return
    const { value, version: id } = record
    world.later(world.below(LAG_MS), () => {
      void replica.write([{ kind: 'put', expect: 'any', entity, key, id, value }], {
        atomic: false,
      })
    })
  }
  return {
    ...store,
    capabilities: { ...store.capabilities, indexConsistency: 'eventual' },
    write: async (writes, options) => {
      const results = await store.write(writes, options)
      await Promise.all(writes.map(copy))
      return results
    },
    query: (request, options) =>
      (request.index === undefined ? store : replica).query(request, options),
  }
}

/** The driver of one process to a store behind a network that loses, delays and repeats. */
export const vendorOf = (world: World, store: SweepingDriver): Driver => {
  const trip = (): number => 1 + world.below(LATENCY_MS)
  const send = async <T>(call: () => Promise<T>, isRepeatable = true): Promise<T> => {
    const fate = fateOf(world.random())
    const arrive = (after: number): void =>
      world.later(after, () => {
        void call().catch(() => undefined)
      })
    switch (fate) {
      case 'throttled':
        await world.sleep(trip())
        throw throttled()
      case 'lost':
        await world.sleep(PATIENCE_MS)
        throw lost()
      case 'unanswered':
        arrive(trip())
        await world.sleep(world.random() < 0.5 ? PATIENCE_MS : 2 * LATENCY_MS)
        throw lost()
      case 'late':
        arrive(world.below(4 * PATIENCE_MS))
        await world.sleep(world.random() < 0.5 ? PATIENCE_MS : trip())
        throw lost()
      case 'doubled':
        if (isRepeatable) arrive(world.below(2 * PATIENCE_MS))
        break
      default:
    }
    await world.sleep(trip())
    const answer = await call()
    await world.sleep(trip())
    return answer
  }
  return {
    ...store,
    get: (entity, keys, options) => send(() => store.get(entity, keys, options)),
    write: (writes, options) => send(() => store.write(writes, options), !writes.some(isOpen)),
    query: (request, options) => send(() => store.query(request, options)),
    classify: (error) => (error instanceof VendorError ? error.meaning : store.classify(error)),
  }
}
