import { type Finding, ratioFindings } from './finding.ts'
import { measure, type Variant } from './harness.ts'
import { checkOrder, makeOrder, type Order, STATUSES } from './order.ts'
import { checkPage, type OrderStore } from './order-store.ts'

/** One operation on every order store, the raw one first. */
export interface PointTest {
  readonly what: string
  readonly goal: number
  readonly rounds: number
  /** Records of a page, where it is not `PAGE`. */
  readonly page?: number
}

// Spreads turns over the table, the same way for every variant.
const scattered = (turn: number, rows: number): number => (turn * 7919) % rows
const open = (turn: number, rows: number): number =>
  scattered(turn, Math.floor(rows / STATUSES.length)) * STATUSES.length

const compare = async (
  { what, goal, rounds }: PointTest,
  stores: readonly OrderStore[],
  run: (store: OrderStore, turn: number) => unknown,
  check: (value: unknown) => void,
): Promise<Finding[]> => {
  const [first, ...rest] = stores.map((store): Variant => ({
    name: store.name,
    run: (turn) => run(store, turn),
  }))
  if (first === undefined) return []
  const samples = await measure([first, ...rest], { rounds, check })
  return ratioFindings(samples, { what, base: first.name, goals: { holdfast: goal } })
}

/** Reads by key. */
export const pointReads = (
  test: PointTest,
  stores: readonly OrderStore[],
  rows: number,
): Promise<Finding[]> =>
  compare(
    test,
    stores,
    (store, turn) => store.get(scattered(turn, rows)),
    (value) => checkOrder(value, makeOrder(0)),
  )

/** Pages of open orders through the index, from 64 places. */
export const indexPages = (
  test: PointTest,
  stores: readonly OrderStore[],
  rows: number,
): Promise<Finding[]> => {
  const step = Math.floor(rows / 100 / STATUSES.length) * STATUSES.length
  return compare(
    test,
    stores,
    (store, turn) => store.page((turn % 64) * step),
    (value) => checkPage(value, 0, test.page),
  )
}

const totalled = (order: Order, turn: number): Order => ({ ...order, total: turn + 0.5 })

/** Overwrites by key. */
export const overwrites = (
  test: PointTest,
  stores: readonly OrderStore[],
  rows: number,
): Promise<Finding[]> => {
  const orders = Array.from({ length: 64 }, (_, at) => makeOrder(open(at, rows)))
  return compare(
    test,
    stores,
    (store, turn) => store.put(totalled(orders[turn % 64] ?? makeOrder(0), turn)),
    (value) => checkOrder(value, totalled(makeOrder(0), 0)),
  )
}

/** Creates new records. */
export const inserts = (
  test: PointTest,
  stores: readonly OrderStore[],
  rows: number,
): Promise<Finding[]> => {
  const next = new Map<OrderStore, number>()
  let expected = makeOrder(0)
  return compare(
    test,
    stores,
    (store) => {
      const at = next.get(store) ?? rows + stores.indexOf(store) * 100_000_000
      next.set(store, at + 1)
      return store.create((expected = makeOrder(at)))
    },
    (value) => checkOrder(value, expected),
  )
}

/** Updates one field and returns the record. */
export const updates = (
  test: PointTest,
  stores: readonly OrderStore[],
  rows: number,
): Promise<Finding[]> =>
  compare(
    test,
    stores,
    (store, turn) => store.update(open(turn, rows), turn + 0.5),
    (value) => checkOrder(value, totalled(makeOrder(0), 0)),
  )
