import { append } from '@holdfast/core'
import { oneOf, type Scenario, sharedIds, type Stage, underFaults } from './scenario.ts'
import type { Outcome } from './told.ts'

/** One change, which leaves its mark on each of its records. */
interface Mark {
  readonly mark: string
  readonly ids: readonly string[]
  readonly outcome: Outcome
}

type Leave = (stage: Stage, ids: readonly string[], mark: string) => Promise<unknown>

const byAppend: Leave = ({ faulty, place }, [id = ''], mark) =>
  faulty.counters.update({ place, id }, { tags: append(mark) })

/** Reads, and writes only what was read. */
const byVersion: Leave = async ({ faulty, place }, [id = ''], mark) => {
  const row = await faulty.counters.get({ place, id })
  const tags = [...(row?.tags ?? []), mark]
  return faulty.counters.update({ place, id }, { tags }, { ifVersion: row?.revision ?? '' })
}

const byTransaction: Leave = ({ faulty, place }, ids, mark) =>
  faulty.transaction(async (tx) => {
    for (const id of ids) {
      const row = await tx.counters.get({ place, id })
      await tx.counters.update({ place, id }, { tags: [...(row?.tags ?? []), mark] })
    }
  })

const WAYS = [
  { leave: byAppend, records: 1 },
  { leave: byVersion, records: 1 },
  { leave: byTransaction, records: 2 },
]

/** What is wrong with one mark, given how often it stands in each of its records. */
const brokenByMark = (
  { mark, outcome }: Pick<Mark, 'mark' | 'outcome'>,
  found: readonly number[],
): readonly string[] => {
  const told = `change ${mark}, told ${outcome},`
  const most = Math.max(...found)
  return [
    ...(most > 1 ? [`${told} is applied ${most} times`] : []),
    ...(outcome === 'acknowledged' && found.includes(0) ? [`${told} is lost`] : []),
    ...(outcome === 'refused' && most > 0 ? [`${told} is applied`] : []),
    ...(outcome === 'unknown' && new Set(found).size > 1 ? [`${told} is applied in part`] : []),
  ]
}

/** Changes of which each can be found again: one by one, nothing is lost, doubled or denied. */
export const marks: Scenario = {
  name: 'marks',
  promise: 'each change told done is there once, each told refused is not, also later',
  run: async (stage) => {
    const { place, measure, straight, calls, random } = stage
    const ids = sharedIds(measure)
    for (const id of ids) await straight.counters.create({ place, id, tags: [] })
    const left: Mark[] = []
    await underFaults(stage, async (worker) => {
      for (let made = 0; made < measure.operations; made += 1) {
        const { leave, records } = oneOf(WAYS, random)
        const first = Math.floor(random() * ids.length)
        const on = Array.from({ length: records }, (_, at) => ids[(first + at) % ids.length] ?? '')
        const mark = `${worker}.${made}`
        const { outcome } = await calls.make(() => leave(stage, on, mark))
        left.push({ mark, ids: on, outcome })
      }
    })
    const rows = await straight.counters.getMany(ids.map((id) => ({ place, id })))
    const tags = new Map(rows.map((row) => [row?.id, row?.tags ?? []]))
    return left.flatMap((one) => {
      const found = one.ids.map((id) => tags.get(id)?.filter((tag) => tag === one.mark).length ?? 0)
      return brokenByMark(one, found)
    })
  },
}
