import { collect, type Context } from '../case.ts'
import { holds, refused, same } from '../expect.ts'
import { type Opened, openStore } from '../fixtures.ts'

const { add, suite } = collect('cancellation')

/** A signal stops a call: `CANCELLED`, and nothing written that the error does not admit. */
export const cancellationSuite = suite

const keyIn = ({ unique }: Context, id = 'a') => ({ place: unique, id })

const signal = AbortSignal.abort(new Error('the user went away'))

const drain = async (items: AsyncIterable<unknown>): Promise<void> => {
  for await (const item of items) holds(item, 'an item')
}

const OPERATIONS: readonly (readonly [
  string,
  (opened: Opened, context: Context) => Promise<unknown>,
])[] = [
  ['get', ({ db }, context) => db.counters.get(keyIn(context), { signal })],
  ['getMany', ({ db }, context) => db.counters.getMany([keyIn(context)], { signal })],
  ['find', ({ db }, { unique }) => db.counters.find({ where: { place: unique }, signal })],
  ['each', ({ db }, { unique }) => drain(db.counters.each({ where: { place: unique }, signal }))],
  ['count', ({ db }, { unique }) => db.counters.count({ where: { place: unique }, signal })],
  ['create', ({ db }, context) => db.counters.create(keyIn(context, 'new'), { signal })],
  ['put', ({ db }, context) => db.counters.put({ ...keyIn(context), count: 2 }, { signal })],
  ['update', ({ db }, context) => db.counters.update(keyIn(context), { count: 2 }, { signal })],
  [
    'update that must read first',
    ({ db }, context) => db.counters.update(keyIn(context), { tags: ['x'] }, { signal, if: {} }),
  ],
  ['delete', ({ db }, context) => db.counters.delete(keyIn(context), { signal })],
  [
    'updateWhere',
    ({ db }, { unique }) =>
      db.counters.updateWhere({ where: { place: unique }, signal }, { count: 2 }),
  ],
  [
    'deleteWhere',
    ({ db }, { unique }) => db.counters.deleteWhere({ where: { place: unique }, signal }),
  ],
  [
    'transaction',
    ({ db }, context) =>
      db.transaction((tx) => tx.counters.create(keyIn(context, 'new')), { signal }),
  ],
  ['ensureSchema', ({ store }) => store.ensureSchema({ signal })],
]

for (const [name, run] of OPERATIONS)
  add(`${name} with an aborted signal is CANCELLED, and nothing is written`, async (context) => {
    const opened = openStore(context)
    const made = await opened.db.counters.create({ ...keyIn(context), count: 1 })
    const error = await refused(() => run(opened, context), 'CANCELLED')
    same(error.outcome, 'not_applied')
    same((await opened.db.counters.find({ where: { place: context.unique } })).items, [made])
  })

add('bulk calls with an aborted signal report CANCELLED per item', async (context) => {
  const { db } = openStore(context)
  const made = await db.counters.create({ ...keyIn(context), count: 1 })
  const results = [
    ...(await db.counters.createMany([keyIn(context, 'b'), keyIn(context, 'c')], { signal })),
    ...(await db.counters.putMany([keyIn(context)], { signal })),
    ...(await db.counters.deleteMany([keyIn(context)], { signal })),
  ]
  same(
    results.map((result) => (result.ok ? 'applied' : result.error.code)),
    ['CANCELLED', 'CANCELLED', 'CANCELLED', 'CANCELLED'],
  )
  same((await db.counters.find({ where: { place: context.unique } })).items, [made])
})

add('a signal that aborts between two pages ends each', async (context) => {
  const { db } = openStore(context)
  const controller = new AbortController()
  await db.counters.putMany(Array.from({ length: 30 }, (_, at) => keyIn(context, `k${10 + at}`)))
  const options = { where: { place: context.unique }, limit: 10, signal: controller.signal }
  let seen = 0
  const run = async () => {
    for await (const one of db.counters.each(options)) {
      holds(one.id, 'an item')
      if ((seen += 1) === 10) controller.abort()
    }
  }
  await refused(run, 'CANCELLED')
  same(seen, 10)
})

add('a signal that aborts inside a transaction leaves nothing written', async (context) => {
  const { db } = openStore(context)
  const controller = new AbortController()
  const run = () =>
    db.transaction(
      async (tx) => {
        await tx.counters.create(keyIn(context))
        await tx.counters.create(keyIn(context, 'b'))
        controller.abort()
      },
      { signal: controller.signal },
    )
  await refused(run, 'CANCELLED')
  same(await db.counters.count({ where: { place: context.unique } }), 0)
})

add(
  'a signal that aborts in flight: the error admits what may have been written',
  async (context) => {
    const { db } = openStore(context)
    for (let at = 0; at < 12; at += 1) {
      const controller = new AbortController()
      const key = keyIn(context, `k${at}`)
      const running = db.counters.create(key, { signal: controller.signal }).then(
        () => 'applied',
        (error: { code: string; outcome: string }) => `${error.code} ${error.outcome}`,
      )
      setTimeout(() => controller.abort(), at % 4)
      const ended = await running
      const stored = (await db.counters.get(key)) !== undefined
      if (ended === 'applied') holds(stored, 'an acknowledged write must be there')
      else holds(ended.startsWith('CANCELLED'), ended)
      if (ended === 'CANCELLED not_applied') holds(!stored, 'a write not applied must not be there')
    }
  },
)

add('a signal that never aborts changes nothing', async (context) => {
  const { db } = openStore(context)
  const { signal: quiet } = new AbortController()
  const made = await db.counters.create(keyIn(context), { signal: quiet })
  same(await db.counters.get(keyIn(context), { signal: quiet }), made)
  same(await db.counters.delete(keyIn(context), { signal: quiet }), made)
})
