import { randomUUID } from 'node:crypto'
import { firestore } from '@holdfast/adapter-gcp'
import { type RawOrders, rawOrders } from './firestore-raw.ts'
import { Transport } from './firestore-transport.ts'
import type { Variant } from './harness.ts'
import { clerk, makeOrder } from './order.ts'
import { type BenchmarkStore, openHoldfast } from './order-store.ts'

/** Orders at first. */
export const ROWS = 128

/** One way to do the work of a comparison, on a transport of its own. */
export interface Way extends Variant {
  readonly transport: Transport
}

const host = (): string => {
  const given = process.env['FIRESTORE_EMULATOR_HOST']
  if (!given) throw new Error('No emulator of Firestore runs.')
  return given
}

const seeds = Array.from({ length: ROWS }, (_, at) => makeOrder(at))

/** A way that uses the vendor's client alone, its orders in place. */
export const rawWay = async (
  name: string,
  run: (orders: RawOrders, turn: number) => unknown,
): Promise<Way> => {
  const transport = new Transport(host())
  const orders = rawOrders(transport.client, `raw-${randomUUID()}`)
  await orders.putMany(seeds)
  return { name, transport, run: (turn) => run(orders, turn) }
}

/** A way that uses Holdfast, its orders in place. */
export const holdfastWay = async (make: (store: BenchmarkStore) => Way['run']): Promise<Way> => {
  const transport = new Transport(host())
  const adapter = firestore({ client: transport.client, collectionPrefix: `${randomUUID()}-` })
  const store = openHoldfast(adapter)
  await store.ensureSchema()
  for (const result of await store.as(clerk).orders.createMany(seeds))
    if (!result.ok) throw result.error
  return { name: 'holdfast', transport, run: make(store) }
}
