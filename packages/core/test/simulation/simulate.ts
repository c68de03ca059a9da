import { isHoldfastError } from '@holdfast/core'
import { memory } from '@holdfast/core/memory'
import {
  type Accounts,
  amountOn,
  BRANCH,
  carryOut,
  type Change,
  KEYS,
  KINDS,
  isShared,
  marks,
  mayMark,
  openAccounts,
  STABLE,
} from './accounts.ts'
import { readAll } from './readings.ts'
import { laggingStore, vendorOf } from './vendor.ts'
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
    .filter((one) => marks(one, row.id) || mayMark(one, row.id))
    .flatMap((one) => {
      const { kind, mark, outcome } = one
      const found = row.marks.filter((left) => left === mark).length
      const what = `${kind} ${mark} on ${row.id}, told ${outcome},`
      if (found > 1) return [`${what} is applied ${found} times`]
      if (mayMark(one, row.id)) return []
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
 * Several processes, whose clocks differ by minutes, change and read the same records over a network
 * that loses, delays and repeats, in a store whose indexes lag. What they were told is then compared
 * with what is stored. In every fourth run all writes share one lane, so that histories are too small.
 */
export const simulate = async (seed: number): Promise<Report> => {
  const world = new World(seed)
  const { random } = world
  const store = laggingStore(world, memory())
  const straight = openAccounts(store, { random, now: () => world.now })
  const fresh = { branch: BRANCH, sum: 0, marks: [] }
  for (const id of [...KEYS, ...STABLE])
    await straight.accounts.create({ ...fresh, id, open: isShared(id) })
  // What is there before is in the indexes too.
  await world.run()
  const told: Told[] = []
  const read: string[] = []
  const work = async (db: Accounts, name: string): Promise<void> => {
    await world.sleep(world.below(50))
    for (let at = 0; at < CHANGES; at += 1) {
      const change = makeChange(world, `${name}.${at}`)
      const one = await tell(db, change)
      told.push(one)
      if (one.outcome === 'applied') read.push(...(await brokenOwnRead(db, one)))
    }
  }
  const workers = Array.from({ length: PROCESSES }, (_, process) => {
    const skew = Math.floor((random() * 2 - 1) * SKEW_MS)
    const sleep = (milliseconds: number): Promise<void> => world.sleep(milliseconds)
    const clock = { random: chanceOf(seed, random), sleep, now: () => Math.floor(world.now + skew) }
    const db = openAccounts(vendorOf(world, store), clock)
    return [
      ...Array.from({ length: WORKERS }, (_unused, worker) => work(db, `${process}.${worker}`)),
      readAll(db, world).then((broken) => void read.push(...broken)),
    ]
  }).flat()
  const done = Promise.all(workers)
  await world.run()
  await done
  const created = told.flatMap(({ kind, mark }) => (kind === 'create' ? [mark] : []))
  const ids = [...KEYS, ...created]
  const rows = await straight.accounts.getMany(ids.map((id) => ({ id })))
  const broken = ids.flatMap((id, at) => {
    const row = rows[at]
    const one = told.find(({ kind, mark }) => kind === 'create' && mark === id)
    if (row === undefined)
      return one?.outcome === 'not_applied' || one?.outcome === 'unknown' ? [] : [`${id} is gone`]
    return [...brokenMarks(row, told), ...(one === undefined ? brokenSum(row, told) : [])]
  })
  return { told, broken: [...broken, ...read] }
}

/** Chance of one process. The first draw chooses the lane of its writes. */
const chanceOf = (seed: number, random: () => number): (() => number) => {
  if (seed % 4 !== 0) return random
  let drawn = 0
  return () => (drawn++ === 0 ? 0 : random())
}

/** A process sees by key what it was told is written, also when every index lags. */
const brokenOwnRead = async (db: Accounts, one: Told): Promise<string[]> => {
  const id = one.kind === 'create' ? one.mark : one.id
  if (!marks(one, id)) return []
  try {
    const row = await db.accounts.get({ id })
    if (row?.marks.includes(one.mark) === true) return []
  } catch (error) {
    // A network so bad that it cannot be read shows nothing.
    if (isHoldfastError(error)) return []
    throw error
  }
  return [`${one.kind} ${one.mark} is not seen by its own process`]
}
