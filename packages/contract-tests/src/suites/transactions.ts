import { append, type Decimal, increment } from '@holdfast/core'
import { collect, type Context } from '../case.ts'
import { holds, refused, same } from '../expect.ts'
import { type Opened, openStore } from '../fixtures.ts'

const { add, suite } = collect('transactions')

/** Several writes as one, checked against what was read. */
export const transactionsSuite = suite

const keyIn = ({ unique }: Context, id = 'a') => ({ place: unique, id })

const counts = async ({ db }: Opened, context: Context): Promise<unknown> =>
  Object.fromEntries(
    (await db.counters.find({ where: { place: context.unique } })).items.map(({ id, count }) => [
      id,
      count,
    ]),
  )

add('all writes are committed together, and the result returned', async (context) => {
  const opened = openStore(context)
  const { db } = opened
  await db.counters.putMany(['a', 'b', 'c'].map((id) => ({ ...keyIn(context, id), count: 1 })))
  const result = await db.transaction(async (tx) => {
    await tx.counters.create({ ...keyIn(context, 'new'), count: 9 })
    await tx.counters.put({ ...keyIn(context, 'a'), count: 2 })
    await tx.counters.update(keyIn(context, 'b'), { count: increment(4), tags: append('t') })
    const gone = await tx.counters.delete(keyIn(context, 'c'))
    return gone?.count
  })
  same(result, 1)
  same(await counts(opened, context), { a: 2, b: 5, new: 9 })
  same((await db.counters.get(keyIn(context, 'b')))?.tags, ['t'])
})

add('nothing is written when the function throws, and its own error comes out', async (context) => {
  const opened = openStore(context)
  const mine = new Error('mine')
  const run = opened.db.transaction(async (tx) => {
    await tx.counters.create({ ...keyIn(context), count: 1 })
    throw mine
  })
  const thrown = await run.catch((error: unknown) => error)
  holds(thrown === mine, 'the error must be the very one that was thrown')
  same(await counts(opened, context), {})
})

add('nothing is seen outside before the commit', async (context) => {
  const opened = openStore(context)
  await opened.db.transaction(async (tx) => {
    await tx.counters.create({ ...keyIn(context), count: 1 })
    same(await counts(opened, context), {})
  })
  same(await counts(opened, context), { a: 1 })
})

add('reads see the own writes', async (context) => {
  const { db } = openStore(context)
  await db.counters.putMany(['a', 'b'].map((id) => ({ ...keyIn(context, id), count: 1 })))
  await db.transaction(async ({ counters }) => {
    await counters.create({ ...keyIn(context, 'new'), count: 5 })
    await counters.update(keyIn(context, 'a'), { count: increment(1) })
    await counters.delete(keyIn(context, 'b'))
    const keys = ['new', 'a', 'b', 'none'].map((id) => keyIn(context, id))
    const read = await counters.getMany(keys)
    same(
      read.map((one) => one?.count),
      [5, 2, undefined, undefined],
    )
    same((await counters.get(keyIn(context, 'a')))?.count, 2)
  })
})

add('a transaction that only reads, or does nothing, writes nothing', async (context) => {
  const { db } = openStore(context)
  const made = await db.counters.create(keyIn(context))
  same(await db.transaction(async () => 'nothing'), 'nothing')
  same(await db.transaction((tx) => tx.counters.get(keyIn(context))), made)
  await db.transaction((tx) => tx.counters.getMany([keyIn(context), keyIn(context, 'none')]))
  same(await db.counters.get(keyIn(context)), made)
})

/** Runs a transaction during whose first run, after its reads, `meanwhile` happens. */
const disturbed = async (
  { db }: Opened,
  reads: readonly { place: string; id: string }[],
  meanwhile: () => Promise<unknown>,
  write: { place: string; id: string },
): Promise<unknown[]> => {
  const seen: unknown[] = []
  await db.transaction(async (tx) => {
    const read = await tx.counters.getMany(reads)
    seen.push(read.map((one) => one?.count))
    if (seen.length === 1) await meanwhile()
    const sum = read.reduce((total, one) => total + (one?.count ?? 0), 0)
    await tx.counters.put({ ...write, count: sum })
  })
  return seen
}

const MEANWHILE: readonly (readonly [
  string,
  number | undefined,
  (opened: Opened, key: { place: string; id: string }) => Promise<unknown>,
  number | undefined,
])[] = [
  ['changed', 1, ({ free }, key) => free.counters.update(key, { count: 5 }), 5],
  ['replaced', 1, ({ free }, key) => free.counters.put({ ...key, count: 5 }), 5],
  ['deleted', 1, ({ free }, key) => free.counters.delete(key), undefined],
  ['created', undefined, ({ free }, key) => free.counters.create({ ...key, count: 5 }), 5],
  [
    'deleted and made anew with the same content',
    1,
    async ({ free }, key) => {
      await free.counters.delete(key)
      await free.counters.create({ ...key, count: 1 })
    },
    1,
  ],
]

for (const [what, before, change, after] of MEANWHILE) {
  add(`a record read and ${what} meanwhile runs the function again`, async (context) => {
    const opened = openStore(context)
    const key = keyIn(context, 'read')
    if (before !== undefined) await opened.db.counters.create({ ...key, count: before })
    const seen = await disturbed(opened, [key], () => change(opened, key), keyIn(context, 'sum'))
    same(seen, [[before], [after]])
    same((await opened.db.counters.get(keyIn(context, 'sum')))?.count, after ?? 0)
  })

  add(`a record written and ${what} meanwhile runs the function again`, async (context) => {
    const opened = openStore(context)
    const key = keyIn(context)
    if (before !== undefined) await opened.db.counters.create({ ...key, count: before })
    let runs = 0
    await opened.db.transaction(async (tx) => {
      runs += 1
      const count = (await tx.counters.get(key))?.count ?? 0
      if (runs === 1) await change(opened, key)
      await tx.counters.put({ ...key, count: count + 10 })
    })
    same(runs, 2)
    same((await opened.db.counters.get(key))?.count, (after ?? 0) + 10)
  })
}

add('write skew is prevented', async (context) => {
  const opened = openStore(context)
  const { db } = opened
  const both = ['a', 'b'].map((id) => keyIn(context, id))
  await db.counters.putMany(both.map((key) => ({ ...key, count: 1 })))
  const leave = (id: string, meanwhile?: () => Promise<unknown>): Promise<unknown> => {
    let runs = 0
    return db.transaction(async (tx) => {
      runs += 1
      const read = await tx.counters.getMany(both)
      const present = read.reduce((total, one) => total + (one?.count ?? 0), 0)
      if (runs === 1) await meanwhile?.()
      if (present === 2) await tx.counters.update(keyIn(context, id), { count: 0 })
    })
  }
  await leave('a', () => leave('b'))
  same(await counts(opened, context), { a: 1, b: 0 })
})

add('of two transactions that see a record absent and create it, one wins', async (context) => {
  const { db } = openStore(context)
  const key = keyIn(context)
  const claim = async (owner: string, meanwhile?: () => Promise<unknown>): Promise<string> => {
    let runs = 0
    return db.transaction(async (tx) => {
      runs += 1
      const known = await tx.counters.get(key)
      if (runs === 1) await meanwhile?.()
      if (known !== undefined) return known.label ?? ''
      await tx.counters.create({ ...key, label: owner })
      return owner
    })
  }
  same(await claim('first', () => claim('second')), 'second')
  same((await db.counters.get(key))?.label, 'second')
})

add('conflicts that outlast the retries are ABORTED, with nothing written', async (context) => {
  const opened = openStore(context)
  const { db, free } = opened
  const key = keyIn(context)
  await db.counters.create({ ...key, count: 0 })
  for (const retries of [0, 2]) {
    let runs = 0
    const run = () =>
      db.transaction(
        async (tx) => {
          runs += 1
          await tx.counters.update(key, { label: 'mine' })
          await tx.counters.create(keyIn(context, 'other'))
          await free.counters.update(key, { count: increment(1) })
        },
        { retries },
      )
    const error = await refused(run, 'ABORTED')
    same([error.retryable, error.outcome, runs], [true, 'not_applied', retries + 1])
  }
  same(await counts(opened, context), { a: 4 })
  same((await db.counters.get(key))?.label, undefined)
})

add('grouped entities of one partition take part in one transaction', async (context) => {
  const { db } = openStore(context)
  const tenantId = context.unique
  const key = { tenantId, folderId: 'f' }
  const addFile = (name: string) =>
    db.transaction(async (tx) => {
      await tx.files.create({ ...key, name })
      await tx.folders.update(key, { files: increment(1) })
    })
  await refused(() => addFile('early'), 'NOT_FOUND', { entity: 'folder' })
  same(await db.files.count({ where: { tenantId } }), 0)
  await db.folders.create(key)
  await addFile('one')
  await refused(() => addFile('one'), 'ALREADY_EXISTS', { entity: 'file' })
  same((await db.folders.get(key))?.files, 1)
  same(await db.files.count({ where: { tenantId } }), 1)
})

/** Two partitions and two entities that share no group. */
const wide = ({ db }: Opened, { unique }: Context, fail: boolean) =>
  db.transaction(async (tx) => {
    await tx.counters.create({ place: unique, id: 'a' })
    await tx.counters.create({ place: `${unique}b`, id: 'a' })
    await tx.words.create({ word: unique })
    if (fail) await tx.words.create({ word: `${unique} taken` })
  })

add(
  'a transaction across partitions and entities is all or nothing',
  async (context) => {
    const opened = openStore(context)
    const { db } = opened
    const word = `${context.unique} taken`
    await db.words.create({ word })
    await refused(() => wide(opened, context, true), 'ALREADY_EXISTS', { entity: 'word' })
    same(await counts(opened, context), {})
    same(await db.words.get({ word: context.unique }), undefined)
    await wide(opened, context, false)
    same(await counts(opened, context), { a: undefined })
    same(await db.words.get({ word: context.unique }), { word: context.unique })
  },
  ({ driver }) => driver.capabilities.transactions === 'store',
)

add(
  'a transaction across partitions is refused with UNSUPPORTED, and nothing written',
  async (context) => {
    const opened = openStore(context)
    await refused(() => wide(opened, context, false), 'UNSUPPORTED', { entity: 'counter' })
    same(await counts(opened, context), {})
  },
  ({ driver }) => driver.capabilities.transactions === 'partition',
)

add('records of every kind of key and value take part', async (context) => {
  const { db } = openStore(context)
  const key = { sensor: context.seed, at: new Date(0), level: -0.5, mark: Uint8Array.of(255) }
  await db.transaction(async (tx) => {
    same(await tx.readings.get(key), undefined)
    await tx.readings.create({ ...key, note: 'made' })
  })
  await db.transaction((tx) => tx.readings.update(key, { note: 'changed' }))
  same(await db.readings.get(key), { ...key, note: 'changed' })
  const odd = { place: context.unique, id: 'a', big: 2n ** 63n - 1n, money: null as Decimal | null }
  await db.transaction((tx) => tx.everything.put({ ...odd, doc: { at: [new Date(1)] } }))
  same(await db.everything.get({ place: context.unique, id: 'a' }), {
    ...odd,
    doc: { at: [new Date(1)] },
  })
})
