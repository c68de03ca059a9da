import { increment } from '@holdfast/core'
import { collect, type Context } from '../case.ts'
import { holds, refused, same } from '../expect.ts'
import { type Fault, faultyDriver } from '../faulty-driver.ts'
import { openStore } from '../fixtures.ts'

const { add, suite } = collect('failures')

/** Failures that last, failing reads, and clocks that disagree. */
export const failuresSuite = suite

const RETRY = { attempts: 5, baseMs: 1, maxMs: 4 }

const keyIn = ({ unique }: Context, id = 'a') => ({ place: unique, id })

const open = (context: Context) => {
  const faulty = faultyDriver(context.driver)
  return {
    faulty,
    mine: openStore(context, { driver: faulty.driver, retry: RETRY }),
    others: openStore(context),
  }
}

add('failures that last are reported with what is known', async (context) => {
  const { faulty, mine, others } = open(context)
  const create = () => mine.db.counters.create(keyIn(context))
  const all = (fault: Fault): Fault[] => Array.from({ length: RETRY.attempts }, () => fault)
  faulty.planWrites(...all('throttled'))
  const throttled = await refused(create, 'THROTTLED', { entity: 'counter' })
  same([throttled.outcome, throttled.retryable], ['not_applied', true])
  faulty.planWrites(...all('vanished'))
  const unknown = await refused(create, 'TIMEOUT', { entity: 'counter' })
  same(unknown.outcome, 'unknown')
  faulty.planWrites('vanished', ...all('throttled').slice(1))
  same((await refused(create, 'THROTTLED')).outcome, 'unknown')
  faulty.planWrites('denied')
  const denied = await refused(create, 'PERMISSION_DENIED')
  same([denied.outcome, denied.retryable], ['not_applied', false])
  holds(denied.cause instanceof Error, 'the cause must be the vendor error')
  same(faulty.sent.length, RETRY.attempts * 3 + 1)
  same(await others.db.counters.get(keyIn(context)), undefined)
})

add('reads are repeated, and their failures reported', async (context) => {
  const { faulty, mine } = open(context)
  const key = keyIn(context)
  const made = await mine.db.counters.create(key)
  const { counters } = mine.db
  const where = { place: context.unique }
  const plan = ['throttled', 'vanished', 'lost', 'throttled'] as const
  faulty.planReads(...plan)
  same(await counters.get(key), made)
  faulty.planReads(...plan)
  same((await counters.find({ where })).items, [made])
  faulty.planReads(...plan)
  same(await counters.count({ where }), 1)
  faulty.planReads('denied')
  const error = await refused(() => counters.get(key), 'PERMISSION_DENIED')
  same(error.outcome, 'not_applied')
  faulty.planReads(...plan, 'vanished')
  same((await refused(() => counters.get(key), 'TIMEOUT')).outcome, 'not_applied')
})

add('a foreign clock that runs an hour fast stops nobody', async (context) => {
  const fast = openStore(context)
  fast.clock.advance(3_600_000)
  const { db } = openStore(context)
  const ids = ['put', 'update', 'increment', 'transaction', 'delete']
  const made = await fast.db.counters.putMany(
    ids.map((id) => ({ ...keyIn(context, id), count: 1 })),
  )
  holds(
    made.every(({ ok }) => ok),
    'a fast writer must be able to write',
  )
  const versions = new Set(made.map((one) => (one.ok ? one.value.revision : '')))
  const [put, updated, incremented] = [
    await db.counters.put({ ...keyIn(context, 'put'), count: 2 }),
    await db.counters.update(keyIn(context, 'update'), { label: 'x' }),
    await db.counters.update(keyIn(context, 'increment'), { count: increment(1) }),
  ]
  await db.transaction(async (tx) => {
    await tx.counters.update(keyIn(context, 'put'), { big: 1n })
    await tx.counters.update(keyIn(context, 'transaction'), { count: increment(1) })
  })
  same((await db.counters.delete(keyIn(context, 'delete')))?.count, 1)
  same([put.count, updated.label, incremented.count], [2, 'x', 2])
  for (const { revision } of [put, updated, incremented])
    holds(!versions.has(revision), 'the version must change')
  same((await fast.db.counters.get(keyIn(context, 'transaction')))?.count, 2)
})
