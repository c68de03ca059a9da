import { gt, remove } from '@holdfast/core'
import { collect, type Context } from '../case.ts'
import { eventually, holds, refused, same } from '../expect.ts'
import { entities, type Opened, openStore } from '../fixtures.ts'

const { add, suite } = collect('expiry')

/** Records that disappear at an instant, whatever the store still holds. */
export const expirySuite = suite

const HOUR = 3_600_000
// Virtual hours ahead of the real time, so that no store removes anything by itself meanwhile.
const START = Math.ceil(Date.now() / 1000) * 1000
const END = START + HOUR

const keyIn = ({ unique }: Context, id = 'a') => ({ place: unique, id })

const session = (context: Context, id: string, endsAt?: number | null) => ({
  ...keyIn(context, id),
  holder: 'h',
  ...(endsAt === undefined ? {} : { endsAt: endsAt === null ? null : new Date(endsAt) }),
})

/** A store whose time stands still at `START`, holding one session that ends at `END`. */
const opened = async (context: Context): Promise<Opened> => {
  const all = openStore(context)
  all.clock.set(START)
  await all.db.sessions.create(session(context, 'a', END))
  return all
}

/** Whether each way of reading sees the record `a`. */
const seen = async ({ db }: Opened, context: Context): Promise<Record<string, boolean>> => {
  const { place } = keyIn(context)
  const found = await db.sessions.find({ where: { place } })
  const along = await db.sessions.find({ where: { place, holder: 'h' }, index: 'byHolder' })
  const each: unknown[] = []
  for await (const one of db.sessions.each({ where: { place } })) each.push(one)
  const many = await db.sessions.getMany([keyIn(context), keyIn(context)])
  return {
    get: (await db.sessions.get(keyIn(context))) !== undefined,
    getMany: many.every((one) => one !== undefined),
    find: found.items.length === 1,
    index: along.items.length === 1,
    each: each.length === 1,
    count: (await db.sessions.count({ where: { place } })) === 1,
    transaction: (await db.transaction((tx) => tx.sessions.get(keyIn(context)))) !== undefined,
  }
}

const everywhere = (value: boolean): Record<string, boolean> => ({
  get: value,
  getMany: value,
  find: value,
  index: value,
  each: value,
  count: value,
  transaction: value,
})

add('a record is seen until the last millisecond, and hidden at its instant', async (context) => {
  const all = await opened(context)
  await eventually(async () => same(await seen(all, context), everywhere(true)))
  all.clock.set(END - 1)
  same(await seen(all, context), everywhere(true))
  all.clock.set(END)
  same(await seen(all, context), everywhere(false))
  all.clock.set(END + 24 * HOUR)
  same(await seen(all, context), everywhere(false))
})

add('null and missing never expire', async (context) => {
  const { db, clock } = openStore(context)
  clock.set(START)
  await db.sessions.create(session(context, 'a', null))
  await db.sessions.create(session(context, 'b'))
  clock.set(START + 100_000 * HOUR)
  const { items } = await db.sessions.find({ where: { place: context.unique } })
  same(items, [session(context, 'a', null), session(context, 'b')])
  same((await db.sessions.update(keyIn(context), { seen: 1 })).seen, 1)
})

add('update of an expired record is NOT_FOUND and revives nothing', async (context) => {
  const { db, free, clock } = await opened(context)
  clock.set(END)
  for (const { sessions } of [db, free]) {
    const later = { endsAt: new Date(END + HOUR) }
    await refused(() => sessions.update(keyIn(context), later), 'NOT_FOUND')
    await refused(() => sessions.update(keyIn(context), { endsAt: remove() }), 'NOT_FOUND')
    const tx = { run: () => db.transaction((one) => one.sessions.update(keyIn(context), later)) }
    await refused(tx.run, 'NOT_FOUND')
  }
  same(await db.sessions.get(keyIn(context)), undefined)
})

add('delete of an expired record does nothing', async (context) => {
  const { db, free, clock } = await opened(context)
  clock.set(END)
  for (const { sessions } of [db, free]) {
    same(await sessions.delete(keyIn(context)), undefined)
    same(await sessions.delete(keyIn(context), { if: { holder: 'h' } }), undefined)
  }
  same(await db.transaction((tx) => tx.sessions.delete(keyIn(context))), undefined)
})

add('create over an expired record starts afresh', async (context) => {
  const { db, clock } = await opened(context)
  await db.sessions.update(keyIn(context), { seen: 7 })
  await refused(() => db.sessions.create(session(context, 'a', END)), 'ALREADY_EXISTS')
  clock.set(END)
  const made = await db.sessions.create({ ...keyIn(context), holder: 'new' })
  same(made, { ...keyIn(context), holder: 'new' })
  same(await db.sessions.get(keyIn(context)), made)
  await refused(() => db.sessions.create(session(context, 'a')), 'ALREADY_EXISTS')
})

add('put, createMany and a transaction also start afresh over expired records', async (context) => {
  const { db, clock } = openStore(context)
  clock.set(START)
  const ids = ['a', 'b', 'c']
  await db.sessions.createMany(ids.map((id) => ({ ...session(context, id, END), seen: 1 })))
  clock.set(END)
  await db.sessions.put(session(context, 'a'))
  const [made] = await db.sessions.createMany([session(context, 'b')])
  same(made?.ok, true)
  await db.transaction(async (tx) => {
    same(await tx.sessions.get(keyIn(context, 'c')), undefined)
    await tx.sessions.create(session(context, 'c'))
  })
  same(
    (await db.sessions.find({ where: { place: context.unique } })).items,
    ids.map((id) => session(context, id)),
  )
})

add('of many creates over an expired record exactly one wins', async (context) => {
  const { db, clock } = await opened(context)
  clock.set(END)
  const results = await Promise.all(
    Array.from({ length: 8 }, (_, at) =>
      db.sessions.create({ ...session(context, 'a'), seen: at }).then(
        () => 'made',
        (error: { code?: string }) => error.code,
      ),
    ),
  )
  same(results.filter((one) => one === 'made').length, 1)
  same(results.filter((one) => one === 'ALREADY_EXISTS').length, 7)
})

add('an instant in the past is accepted and hides at once', async (context) => {
  const { db, clock } = openStore(context)
  clock.set(START)
  await db.sessions.create(session(context, 'a', START - HOUR))
  same(await db.sessions.get(keyIn(context)), undefined)
  await db.sessions.create(session(context, 'a', END))
  await db.sessions.update(keyIn(context), { endsAt: new Date(START) })
  same(await db.sessions.get(keyIn(context)), undefined)
  same(await db.sessions.count({ where: { place: context.unique } }), 0)
})

add('an expiry takes effect in whole seconds, rounded down', async (context) => {
  const { db, clock } = openStore(context)
  clock.set(START)
  const made = await db.sessions.create(session(context, 'a', END + 999))
  same(made.endsAt, new Date(END))
  same((await db.sessions.get(keyIn(context)))?.endsAt, new Date(END))
  const changed = await db.sessions.update(keyIn(context), { endsAt: new Date(END + 1999) })
  same(changed.endsAt, new Date(END + 1000))
  clock.set(END + 1000)
  same(await db.sessions.get(keyIn(context)), undefined)
})

add('an expiry can be moved and taken away while the record lives', async (context) => {
  const { db, clock } = await opened(context)
  await db.sessions.update(keyIn(context), { endsAt: new Date(END + HOUR) })
  clock.set(END)
  holds(await db.sessions.get(keyIn(context)), 'a prolonged session must live on')
  await db.sessions.update(keyIn(context), { endsAt: remove() })
  clock.set(END + 100 * HOUR)
  same(await db.sessions.get(keyIn(context)), session(context, 'a'))
})

add('expired records do not shorten pages', async (context) => {
  const { db, clock } = openStore(context)
  clock.set(START)
  const made = Array.from({ length: 40 }, (_, at) =>
    session(context, `k${10 + at}`, at % 4 === 0 ? null : END),
  )
  await db.sessions.createMany(made)
  clock.set(END)
  const living = made.filter((_, at) => at % 4 === 0)
  const where = { place: context.unique }
  const first = await db.sessions.find({ where, limit: 4 })
  same(first.items, living.slice(0, 4))
  const second = await db.sessions.find({ where, limit: 6, cursor: first.cursor ?? '' })
  same([second.items, second.cursor], [living.slice(4), undefined])
  same(await db.sessions.count({ where }), 10)
})

add('a change by filter leaves expired records alone', async (context) => {
  const { db, clock } = openStore(context)
  clock.set(START)
  await db.sessions.createMany([session(context, 'a', END), session(context, 'b')])
  clock.set(END)
  const where = { place: context.unique, holder: 'h' }
  same(await db.sessions.updateWhere({ where }, { seen: 1 }), { matched: 1, changed: 1, denied: 0 })
  same(await db.sessions.deleteWhere({ where: { ...where, seen: gt(0) } }), {
    matched: 1,
    changed: 1,
    denied: 0,
  })
})

add(
  'sweepExpired removes what has expired, up to its limit, and nothing else',
  async (context) => {
    const { db, store, clock } = openStore(context)
    const { driver } = context
    clock.set(START)
    const ids = ['a', 'b', 'c']
    await db.sessions.createMany(ids.map((id) => session(context, id, END)))
    await db.sessions.createMany([session(context, 'd', END + 1000), session(context, 'e')])
    const stored = async (): Promise<string[]> => {
      const keys = [...ids, 'd', 'e'].map((id) => [context.unique, id])
      const records = await driver.get(entities.sessions.model, keys, {})
      return records.flatMap((one) => (one === undefined ? [] : [String(one.value['id'])]))
    }
    clock.set(END)
    same(await stored(), ['a', 'b', 'c', 'd', 'e'])
    same(await store.sweepExpired({ limit: 1 }), 1)
    while ((await store.sweepExpired({ limit: 100 })) > 0);
    same(await stored(), ['d', 'e'])
    same(await store.sweepExpired(), 0)
  },
  ({ driver }) => driver.capabilities.physicalExpiry === 'sweeper',
)

add(
  'sweepExpired has nothing to do where the store removes by itself',
  async (context) => {
    const { store, clock } = await opened(context)
    clock.set(END)
    same(await store.sweepExpired(), 0)
  },
  ({ driver }) => driver.capabilities.physicalExpiry !== 'sweeper',
)
