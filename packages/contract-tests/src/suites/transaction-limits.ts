import { increment, type Transaction } from '@holdfast/core'
import { collect, type Context } from '../case.ts'
import { refused, same } from '../expect.ts'
import { type entities, openStore } from '../fixtures.ts'

const { add, suite } = collect('transaction limits')

/** What a transaction refuses, and that it then writes nothing. */
export const transactionLimitsSuite = suite

type Tx = Transaction<typeof entities>

const keyIn = ({ unique }: Context, id = 'a') => ({ place: unique, id })

const count = (context: Context): Promise<number> =>
  openStore(context).db.counters.count({ where: { place: context.unique } })

add('a record is written once: a second write to it is refused', async (context) => {
  const { db } = openStore(context)
  const key = keyIn(context)
  const seconds = [
    (tx: Tx) => tx.counters.create(key),
    (tx: Tx) => tx.counters.put(key),
    (tx: Tx) => tx.counters.update(key, { count: 2 }),
    (tx: Tx) => tx.counters.delete(key),
  ]
  for (const second of seconds) {
    const run = () =>
      db.transaction(async (tx) => {
        await tx.counters.put({ ...key, count: 1 })
        await second(tx)
      })
    const error = await refused(run, 'INVALID', { entity: 'counter' })
    same(error.write, 1)
  }
  same(await count(context), 0)
})

add('100 records take part, and 101 are refused', async (context) => {
  const { db } = openStore(context)
  const run = (length: number) =>
    db.transaction(async (tx) => {
      for (let at = 0; at < length; at += 1) await tx.counters.create(keyIn(context, `k${at}`))
    })
  await refused(() => run(101), 'LIMIT_EXCEEDED', { entity: 'counter' })
  same(await count(context), 0)
  await run(100)
  same(await count(context), 100)
})

add('records only read count too', async (context) => {
  const { db } = openStore(context)
  const keys = Array.from({ length: 100 }, (_, at) => keyIn(context, `k${at}`))
  const run = () =>
    db.transaction(async (tx) => {
      await tx.counters.getMany(keys)
      await tx.counters.create(keyIn(context, 'one more'))
    })
  await refused(run, 'LIMIT_EXCEEDED')
  same(await count(context), 0)
})

add('1.5 MiB are refused', async (context) => {
  const { db } = openStore(context)
  const text = 'x'.repeat(340 * 1024)
  const run = (length: number) =>
    db.transaction(async (tx) => {
      for (let at = 0; at < length; at += 1)
        await tx.everything.create({ place: context.unique, id: `k${at}`, text })
    })
  await refused(() => run(5), 'LIMIT_EXCEEDED', { entity: 'everything' })
  same(await db.everything.count({ where: { place: context.unique } }), 0)
  await run(4)
  same(await db.everything.count({ where: { place: context.unique } }), 4)
})

add('a write that is refused says which one it was, and nothing is written', async (context) => {
  const { db } = openStore(context)
  const taken = keyIn(context, 'taken')
  const { revision } = await db.counters.create({ ...taken, count: 1 })
  await db.counters.update(taken, { count: 2 })
  const failing = [
    ['ALREADY_EXISTS', (tx: Tx) => tx.counters.create(taken)],
    ['NOT_FOUND', (tx: Tx) => tx.counters.update(keyIn(context, 'none'), { count: 1 })],
    [
      'VERSION_CONFLICT',
      (tx: Tx) => tx.counters.update(taken, { count: 3 }, { ifVersion: revision }),
    ],
    ['VERSION_CONFLICT', (tx: Tx) => tx.counters.delete(taken, { ifVersion: revision })],
    ['CONDITION_FAILED', (tx: Tx) => tx.counters.update(taken, { count: 3 }, { if: { count: 9 } })],
    ['CONDITION_FAILED', (tx: Tx) => tx.counters.delete(taken, { if: { count: 9 } })],
    ['INVALID', (tx: Tx) => tx.counters.put({ ...taken, count: 0.5 })],
    [
      'INVALID',
      (tx: Tx) => tx.counters.update(taken, { count: increment(Number.MAX_SAFE_INTEGER) }),
    ],
  ] as const
  for (const [code, fail] of failing) {
    const run = () =>
      db.transaction(async (tx) => {
        await tx.counters.create(keyIn(context, 'first'))
        await tx.counters.create(keyIn(context, 'second'))
        await fail(tx)
      })
    const error = await refused(run, code, { entity: 'counter' })
    same(error.write, 2, code)
  }
  same(await count(context), 1)
  same((await db.counters.get(taken))?.count, 2)
})

add('conditions are checked in a transaction as outside', async (context) => {
  const { db } = openStore(context)
  const key = keyIn(context)
  const { revision: ifVersion } = await db.counters.create({ ...key, count: 1 })
  await db.transaction((tx) => tx.counters.update(key, { count: 2 }, { ifVersion }))
  await db.transaction((tx) => tx.counters.update(key, { count: 3 }, { if: { count: 2 } }))
  same((await db.transaction((tx) => tx.counters.delete(key, { if: { count: 3 } })))?.count, 3)
  same(await db.transaction((tx) => tx.counters.delete(key, { if: { count: 3 } })), undefined)
})

add('a transaction cannot be used once it is over', async (context) => {
  const { db } = openStore(context)
  let late: (() => Promise<unknown>) | undefined
  await db.transaction(async (tx) => {
    late = () => tx.counters.create(keyIn(context))
  })
  await refused(() => late?.(), 'INVALID', { entity: 'counter' })
  same(await count(context), 0)
})

add('changing what a read returned changes nothing stored', async (context) => {
  const { db } = openStore(context)
  const key = keyIn(context)
  await db.counters.create({ ...key, count: 1, tags: ['a'] })
  await db.transaction(async (tx) => {
    const read = await tx.counters.get(key)
    if (read !== undefined) read.count = 99
    await tx.counters.update(key, { label: 'x' })
  })
  same((await db.counters.get(key))?.count, 1)
})
