import { type Scenario, type Stage, underFaults } from './scenario.ts'
import type { Outcome } from './told.ts'

/** What a record may be in the end: texts of its label, or `undefined` for no record. */
type Fates = Map<string, ReadonlySet<string | undefined>>

/** What is possible after one more write of a label, or a delete, to a record whose state was known. */
const possible = (
  before: string | undefined,
  after: string | undefined,
  outcome: Outcome,
): ReadonlySet<string | undefined> =>
  outcome === 'acknowledged'
    ? new Set([after])
    : outcome === 'refused'
      ? new Set([before])
      : new Set([before, after])

interface Life {
  readonly id: string
  readonly isKnown: boolean
}

/** Creates a record, and replaces half of them. */
const begin = async (stage: Stage, fates: Fates, id: string): Promise<Life> => {
  const { faulty, place, calls, random } = stage
  const key = { place, id }
  const created = await calls.make(() => faulty.counters.create({ ...key, label: 'created' }))
  fates.set(id, possible(undefined, 'created', created.outcome))
  if (created.outcome !== 'acknowledged' || random() < 0.5)
    return { id, isKnown: created.outcome === 'acknowledged' }
  const replaced = await calls.make(() => faulty.counters.put({ ...key, label: 'replaced' }))
  fates.set(id, possible('created', 'replaced', replaced.outcome))
  return { id, isKnown: replaced.outcome === 'acknowledged' }
}

const end = async (stage: Stage, fates: Fates, id: string): Promise<void> => {
  const { faulty, place, calls } = stage
  const [before] = fates.get(id) ?? []
  const { outcome } = await calls.make(() => faulty.counters.delete({ place, id }))
  fates.set(id, possible(before, undefined, outcome))
}

const BULK = 10

/** The same for several records in one call. */
const beginTogether = async (
  stage: Stage,
  fates: Fates,
  name: string,
): Promise<readonly Life[]> => {
  const { faulty, place, calls } = stage
  const ids = Array.from({ length: BULK }, (_, at) => `${name}.${at}`)
  const inputs = ids.map((id) => ({ place, id, label: 'created' }))
  const outcomes = await calls.makeMany(BULK, () => faulty.counters.createMany(inputs))
  return ids.map((id, at): Life => {
    const outcome = outcomes[at] ?? 'unknown'
    fates.set(id, possible(undefined, 'created', outcome))
    return { id, isKnown: outcome === 'acknowledged' }
  })
}

const endTogether = async (stage: Stage, fates: Fates, ids: readonly string[]): Promise<void> => {
  const { faulty, place, calls } = stage
  const keys = ids.map((id) => ({ place, id }))
  const outcomes = await calls.makeMany(keys.length, () => faulty.counters.deleteMany(keys))
  for (const [at, id] of ids.entries()) {
    const [before] = fates.get(id) ?? []
    fates.set(id, possible(before, undefined, outcomes[at] ?? 'unknown'))
  }
}

/** Records that are created, replaced and deleted, alone and in bulk. */
export const lifecycle: Scenario = {
  name: 'lifecycle',
  promise: 'a record is there, or gone, as its writers were told, item by item',
  run: async (stage) => {
    const { place, measure, straight } = stage
    const fates: Fates = new Map()
    const lives = new Map<number, readonly Life[]>()
    await underFaults(stage, async (worker) => {
      const begun: Life[] = []
      for (let made = 0; made < measure.operations; made += 1) {
        const name = `${worker}.${made}`
        if (made % BULK === 0) begun.push(...(await beginTogether(stage, fates, name)))
        else begun.push(await begin(stage, fates, name))
      }
      lives.set(worker, begun)
    })
    // A create that is still under way when its record is deleted may land afterwards: the one known
    // hole, which docs/reliability.md names. So nothing is under way any more here.
    await underFaults(stage, async (worker) => {
      const known = lives.get(worker)?.flatMap(({ id, isKnown }) => (isKnown ? [id] : [])) ?? []
      const half = known.slice(0, known.length / 2)
      await endTogether(stage, fates, half.splice(0, BULK))
      for (const id of half) await end(stage, fates, id)
    })
    const stored = new Map<string, string | undefined>()
    for await (const { id, label } of straight.counters.each({ where: { place } }))
      stored.set(id, label ?? undefined)
    return [...fates].flatMap(([id, allowed]) =>
      allowed.has(stored.get(id))
        ? []
        : [`record ${id} is ${stored.get(id) ?? 'absent'}, which nobody was told`],
    )
  },
}
