import { isHoldfastError } from '@holdfast/core'
import { collect, type Case, type Context } from '../case.ts'
import { holds, same } from '../expect.ts'
import { openStore } from '../fixtures.ts'

const { add, suite } = collect('close')

/** Opening, health and the end. */
export const closeSuite = suite

const keyIn = ({ unique }: Context, id = 'a') => ({ place: unique, id })

/** A store over a driver of its own, which the case may close. */
const ownStore = async (context: Context) =>
  openStore(context, { driver: await context.harness.open() })

add('a driver opened anew sees the same data and finds its tables in place', async (context) => {
  const made = await openStore(context).db.counters.create({ ...keyIn(context), count: 1 })
  const { db, store } = await ownStore(context)
  same(await store.ensureSchema(), [])
  same(await db.counters.get(keyIn(context)), made)
  await store.close()
})

add('health is good while the store answers, and tells when it does not', async (context) => {
  const { store } = await ownStore(context)
  const { default: health } = await store.health()
  holds(health?.ok, 'an open store must be healthy')
  holds(Number.isFinite(health?.milliseconds), 'health must say how long the answer took')
  await store.close()
  const { default: after } = await store.health()
  same(after?.ok, false)
  holds(isHoldfastError(after?.error), 'health must carry a Holdfast error')
})

add('close is idempotent', async (context) => {
  const { store, db } = await ownStore(context)
  await db.counters.create(keyIn(context))
  await store.close()
  await store.close()
  await Promise.all([store.close(), store.close()])
})

add('a store that was never used can be closed', async (context) => {
  const { store } = await ownStore(context)
  await store.close()
})

add('await using closes the store', async (context) => {
  const { store, db } = await ownStore(context)
  {
    await using scoped = store
    holds(scoped.capabilities, 'the store must be open inside')
    await db.counters.create(keyIn(context))
  }
  const error: unknown = await db.counters.get(keyIn(context)).catch((thrown: unknown) => thrown)
  holds(isHoldfastError(error), 'a closed store must refuse with a Holdfast error')
})

add('every use after close is a Holdfast error', async (context) => {
  const { store, db } = await ownStore(context)
  await db.counters.create(keyIn(context))
  await store.close()
  const place = context.unique
  for (const run of [
    () => db.counters.get(keyIn(context)),
    () => db.counters.find({ where: { place } }),
    () => db.counters.count({ where: { place } }),
    () => db.counters.create(keyIn(context, 'b')),
    () => db.counters.update(keyIn(context), { count: 1 }),
    () => db.counters.delete(keyIn(context)),
    () => db.transaction((tx) => tx.counters.get(keyIn(context))),
  ]) {
    const error: unknown = await run().then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    holds(isHoldfastError(error), 'a closed store must refuse with a Holdfast error')
    same(error.outcome, 'not_applied')
  }
  same(await openStore(context).db.counters.count({ where: { place } }), 1)
})

const isShared: NonNullable<Case['applies']> = ({ harness }) => harness.concurrent !== false

add(
  'closing one driver leaves another on the same place at work',
  async (context) => {
    const first = await ownStore(context)
    const second = await ownStore(context)
    await first.db.counters.create(keyIn(context))
    await first.store.close()
    await second.db.counters.update(keyIn(context), { count: 1 })
    same((await second.db.counters.get(keyIn(context)))?.count, 1)
    await second.store.close()
  },
  isShared,
)

add('a closed store can be opened again with its data', async (context) => {
  const first = await ownStore(context)
  const made = await first.db.counters.create({ ...keyIn(context), count: 1 })
  await first.store.close()
  const second = await ownStore(context)
  same(await second.db.counters.get(keyIn(context)), made)
  await second.store.close()
})
