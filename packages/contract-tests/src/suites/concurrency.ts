import { append, increment, isHoldfastError } from '@holdfast/core'
import { collect, type Case, type Context } from '../case.ts'
import { holds, same } from '../expect.ts'
import { type Opened, openStore } from '../fixtures.ts'

const { add: addCase, suite } = collect('concurrency')

/** Many writers of one record, from one driver and from two. */
export const concurrencySuite = suite

const isShown: NonNullable<Case['applies']> = ({ harness }) => harness.concurrent !== false
const RETRY = { attempts: 10, baseMs: 5, maxMs: 100, deadlineMs: 60_000 }

const keyIn = ({ unique }: Context, id = 'a') => ({ place: unique, id })

/** Two stores over two drivers, opened and closed for this case: as two processes would be. */
const add = (
  title: string,
  run: (context: Context, both: readonly [Opened, Opened]) => Promise<void>,
): void =>
  addCase(
    title,
    async (context) => {
      const driver = await context.harness.open()
      try {
        await run(context, [
          openStore(context, { retry: RETRY }),
          openStore(context, { driver, retry: RETRY }),
        ])
      } finally {
        await driver.close()
      }
    },
    isShown,
  )

const times = <T>(
  length: number,
  both: readonly [Opened, Opened],
  run: (opened: Opened, at: number) => Promise<T>,
): Promise<T[]> =>
  Promise.all(Array.from({ length }, (_, at) => run(both[at % 2 === 0 ? 0 : 1], at)))

/** The result, or the code of the Holdfast error. */
const codeOf = async (run: Promise<unknown>): Promise<string> => {
  try {
    await run
    return 'ok'
  } catch (error) {
    if (!isHoldfastError(error)) throw error
    return error.code
  }
}

const tally = (codes: readonly string[]): Record<string, number> =>
  Object.fromEntries(
    [...new Set(codes)].sort().map((code) => [code, codes.filter((one) => one === code).length]),
  )

add('of 20 parallel creates of one key exactly one wins', async (context, both) => {
  const key = keyIn(context)
  const codes = await times(20, both, ({ db }, at) =>
    codeOf(db.counters.create({ ...key, count: at })),
  )
  same(tally(codes), { ALREADY_EXISTS: 19, ok: 1 })
  same((await both[1].db.counters.get(key))?.count, codes.indexOf('ok'))
})

add('of 20 parallel deletes with if exactly one gets the record', async (context, both) => {
  const key = keyIn(context)
  for (let round = 0; round < 3; round += 1) {
    await both[0].db.counters.create({ ...key, label: 'token' })
    const got = await times(20, both, ({ db }) =>
      db.counters.delete(key, { if: { label: 'token' } }),
    )
    same(got.filter((one) => one !== undefined).length, 1)
    same(await both[1].db.counters.get(key), undefined)
  }
})

add('of 20 parallel updates with if exactly one takes the place', async (context, both) => {
  const key = keyIn(context)
  await both[0].db.counters.create({ ...key, count: 0 })
  const codes = await times(20, both, ({ db }, at) =>
    codeOf(db.counters.update(key, { count: 1, label: `w${at}` }, { if: { count: 0 } })),
  )
  same(tally(codes), { CONDITION_FAILED: 19, ok: 1 })
  same((await both[1].db.counters.get(key))?.label, `w${codes.indexOf('ok')}`)
})

add('of 20 parallel updates with one version exactly one is applied', async (context, both) => {
  const key = keyIn(context)
  const { revision: ifVersion } = await both[0].db.counters.create({ ...key, count: 0 })
  const codes = await times(20, both, ({ db }) =>
    codeOf(db.counters.update(key, { count: increment(1) }, { ifVersion })),
  )
  same(tally(codes), { VERSION_CONFLICT: 19, ok: 1 })
  same((await both[1].db.counters.get(key))?.count, 1)
})

add('16 writers of 10 increments each add up exactly', async (context, both) => {
  const key = keyIn(context)
  await both[0].db.counters.create(key)
  const results = await times(16, both, async ({ db }) => {
    const seen: number[] = []
    for (let at = 0; at < 10; at += 1)
      seen.push((await db.counters.update(key, { count: increment(1) })).count ?? 0)
    return seen
  })
  same((await both[1].db.counters.get(key))?.count, 160)
  same(new Set(results.flat()).size, 160, 'each increment must return its own result')
})

add('parallel increments of bigint fields and appends lose nothing', async (context, both) => {
  const key = keyIn(context)
  await both[0].db.counters.create(key)
  await times(12, both, ({ db }, at) =>
    at % 3 === 0
      ? db.counters.update(key, { tags: append(`t${at}`) })
      : db.counters.update(key, { big: increment(10n) }),
  )
  const read = await both[1].db.counters.get(key)
  same([read?.big, read?.tags?.toSorted()], [80n, ['t0', 't3', 't6', 't9']])
})

add('parallel changes of different fields of one record all stay', async (context, both) => {
  const key = keyIn(context)
  await both[0].db.counters.create(key)
  await Promise.all([
    both[0].db.counters.update(key, { label: 'l' }),
    both[1].db.counters.update(key, { count: 5 }),
    both[0].db.counters.update(key, { big: 6n }),
    both[1].db.counters.update(key, { needed: 'n' }),
  ])
  const read = await both[0].db.counters.get(key)
  same([read?.label, read?.count, read?.big, read?.needed], ['l', 5, 6n, 'n'])
})

add('parallel puts leave one whole record, never a mixture', async (context, both) => {
  const key = keyIn(context)
  const made = await times(16, both, ({ db }, at) =>
    db.counters.put({ ...key, count: at, label: `w${at}`, tags: [`w${at}`] }),
  )
  const stored = await both[1].db.counters.get(key)
  holds(stored, 'one put must be there')
  same(
    stored,
    made.find(({ revision }) => revision === stored.revision),
  )
})

add('transactions that read and write one record add up exactly', async (context, both) => {
  const key = keyIn(context)
  await both[0].db.counters.create({ ...key, count: 0 })
  const codes = await times(8, both, ({ db }) =>
    codeOf(
      db.transaction(
        async (tx) => {
          const count = (await tx.counters.get(key))?.count ?? 0
          await tx.counters.update(key, { count: count + 1 })
        },
        { retries: 60 },
      ),
    ),
  )
  same(tally(codes), { ok: 8 })
  same((await both[1].db.counters.get(key))?.count, 8)
})

add('transfers between records keep their sum', async (context, both) => {
  const ids = ['a', 'b', 'c', 'd']
  await both[0].db.counters.putMany(ids.map((id) => ({ ...keyIn(context, id), count: 100 })))
  const codes = await times(12, both, ({ db }, at) => {
    const from = keyIn(context, ids[at % 4])
    const to = keyIn(context, ids[(at + 1 + (at % 3)) % 4])
    return codeOf(
      db.transaction(
        async (tx) => {
          await tx.counters.update(from, { count: increment(-at) })
          await tx.counters.update(to, { count: increment(at) })
        },
        { retries: 60 },
      ),
    )
  })
  same(tally(codes), { ok: 12 })
  const { items } = await both[1].db.counters.find({ where: { place: context.unique } })
  same(
    items.reduce((sum, { count }) => sum + (count ?? 0), 0),
    400,
  )
})

add('a limit kept by transactions holds under contention', async (context, both) => {
  const ids = Array.from({ length: 6 }, (_, at) => keyIn(context, `s${at}`))
  const take = async ({ db }: Opened, at: number): Promise<string> =>
    codeOf(
      db
        .transaction(
          async (tx) => {
            const taken = await tx.counters.getMany(ids)
            if (taken.filter((one) => one !== undefined).length >= 2) throw new Full()
            await tx.counters.create({ ...keyIn(context, `s${at}`), count: 1 })
          },
          { retries: 60 },
        )
        .catch((error: unknown) => {
          if (!(error instanceof Full)) throw error
        }),
    )
  await times(6, both, take)
  same(await both[0].db.counters.count({ where: { place: context.unique } }), 2)
})

class Full extends Error {}

add('a write acknowledged by one driver is seen at once by the other', async (context, both) => {
  const [writer, reader] = both
  for (let at = 0; at < 10; at += 1) {
    const made = await writer.db.counters.put({ ...keyIn(context), count: at })
    same(await reader.db.counters.get(keyIn(context)), made)
  }
  await writer.db.counters.delete(keyIn(context))
  same(await reader.db.counters.get(keyIn(context)), undefined)
})

add(
  'parallel deletes and creates of one key leave it there or not, never broken',
  async (context, both) => {
    const key = keyIn(context)
    const codes = await times(24, both, ({ db }, at) =>
      codeOf(at % 3 === 2 ? db.counters.delete(key) : db.counters.create({ ...key, count: at })),
    )
    for (const code of codes) holds(['ok', 'ALREADY_EXISTS'].includes(code), code)
    const read = await both[0].db.counters.get(key)
    same(read?.needed, read === undefined ? undefined : 'needed')
    same(
      await both[1].db.counters.count({ where: { place: key.place } }),
      read === undefined ? 0 : 1,
    )
  },
)
