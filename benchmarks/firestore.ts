import { startFirestore } from '@holdfast/emulators'
import type { Benchmark, Comparison } from './benchmark.ts'
import { getMany, putMany } from './firestore-bulk.ts'
import { coldStart } from './firestore-start.ts'
import type { RawOrders } from './firestore-raw.ts'
import { holdfastWay, rawWay, ROWS, type Way } from './firestore-variants.ts'
import { type Finding, ratioFindings } from './finding.ts'
import { measure, type Samples, within } from './harness.ts'
import { checkOrder, clerk, makeOrder, type Order } from './order.ts'
import { checkPage, holdfastOrders, type OrderStore } from './order-store.ts'

const PAGE = 25
/** Neither reads, nor asks what is there, nor knows the record afterwards. */
const PLAIN = 'raw, blind'
const IN_TRANSACTION = 'raw transaction'
const GUARDED = 'raw get + lastUpdateTime'

interface Point {
  readonly what: string
  readonly goal: number
  readonly holdfast: (store: OrderStore, turn: number) => unknown
  /** By name. The first one is what the others are related to. */
  readonly raw: Readonly<Record<string, (orders: RawOrders, turn: number) => unknown>>
  readonly check: (value: unknown, turn: number) => void
}

const open = ({ raw, holdfast }: Point): Promise<readonly Way[]> =>
  Promise.all([
    ...Object.entries(raw).map(([name, run]) => rawWay(name, run)),
    holdfastWay((store) => {
      const orders = holdfastOrders(store.as(clerk), PAGE)
      return (turn) => holdfast(orders, turn)
    }),
  ])

/** Calls each way for real, says which calls that took, and has their answers repeated from then on. */
const rehearse = async (
  ways: readonly Way[],
  check: (value: unknown, name: string) => void,
): Promise<ReadonlyMap<string, string>> => {
  const notes = new Map<string, string>()
  for (const { name, run, transport } of ways) {
    check(await run(0), name)
    // What is asked only once, such as whether an index is complete, has been asked by now.
    transport.calls()
    await run(1)
    notes.set(name, transport.calls().join(', '))
    transport.replay()
  }
  return notes
}

/** How far Holdfast is from a write that asks for nothing. */
const overPlain = (what: string, samples: Samples): Finding[] => {
  if (!samples.has(PLAIN)) return []
  const { median, lower, upper } = within(samples, ['holdfast', PLAIN], (a, b) => a.p50 / b.p50)
  return [{ what, variant: `holdfast over ${PLAIN}`, value: median, unit: 'x', lower, upper }]
}

const comparison =
  (point: Point): Comparison =>
  async ({ rounds }) => {
    const { what, goal } = point
    const [first, ...rest] = await open(point)
    if (first === undefined) return []
    const check = (value: unknown, name: string): void => {
      if (name !== PLAIN) point.check(value, 0)
    }
    const notes = await rehearse([first, ...rest], check)
    const samples = await measure([first, ...rest], { rounds, check })
    const findings = ratioFindings(samples, { what, base: first.name, goals: { holdfast: goal } })
    const noted = findings.map((finding) => {
      const note = notes.get(finding.variant)
      return note === undefined ? finding : { ...finding, note }
    })
    return [...noted, ...overPlain(what, samples)]
  }

// Answers name their documents, so reads and overwrites are always of the first one.
const first = makeOrder(0)
const totalled = (turn: number): Order => ({ ...first, total: turn + 0.5 })
const created = (turn: number): Order => makeOrder(ROWS + turn)

const get = comparison({
  what: 'get',
  goal: 1.05,
  raw: { raw: (orders) => orders.get(0) },
  holdfast: (store) => store.get(0),
  check: (value) => checkOrder(value, first),
})

const create = comparison({
  what: 'create',
  goal: 1.05,
  raw: { raw: (orders, turn) => orders.create(created(turn)) },
  holdfast: (store, turn) => store.create(created(turn)),
  check: (value, turn) => checkOrder(value, created(turn)),
})

const put = comparison({
  what: 'put',
  goal: 1.05,
  raw: {
    [IN_TRANSACTION]: (orders, turn) => orders.putInTransaction(totalled(turn)),
    [GUARDED]: (orders, turn) => orders.putGuarded(totalled(turn)),
    [PLAIN]: (orders, turn) => orders.putPlain(totalled(turn)),
  },
  holdfast: (store, turn) => store.put(totalled(turn)),
  check: (value, turn) => checkOrder(value, totalled(turn)),
})

const update = comparison({
  what: 'update',
  goal: 1.05,
  raw: {
    [IN_TRANSACTION]: (orders, turn) => orders.updateInTransaction(0, turn + 0.5),
    [GUARDED]: (orders, turn) => orders.updateGuarded(0, turn + 0.5),
    [PLAIN]: (orders, turn) => orders.updatePlain(0, turn + 0.5),
  },
  holdfast: (store, turn) => store.update(0, turn + 0.5),
  check: (value, turn) => checkOrder(value, totalled(turn)),
})

const page = comparison({
  what: `page of ${PAGE}`,
  goal: 1.15,
  raw: { raw: (orders) => orders.page(0, PAGE) },
  holdfast: (store) => store.page(0),
  check: (value) => checkPage(value, 0, PAGE),
})

/** Row 1 on Firestore with the network left out, or simulated. */
export const firestoreBenchmark: Benchmark = {
  start: async () => {
    const emulator = await startFirestore({ indexes: 'any' })
    console.log('answers of the emulator in @holdfast/emulators, repeated')
    return {
      environment: { FIRESTORE_EMULATOR_HOST: emulator.address },
      stop: () => emulator.stop(),
    }
  },
  comparisons: { get, create, put, update, page, putMany, getMany, 'cold start': coldStart },
}
