import { increment } from '@holdfast/core'
import { LANES, type Write } from '@holdfast/core/driver'
import { collect, type Context } from '../case.ts'
import { refused, same } from '../expect.ts'
import { type Fault, type FaultyDriver, faultyDriver } from '../faulty-driver.ts'
import { type Clock, type Opened, openStore, virtualClock } from '../fixtures.ts'

const { add, suite } = collect('faults')

/** Every write is applied once, or its error says that it may have been. */
export const faultsSuite = suite

const RETRY = { attempts: 5, baseMs: 1, maxMs: 4 }

const keyIn = ({ unique }: Context, id = 'a') => ({ place: unique, id })

/** A clock of a store whose writes have the lane of this number: the first that it draws. */
const clockInLane = (lane: number): Clock => {
  const clock = virtualClock()
  let drawn = 0
  return { ...clock, random: () => (drawn++ === 0 ? lane / LANES.length : clock.random()) }
}

interface Sides {
  readonly faulty: FaultyDriver
  readonly mine: Opened
  readonly others: Opened
}

/** A store whose driver fails as planned, and another on the driver under test itself. */
const open = (context: Context, lane: 'own lane' | 'same lane' = 'own lane'): Sides => {
  const faulty = faultyDriver(context.driver)
  const clock = clockInLane(0)
  return {
    faulty,
    mine: openStore(context, { driver: faulty.driver, retry: RETRY, clock }),
    others: openStore(context, { clock: clockInLane(lane === 'same lane' ? 0 : 1) }),
  }
}

const PLANS: readonly (readonly [string, readonly Fault[]])[] = [
  ['a lost acknowledgement', ['lost']],
  ['four lost acknowledgements', ['lost', 'lost', 'lost', 'lost']],
  ['a request that vanished', ['vanished']],
  ['throttling', ['throttled', 'throttled', 'throttled', 'throttled']],
  ['a mixture of failures', ['throttled', 'vanished', 'lost', 'throttled']],
]

for (const [what, plan] of PLANS) {
  add(`create survives ${what}`, async (context) => {
    const { faulty, mine, others } = open(context)
    faulty.planWrites(...plan)
    const made = await mine.db.counters.create({ ...keyIn(context), count: 1 })
    same(await others.db.counters.get(keyIn(context)), made)
    await refused(() => mine.db.counters.create(keyIn(context)), 'ALREADY_EXISTS')
  })

  add(`increment survives ${what}, applied once`, async (context) => {
    const { faulty, mine, others } = open(context)
    await others.db.counters.create({ ...keyIn(context), count: 0, big: 0n })
    for (const [patch, wanted] of [
      [{ count: increment(1) }, [1, 0n]],
      [{ big: increment(1n) }, [1, 1n]],
      [{ count: increment(1), label: 'x' }, [2, 1n]],
    ] as const) {
      faulty.planWrites(...plan)
      const changed = await mine.db.counters.update(keyIn(context), patch)
      same([changed.count, changed.big], wanted)
      same(await others.db.counters.get(keyIn(context)), changed)
    }
  })

  add(`put survives ${what}`, async (context) => {
    const { faulty, mine, others } = open(context)
    await others.db.counters.create({ ...keyIn(context), label: 'old' })
    faulty.planWrites(...plan)
    const made = await mine.db.counters.put({ ...keyIn(context), count: 2 })
    same(await others.db.counters.get(keyIn(context)), made)
  })

  add(`delete survives ${what}`, async (context) => {
    const { faulty, mine, others } = open(context)
    // Made by the same writer: ids of two writers within one millisecond have no fixed order, and a
    // delete refused for a small id after a doubt is rightly called unknown.
    await mine.db.counters.create(keyIn(context))
    faulty.planWrites(...plan)
    await mine.db.counters.delete(keyIn(context))
    same(await others.db.counters.get(keyIn(context)), undefined)
  })

  add(`a transaction survives ${what}, applied once and run once`, async (context) => {
    const { faulty, mine, others } = open(context)
    const { db } = others
    await db.counters.putMany(['a', 'b', 'c'].map((id) => ({ ...keyIn(context, id), count: 0 })))
    faulty.planWrites(...plan)
    let runs = 0
    await mine.db.transaction(async (tx) => {
      runs += 1
      await tx.counters.get(keyIn(context, 'a'))
      await tx.counters.delete(keyIn(context, 'c'))
      await tx.counters.update(keyIn(context, 'b'), { count: increment(1) })
      await tx.counters.create({ ...keyIn(context, 'd'), count: 5 })
    })
    const { items } = await db.counters.find({ where: { place: context.unique } })
    const stored = items.map(({ id, count }) => [id, count])
    same(
      [runs, stored],
      [
        1,
        [
          ['a', 0],
          ['b', 1],
          ['d', 5],
        ],
      ],
    )
  })

  add(`bulk writes survive ${what}, each applied once`, async (context) => {
    const { faulty, mine, others } = open(context)
    const made = Array.from({ length: 12 }, (_, at) => ({
      ...keyIn(context, `k${10 + at}`),
      count: at,
    }))
    faulty.planWrites(...plan)
    const results = await mine.db.counters.createMany(made)
    same(
      results.map(({ ok }) => ok),
      made.map(() => true),
    )
    const { items } = await others.db.counters.find({ where: { place: context.unique } })
    same(
      items,
      results.map((result) => (result.ok ? result.value : undefined)),
    )
  })
}

add('an acknowledgement lost before others wrote is still recognised', async (context) => {
  for (const writes of [1, 3, 40]) {
    const { faulty, mine, others } = open(context)
    const key = keyIn(context, `k${writes}`)
    await others.db.counters.create({ ...key, count: 0 })
    faulty.planWrites('lost')
    faulty.meanwhile = async () => {
      for (let at = 0; at < writes; at += 1)
        await others.db.counters.update(key, { count: increment(100) })
    }
    await mine.db.counters.update(key, { count: increment(1) })
    same((await others.db.counters.get(key))?.count, writes * 100 + 1)
  }
})

add('an increment that vanished before others wrote is applied once', async (context) => {
  const { faulty, mine, others } = open(context)
  const key = keyIn(context)
  await others.db.counters.create({ ...key, count: 0 })
  faulty.planWrites('vanished')
  faulty.meanwhile = async () => {
    for (let at = 0; at < 3; at += 1)
      await others.db.counters.update(key, { count: increment(100) })
  }
  await mine.db.counters.update(key, { count: increment(1) })
  same((await others.db.counters.get(key))?.count, 301)
})

add(
  'what a later write in the same lane has buried is called unknown, never repeated',
  async (context) => {
    const { faulty, mine, others } = open(context, 'same lane')
    const key = keyIn(context)
    await mine.db.counters.create({ ...key, count: 0 })
    faulty.planWrites('lost')
    faulty.meanwhile = async () => {
      await others.db.counters.update(key, { count: increment(100) })
    }
    const run = () => mine.db.counters.update(key, { count: increment(1) })
    same((await refused(run, 'UNAVAILABLE')).outcome, 'unknown')
    same((await others.db.counters.get(key))?.count, 101)
  },
)

add(
  'a create that was lost and then changed by others is not a conflict with itself',
  async (context) => {
    const { faulty, mine, others } = open(context)
    const key = keyIn(context)
    faulty.planWrites('lost')
    faulty.meanwhile = () => others.db.counters.update(key, { label: 'theirs' })
    await mine.db.counters.create({ ...key, count: 1 })
    const read = await others.db.counters.get(key)
    same([read?.count, read?.label], [1, 'theirs'])
  },
)

add('writes at the same time of one store do not bury each other', async (context) => {
  const { faulty, mine, others } = open(context)
  const key = keyIn(context)
  await mine.db.counters.create({ ...key, count: 0 })
  faulty.planWrites('lost')
  // While the first waits to be sent again, the rest are written and answered.
  await Promise.all(
    LANES.split('').map(() => mine.db.counters.update(key, { count: increment(1) })),
  )
  same((await others.db.counters.get(key))?.count, LANES.length)
})

add('a create that vanished while another was made is ALREADY_EXISTS', async (context) => {
  const { faulty, mine, others } = open(context)
  const key = keyIn(context)
  faulty.planWrites('vanished')
  faulty.meanwhile = () => others.db.counters.create({ ...key, label: 'theirs' })
  await refused(() => mine.db.counters.create({ ...key, label: 'mine' }), 'ALREADY_EXISTS')
  same((await others.db.counters.get(key))?.label, 'theirs')
})

add('a consume-once delete whose answer was lost is called unknown', async (context) => {
  const { faulty, mine, others } = open(context)
  const key = keyIn(context)
  await mine.db.counters.create({ ...key, label: 'token' })
  faulty.planWrites('lost')
  const run = () => mine.db.counters.delete(key, { if: { label: 'token' } })
  same((await refused(run, 'UNAVAILABLE')).outcome, 'unknown')
  same(await others.db.counters.get(key), undefined)
})

add('an attempt that lands after its retry changes nothing', async (context) => {
  const { faulty, mine, others } = open(context)
  const key = keyIn(context)
  const { counters } = mine.db
  await others.db.counters.create({ ...key, count: 0 })
  const steps = [
    () => counters.update(key, { count: increment(1) }),
    () => counters.put({ ...key, count: 7 }),
    () => counters.update(key, { label: 'x' }),
    () => mine.db.transaction((tx) => tx.counters.update(key, { count: increment(1) })),
  ]
  for (const step of steps) {
    faulty.planWrites('late')
    await step()
    const before = await others.db.counters.get(key)
    for (const [result] of await faulty.deliver()) same(result?.applied, false)
    same(await others.db.counters.get(key), before)
    await others.db.counters.update(key, { big: increment(1n) })
  }
  same((await others.db.counters.get(key))?.count, 8)
})

add('a duplicate of an old write is refused by the store itself', async (context) => {
  const { faulty, mine, others } = open(context)
  const key = keyIn(context)
  const { counters } = mine.db
  await counters.create({ ...key, count: 1 })
  await counters.put({ ...key, count: 2 })
  await counters.update(key, { count: increment(1) })
  await counters.delete(key)
  const anew = await counters.create({ ...key, count: 50 })
  const old: readonly Write[] = faulty.sent.slice(0, -1).flat()
  same(old.length >= 4, true)
  for (const write of old) {
    const [result] = await context.driver.write([write], { atomic: false })
    same(result?.applied, false, `a late ${write.kind} must be refused`)
    same(await others.db.counters.get(key), anew)
  }
})
