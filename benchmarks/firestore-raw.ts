import { randomUUID } from 'node:crypto'
import type {
  CollectionReference,
  DocumentData,
  DocumentReference,
  DocumentSnapshot,
  Firestore,
  QuerySnapshot,
  Timestamp,
} from '@google-cloud/firestore'
import { type Order, orderIdOf, placedAt, STATUSES, type StoredOrder, TENANT } from './order.ts'

type Written = Promise<StoredOrder>

/** The client used with care, in the ways that there are to write. */
export interface RawOrders {
  get(at: number): Promise<StoredOrder | undefined>
  getMany(numbers: readonly number[]): Promise<readonly (StoredOrder | undefined)[]>
  /** Open orders in the order of placing, from number `at` on. */
  page(at: number, limit: number): Promise<readonly StoredOrder[]>
  create(order: Order): Written
  /** Creates or overwrites, whatever is there. */
  putPlain(order: Order): Written
  /** All or nothing, whatever is there. */
  putMany(orders: readonly Order[]): Promise<readonly StoredOrder[]>
  /** Overwrites nothing that is final, in a transaction. */
  putInTransaction(order: Order): Written
  /** The same by a read, and a write on condition that nothing came between. */
  putGuarded(order: Order): Written
  /** Sets total and version whatever is there, and does not know the record. */
  updatePlain(at: number, total: number): Promise<void>
  updateInTransaction(at: number, total: number): Written
  updateGuarded(at: number, total: number): Written
}

const decode = (data: DocumentData): StoredOrder =>
  ({
    ...data,
    placedAt: (data['placedAt'] as Timestamp).toDate(),
    updatedAt: (data['updatedAt'] as Timestamp).toDate(),
  }) as StoredOrder

const held = (found: DocumentSnapshot): StoredOrder | undefined => {
  const data = found.data()
  return data && decode(data)
}

/** What is cancelled stays so, which is what Holdfast's policy asks. */
const writable = (found: DocumentSnapshot): void => {
  if (found.get('status') === 'cancelled') throw new Error('This order is cancelled.')
}

const current = (found: DocumentSnapshot): StoredOrder => {
  const order = held(found)
  if (order === undefined) throw new Error('There is no such order.')
  writable(found)
  return order
}

const decodeAll = ({ docs }: QuerySnapshot): StoredOrder[] => docs.map((doc) => decode(doc.data()))

interface Place {
  readonly client: Firestore
  readonly orders: CollectionReference
  readonly refOf: (orderId: string) => DocumentReference
}

type Reads = Pick<RawOrders, 'get' | 'getMany' | 'page'>
type Puts = Pick<RawOrders, 'create' | 'putPlain' | 'putMany' | 'putInTransaction' | 'putGuarded'>
type Updates = Pick<RawOrders, 'updatePlain' | 'updateInTransaction' | 'updateGuarded'>

const versioned = (order: Order): StoredOrder => ({ ...order, revision: randomUUID() })

const reads = ({ client, orders, refOf }: Place): Reads => ({
  get: async (at) => held(await refOf(orderIdOf(at)).get()),
  getMany: async (numbers) =>
    (await client.getAll(...numbers.map((at) => refOf(orderIdOf(at))))).map(held),
  page: async (at, limit) =>
    decodeAll(
      await orders
        .where('tenantId', '==', TENANT)
        .where('status', '==', STATUSES[0])
        .orderBy('placedAt')
        .startAt(placedAt(at))
        .limit(limit)
        .get(),
    ),
})

const puts = ({ client, refOf }: Place): Puts => ({
  async create(order) {
    const stored = versioned(order)
    await refOf(order.orderId).create(stored)
    return stored
  },
  async putPlain(order) {
    const stored = versioned(order)
    await refOf(order.orderId).set(stored)
    return stored
  },
  async putMany(all) {
    const stored = all.map(versioned)
    const batch = client.batch()
    for (const one of stored) batch.set(refOf(one.orderId), one)
    await batch.commit()
    return stored
  },
  async putInTransaction(order) {
    const ref = refOf(order.orderId)
    const stored = versioned(order)
    await client.runTransaction(async (transaction) => {
      writable(await transaction.get(ref))
      transaction.set(ref, stored)
    })
    return stored
  },
  async putGuarded(order) {
    const ref = refOf(order.orderId)
    const stored = versioned(order)
    const found = await ref.get()
    writable(found)
    if (found.updateTime === undefined) await ref.create(stored)
    else await ref.update({ ...stored }, { lastUpdateTime: found.updateTime })
    return stored
  },
})

const updates = ({ client, refOf }: Place): Updates => ({
  async updatePlain(at, total) {
    await refOf(orderIdOf(at)).update({ total, revision: randomUUID() })
  },
  async updateInTransaction(at, total) {
    const ref = refOf(orderIdOf(at))
    const change = { total, revision: randomUUID() }
    return client.runTransaction(async (transaction) => {
      const order = current(await transaction.get(ref))
      transaction.update(ref, change)
      return { ...order, ...change }
    })
  },
  async updateGuarded(at, total) {
    const ref = refOf(orderIdOf(at))
    const change = { total, revision: randomUUID() }
    const found = await ref.get()
    const order = current(found)
    const lastUpdateTime = found.updateTime
    await ref.update(change, lastUpdateTime === undefined ? {} : { lastUpdateTime })
    return { ...order, ...change }
  },
})

/** Orders kept by the vendor's client alone, in a collection of this name. */
export const rawOrders = (client: Firestore, collection: string): RawOrders => {
  const orders = client.collection(collection)
  const refOf = (orderId: string): DocumentReference => orders.doc(`${TENANT}:${orderId}`)
  const place = { client, orders, refOf }
  return { ...reads(place), ...puts(place), ...updates(place) }
}
