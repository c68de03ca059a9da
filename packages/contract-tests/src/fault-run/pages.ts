import { setTimeout } from 'node:timers/promises'
import { type Scenario, type Stage, underFaults } from './scenario.ts'

const STABLE = 60
const READERS = 4
/** More than there can be. */
const MOST_ROWS = 10_000
/** Pages in a row that fail before a reading is given up. */
const MOST_FAILURES = 20
/** Between two writes of one worker, so that stores in this process leave time to read. */
const PAUSE_MS = 2

interface Row {
  readonly id: string
  readonly count?: number | null | undefined
}

/** What is wrong with one reading of all pages, given the records that were there throughout. */
const brokenByReading = (
  rows: readonly Row[],
  stable: readonly string[],
  compare: (left: Row, right: Row) => number,
): readonly string[] => {
  const times = new Map<string, number>()
  for (const { id } of rows) times.set(id, (times.get(id) ?? 0) + 1)
  return [
    ...stable.flatMap((id) =>
      times.get(id) === 1 ? [] : [`stable record ${id} is read ${times.get(id) ?? 0} times`],
    ),
    ...rows.flatMap((row, at) => {
      const before = rows[at - 1]
      return before === undefined || compare(before, row) < 0
        ? []
        : [`${row.id} comes after ${before.id}`]
    }),
  ]
}

const byKey = (left: Row, right: Row): number => (left.id < right.id ? -1 : 1)
const byCount = (left: Row, right: Row): number =>
  (left.count ?? 0) - (right.count ?? 0) || byKey(left, right)

/** Reads all pages, each with so many records, and goes on where a page failed; not for ever. */
const readAll = async (stage: Stage, query: object, limit: number): Promise<readonly Row[]> => {
  const { faulty, place, calls } = stage
  const rows: Row[] = []
  let cursor: string | undefined
  let failures = 0
  do {
    const from = cursor === undefined ? {} : { cursor }
    const { value } = await calls.make(() =>
      faulty.counters.find({ where: { place }, ...query, limit, ...from }),
    )
    failures = value === undefined ? failures + 1 : 0
    if (value === undefined) continue
    rows.push(...value.items)
    cursor = value.cursor
    if (cursor === undefined) return rows
  } while (rows.length < MOST_ROWS && failures < MOST_FAILURES)
  // It goes round in circles, or comes nowhere: reported as what was read more than once, or never.
  return rows
}

const READINGS = [
  { query: {}, compare: byKey },
  { query: { orderBy: 'desc' }, compare: (left: Row, right: Row) => byKey(right, left) },
  { query: { index: 'byCount' }, compare: byCount },
  {
    query: { index: 'byCount', orderBy: 'desc' },
    compare: (left: Row, right: Row) => byCount(right, left),
  },
]

/** Comes and goes between the stable records, and moves in the index. */
const disturb = async ({ faulty, place, calls, random }: Stage, worker: number): Promise<void> => {
  const id = `s${String(Math.floor(random() * STABLE)).padStart(3, '0')}-${worker}`
  const count = Math.floor(random() * STABLE * 10)
  if (random() < 0.5) await calls.make(() => faulty.counters.put({ place, id, count }))
  else await calls.make(() => faulty.counters.delete({ place, id }))
}

/** Pages that are read while others write. */
export const pages: Scenario = {
  name: 'pages',
  promise: 'each record that is there throughout is read exactly once, in order',
  run: async (stage) => {
    const { place, measure, straight, random } = stage
    const stable = Array.from({ length: STABLE }, (_, at) => `s${String(at).padStart(3, '0')}`)
    for (const [at, id] of stable.entries())
      await straight.counters.create({ place, id, count: at * 10 })
    const broken: string[] = []
    let reading = READERS
    await underFaults(stage, async (worker) => {
      if (worker >= READERS) {
        while (reading > 0) {
          await disturb(stage, worker)
          await setTimeout(PAUSE_MS)
        }
        return
      }
      try {
        for (let made = 0; made < measure.operations / 10; made += 1) {
          const { query, compare } = READINGS[(worker + made) % READINGS.length] ?? {}
          if (query === undefined || compare === undefined) continue
          const rows = await readAll(stage, query, 5 + Math.floor(random() * 20))
          broken.push(...brokenByReading(rows, stable, compare))
        }
      } finally {
        reading -= 1
      }
    })
    return broken
  },
}
