import { isHoldfastError } from '@holdfast/core'
import { memory } from '@holdfast/core/memory'
import {
  type Accounts,
  amountOn,
  carryOut,
  type Change,
  KEYS,
  KINDS,
  marks,
  openAccounts,
} from './accounts.ts'
import { vendorOf } from './vendor.ts'
import { World } from './world.ts'

const PROCESSES = 3
const WORKERS = 2
const CHANGES = 6
const SKEW_MS = 5 * 60_000

/** A change with what its caller was told. */
export interface Told extends Change {
  readonly outcome: 'applied' | 'not_applied' | 'unknown'
}

/** What one run showed. */
export interface Report {
  readonly told: readonly Told[]
  /** The promises that it broke. */
  readonly broken: readonly string[]
}

type Row = Awaited<ReturnType<Accounts['accounts']['getMany']>>[number]

const brokenMarks = (row: NonNullable<Row>, told: readonly Told[]): string[] =>
  told
    .filter((one) => marks(one, row.id))
    .flatMap(({ kind, mark, outcome }) => {
      const found = row.marks.filter((one) => one === mark).length
      const what = `${kind} ${mark} on ${row.id}, told ${outcome},`
      if (found > 1) return [`${what} is applied ${found} times`]
      if (outcome === 'applied' && found === 0) return [`${what} is lost`]
      return outcome === 'not_applied' && found > 0 ? [`${what} is applied`] : []
    })

const brokenSum = (row: NonNullable<Row>, told: readonly Told[]): string[] => {
  let [least, most] = [0, 0]
  for (const one of told) {
    const amount = amountOn(one, row.id)
    if (one.outcome === 'not_applied') continue
    least += one.outcome === 'applied' ? amount : Math.min(0, amount)
    most += one.outcome === 'applied' ? amount : Math.max(0, amount)
  }
  return row.sum < least || row.sum > most
    ? [`the sum of ${row.id} is ${row.sum}, and was told to be ${least} to ${most}`]
    : []
}

const makeChange = (world: World, mark: string): Change => ({
  kind: KINDS[world.below(KINDS.length)] ?? 'add',
  id: KEYS[world.below(KEYS.length)] ?? KEYS[0],
  mark,
  amount: 1 + world.below(9),
  opens: world.random() < 0.5,
})

const tell = async (db: Accounts, change: Change): Promise<Told> => {
  try {
    await carryOut(db, change)
    return { ...change, outcome: 'applied' }
  } catch (error) {
    if (!isHoldfastError(error)) throw error
    return { ...change, outcome: error.outcome === 'unknown' ? 'unknown' : 'not_applied' }
  }
}

/**
 * Several processes, whose clocks differ by minutes, change the same records over a network that
 * loses, delays and repeats. What they were told is then compared with what is stored.
 */
export const simulate = async (seed: number): Promise<Report> => {
  const world = new World(seed)
  const { random } = world
  const store = memory()
  const straight = openAccounts(store, { random, now: () => world.now })
  for (const id of KEYS) await straight.accounts.create({ id, sum: 0, open: true, marks: [] })
  const told: Told[] = []
  const work = async (db: Accounts, name: string): Promise<void> => {
    await world.sleep(world.below(50))
    for (let at = 0; at < CHANGES; at += 1)
      told.push(await tell(db, makeChange(world, `${name}.${at}`)))
  }
  const workers = Array.from({ length: PROCESSES }, (_, process) => {
    const skew = Math.floor((random() * 2 - 1) * SKEW_MS)
    const sleep = (milliseconds: number): Promise<void> => world.sleep(milliseconds)
    const clock = { random, sleep, now: () => Math.floor(world.now + skew) }
    const db = openAccounts(vendorOf(world, store), clock)
    return Array.from({ length: WORKERS }, (_unused, worker) => work(db, `${process}.${worker}`))
  }).flat()
  const done = Promise.all(workers)
  await world.run()
  await done
  const rows = await straight.accounts.getMany(KEYS.map((id) => ({ id })))
  const broken = rows.flatMap((row) =>
    row === undefined
      ? ['an account is gone']
      : [...brokenMarks(row, told), ...brokenSum(row, told)],
  )
  return { told, broken }
}
