import {
  oneOf,
  type Program,
  type Scenario,
  sharedIds,
  type Stage,
  underFaults,
} from './scenario.ts'

const DEPOSIT = 1000

const transfer = ({ faulty, place, random }: Stage, ids: readonly string[]): Promise<void> => {
  const from = oneOf(ids, random)
  const to = oneOf(
    ids.filter((id) => id !== from),
    random,
  )
  const amount = 1 + Math.floor(random() * 50)
  return faulty.transaction(async (tx) => {
    const giver = await tx.counters.get({ place, id: from })
    const taker = await tx.counters.get({ place, id: to })
    const [left, right] = [giver?.count ?? 0, taker?.count ?? 0]
    if (left < amount) return
    await tx.counters.update({ place, id: from }, { count: left - amount })
    await tx.counters.update({ place, id: to }, { count: right + amount })
  })
}

/** The sum over all accounts at one moment. */
const total = (program: Program, place: string, ids: readonly string[]): Promise<number> =>
  program.transaction(async (tx) => {
    const rows = await tx.counters.getMany(ids.map((id) => ({ place, id })))
    return rows.reduce((sum, row) => sum + (row?.count ?? 0), 0)
  })

/** Every tenth operation counts the money while the others move it. */
const AUDIT_EVERY = 10

/** Money that moves between accounts: none appears, none is lost, and nobody ever sees a part of it. */
export const bank: Scenario = {
  name: 'bank',
  promise: 'the total of all accounts is constant, also while it moves',
  run: async (stage) => {
    const { place, measure, straight, faulty, calls } = stage
    const ids = sharedIds(measure)
    for (const id of ids) await straight.counters.create({ place, id, count: DEPOSIT })
    const expected = DEPOSIT * ids.length
    const broken: string[] = []
    const check = (when: string, sum: number | undefined): void => {
      if (sum !== undefined && sum !== expected)
        broken.push(`the total ${when} is ${sum} instead of ${expected}`)
    }
    await underFaults(stage, async () => {
      for (let made = 0; made < measure.operations; made += 1)
        if (made % AUDIT_EVERY === AUDIT_EVERY - 1)
          check('in between', (await calls.make(() => total(faulty, place, ids))).value)
        else await calls.make(() => transfer(stage, ids))
    })
    check('at the end', await total(straight, place, ids))
    return broken
  },
}
