import { append, type Driver, gt, increment } from '@holdfast/core'
import { collect, type Context } from '../case.ts'
import { holds, refused, same } from '../expect.ts'
import { fillPapers } from '../paper-fixtures.ts'
import { openPapers, Paper, paper } from '../query-fixtures.ts'
import { ATTACK_MODELS, unpushed, watched } from './fixtures.ts'

const { add, suite } = collect('attacks on writes', ATTACK_MODELS)

/** Attempts to write under a decision about a record that has changed since. */
export const raceAttacks = suite

type Way = 'in one write' | 'read first'

/** After the first read, or before the first write, something happens. */
const racing = (inner: Driver, way: Way, meanwhile: () => Promise<unknown>): Driver => {
  let isOver = false
  const strike = async (): Promise<void> => {
    if (isOver) return
    isOver = true
    await meanwhile()
  }
  const { driver } = watched(inner, {
    get: async (...args) => {
      const records = await inner.get(...args)
      await strike()
      return records
    },
    write: async (...args) => {
      await strike()
      return inner.write(...args)
    },
  })
  return way === 'read first' ? unpushed(driver) : driver
}

/** The record `a` is the actor's own until `meanwhile` changes it. */
const open = async (context: Context, way: Way, change: Parameters<Papers['update']>[1]) => {
  const { free } = openPapers(context, () => ({}))
  const key = paper(context, 'a')
  await free.put({ ...key, ownerId: 'u', title: 'old', pages: 1, status: 'open', readers: ['r'] })
  const driver = racing(context.driver, way, () => free.update(key, change))
  const { as } = openPapers({ ...context, driver }, ({ allow, deny, me }) => {
    const own = [allow('*', { tenantId: me.tenantId, ownerId: me.id })]
    return {
      read: own,
      create: own,
      update: [...own, deny('*', { status: 'final' }, { on: 'old', id: 'final' })],
      delete: [...own, deny('*', { status: 'final' }, { id: 'final' })],
    }
  })
  const db = as('u', [])
  return { db, papers: db.papers, key, stored: () => free.get(key) }
}

type Papers = ReturnType<ReturnType<typeof openPapers>['as']>['papers']
type Opened = Awaited<ReturnType<typeof open>>

/** Every write of a record one has; `undefined` where it says that there was nothing to do. */
const WRITES: Readonly<Record<string, (opened: Opened) => Promise<unknown>>> = {
  update: ({ papers, key }) => papers.update(key, { title: 'taken' }),
  'update with if': ({ papers, key }) =>
    papers.update(key, { title: 'taken' }, { if: { pages: 1 } }),
  increment: ({ papers, key }) => papers.update(key, { pages: increment(1) }),
  append: ({ papers, key }) => papers.update(key, { readers: append('u') }),
  'update in a transaction': ({ db, key }) =>
    db.transaction((tx) => tx.papers.update(key, { title: 'taken' })),
  put: ({ papers, key }) => papers.put({ ...key, ownerId: 'u', title: 'taken' }),
  'put in a transaction': ({ db, key }) =>
    db.transaction((tx) => tx.papers.put({ ...key, ownerId: 'u', title: 'taken' })),
  putMany: async ({ papers, key }) => {
    const [outcome] = await papers.putMany([{ ...key, ownerId: 'u', title: 'taken' }])
    if (outcome?.ok === false) throw outcome.error
  },
  delete: ({ papers, key }) => papers.delete(key),
  'delete with if': ({ papers, key }) => papers.delete(key, { if: { pages: 1 } }),
  'delete in a transaction': ({ db, key }) => db.transaction((tx) => tx.papers.delete(key)),
  deleteMany: async ({ papers, key }) => {
    const [outcome] = await papers.deleteMany([key])
    if (outcome?.ok === false) throw outcome.error
    return outcome?.value
  },
}

const untouched = async ({ stored }: Opened, ownerId: string): Promise<void> => {
  const row = await stored()
  same([row?.ownerId, row?.title, row?.pages, row?.readers], [ownerId, 'old', 1, ['r']])
}

for (const way of ['in one write', 'read first'] as const) {
  for (const [name, write] of Object.entries(WRITES))
    add(
      `attack 43: a record that changes before it is written is decided anew: ${name}, ${way}`,
      async (context) => {
        const hidden = await open(context, way, { ownerId: 'v' })
        if (name.startsWith('delete')) same(await write(hidden), undefined)
        else
          await refused(
            () => write(hidden),
            name.startsWith('put') ? 'ALREADY_EXISTS' : 'NOT_FOUND',
          )
        await untouched(hidden, 'v')
        const final = await open(context, way, { status: 'final' })
        const error = await refused(() => write(final), 'FORBIDDEN')
        same(error.rule, 'final')
        await untouched(final, 'u')
      },
    )

  add(
    `attack 43: a condition is decided with the write, not before it, ${way}`,
    async (context) => {
      for (const write of [
        ({ papers, key }: Opened) =>
          papers.update(key, { title: 'taken' }, { if: { status: 'open' } }),
        ({ papers, key }: Opened) => papers.delete(key, { if: { status: 'open' } }),
        ({ db, key }: Opened) =>
          db.transaction((tx) => tx.papers.delete(key, { if: { status: 'open' } })),
      ]) {
        const opened = await open(context, way, { status: 'shut' })
        await refused(() => write(opened), 'CONDITION_FAILED')
        await untouched(opened, 'u')
      }
    },
  )

  add(`attack 43: a change by filter leaves what has changed since, ${way}`, async (context) => {
    const where = { tenantId: context.unique, status: 'open' }
    for (const write of [
      ({ papers }: Opened) => papers.updateWhere({ where }, { title: 'taken' }),
      ({ papers }: Opened) => papers.deleteWhere({ where }),
    ])
      for (const change of [{ ownerId: 'v' }, { status: 'shut' }]) {
        const opened = await open(context, way, change)
        same(await write(opened), { matched: 1, changed: 0, denied: 0 })
        await untouched(opened, 'ownerId' in change ? 'v' : 'u')
      }
  })

  add(`attack 43: a read in a transaction holds until it commits, ${way}`, async (context) => {
    const opened = await open(context, way, { status: 'shut' })
    const { db, key, stored } = opened
    const seen: unknown[] = []
    await db.transaction(async (tx) => {
      const row = await tx.papers.get(key)
      seen.push(row?.status)
      await tx.papers.create(paper(context, `b-${row?.status}`, { ownerId: 'u' }))
    })
    same(seen, ['open', 'shut'], 'the second time on what had changed')
    same(await opened.papers.get(paper(context, 'b-open')), undefined)
    holds((await stored()) !== undefined, 'it is there')
  })
}

const pushesAll = ({ driver }: Pick<Context, 'driver'>): boolean =>
  (
    [
      { op: 'eq', field: 'ownerId', value: 'u' },
      { op: 'eq', field: 'tenantId', value: 't' },
      { op: 'eq', field: 'status', value: 'open' },
      { op: 'gt', field: 'pages', value: 0 },
    ] as const
  ).every((leaf) => driver.pushes(Paper.model, leaf))

add(
  'attack 43: rules, condition and version travel with the one write',
  async (context) => {
    const { driver, calls } = watched(context.driver)
    const { as, free } = openPapers({ ...context, driver }, ({ allow, deny, me }) => {
      const own = [allow('*', { tenantId: me.tenantId, ownerId: me.id })]
      const final = { status: 'final' }
      return {
        read: own,
        update: [...own, deny('*', final, { on: 'both' })],
        delete: [...own, deny('*', final)],
      }
    })
    const key = paper(context, 'a')
    const made = await free.create({ ...key, ownerId: 'u', status: 'open', pages: 1 })
    calls.length = 0
    const { papers } = as('u', [])
    const row = await papers.update(
      key,
      { title: 'x', pages: increment(1) },
      { if: { pages: gt(0), status: 'open' }, ifVersion: made.revision },
    )
    same([row.title, row.pages], ['x', 2])
    same(calls, ['write'], 'nothing is read first')
    calls.length = 0
    const gone = await papers.delete(key, { if: { pages: 2 }, ifVersion: row.revision })
    same(gone?.paperId, 'a')
    same(calls, ['write'], 'nothing is read first')
  },
  pushesAll,
)

add('attack 43: a record that changes among many writers is decided anew', async (context) => {
  const { as, free, stored } = await fillPapers(context)
  const { papers } = as('f', ['finance'])
  const key = paper(context, 'shared')
  const attempts = await Promise.allSettled([
    free.update(key, { readers: [] }),
    ...Array.from({ length: 5 }, () => papers.update(key, { status: 'paid' })),
  ])
  for (const attempt of attempts)
    if (attempt.status === 'rejected')
      await refused(() => Promise.reject(attempt.reason as Error), 'NOT_FOUND')
  same((await stored('shared'))?.readers, [])
  await refused(() => papers.update(key, { status: 'paid' }), 'NOT_FOUND')
})

for (const way of ['in one write', 'read first'] as const)
  add(`attack 44: of many who consume a record, exactly one gets it, ${way}`, async (context) => {
    const driver = way === 'read first' ? unpushed(context.driver) : context.driver
    const { as, free } = openPapers({ ...context, driver }, ({ allow, me }) => {
      const team = [allow('*', { tenantId: me.tenantId })]
      return { read: team, update: team, delete: team }
    })
    const key = paper(context, 'token')
    await free.create({ ...key, status: 'open', pages: 0 })
    const actors = Array.from({ length: 16 }, (_, at) => as(`u${at}`, []).papers)
    const claims = await Promise.allSettled(
      actors.map((papers, at) =>
        papers.update(key, { status: `u${at}`, pages: increment(1) }, { if: { status: 'open' } }),
      ),
    )
    const won = claims.flatMap((one) => (one.status === 'fulfilled' ? [one.value.status] : []))
    same(won.length, 1, 'one claim')
    for (const one of claims)
      if (one.status === 'rejected')
        await refused(() => Promise.reject(one.reason as Error), 'CONDITION_FAILED')
    const row = await free.get(key)
    same([row?.status, row?.pages], [won[0], 1])
    const taken = await Promise.all(
      actors.map((papers) => papers.delete(key, { if: { status: won[0] ?? '' } })),
    )
    same(taken.filter((one) => one !== undefined).length, 1, 'one consumer')
    same(await free.get(key), undefined)
  })
