import { type Scenario, sharedIds, type Stage, underFaults } from './scenario.ts'

/** A state of a record: the version, and the versions that all states before it had, oldest first. */
interface State {
  readonly version: string
  readonly before: readonly string[]
}

/** What is wrong with states that were seen or made of one record whose newest state is given. */
const brokenByChain = (seen: readonly State[], newest: State): readonly string[] => {
  const path = [...newest.before, newest.version]
  const place = new Map(path.map((version, at) => [version, at]))
  return [
    ...(place.size < path.length ? ['a version occurs twice in the chain'] : []),
    ...path.flatMap((version, at) =>
      at > 0 && version <= (path[at - 1] ?? '')
        ? [`version ${at} of the chain is not greater than the one before`]
        : [],
    ),
    ...seen.flatMap(({ version, before }) => {
      const at = place.get(version)
      if (at === undefined) return [`acknowledged version ${version} is not on the path`]
      return before.length === at && before.every((one, step) => one === path[step])
        ? []
        : [`version ${version} has another past than the path`]
    }),
  ]
}

const step = async ({ faulty, place }: Stage, id: string): Promise<State> => {
  const row = await faulty.counters.get({ place, id })
  if (row === undefined) throw new Error(`Record ${id} is gone.`)
  const next = await faulty.counters.update(
    { place, id },
    { tags: [...(row.tags ?? []), row.revision] },
    { ifVersion: row.revision },
  )
  // After a lost answer it may be a later state already.
  return { version: next.revision, before: next.tags ?? [] }
}

/** Read, then write what follows from it: all versions of a record follow each other on one path. */
export const chain: Scenario = {
  name: 'versions',
  promise: 'the versions of a record form one path, with every acknowledged one on it',
  run: async (stage) => {
    const { place, measure, straight, calls } = stage
    const ids = sharedIds(measure)
    for (const id of ids) await straight.counters.create({ place, id, tags: [] })
    const seen = new Map<string, State[]>(ids.map((id) => [id, []]))
    await underFaults(stage, async (worker) => {
      for (let made = 0; made < measure.operations; made += 1) {
        const id = ids[(worker + made) % ids.length] ?? ''
        const { value } = await calls.make(() => step(stage, id))
        if (value !== undefined) seen.get(id)?.push(value)
      }
    })
    const rows = await straight.counters.getMany(ids.map((id) => ({ place, id })))
    return rows.flatMap((row) =>
      row === undefined
        ? ['a record is gone']
        : brokenByChain(seen.get(row.id) ?? [], {
            version: row.revision,
            before: row.tags ?? [],
          }),
    )
  },
}
