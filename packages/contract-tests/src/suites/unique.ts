import { remove } from '@holdfast/core'
import { collect, type Case, type Context } from '../case.ts'
import { refused, same } from '../expect.ts'
import { openStore } from '../fixtures.ts'

const { add, suite } = collect('unique indexes')

/** At most one record per value of a unique index. */
export const uniqueSuite = suite

const isKept: NonNullable<Case['applies']> = ({ driver }) =>
  driver.capabilities.uniqueIndexes !== 'none'

const account = ({ unique }: Context, accountId: string, address?: string | null) => ({
  tenantId: unique,
  accountId,
  ...(address === undefined ? {} : { address }),
})

add(
  'a second record with a unique value is refused by create, put and update',
  async (context) => {
    const { db } = openStore(context)
    await db.accounts.create(account(context, 'a', 'x@example.com'))
    const taken = account(context, 'b', 'x@example.com')
    const detail = { entity: 'account' }
    await refused(() => db.accounts.create(taken), 'ALREADY_EXISTS', detail)
    await refused(() => db.accounts.put(taken), 'ALREADY_EXISTS', detail)
    same(await db.accounts.get(account(context, 'b')), undefined)
    const other = await db.accounts.create(account(context, 'b', 'y@example.com'))
    const change = { address: 'x@example.com' }
    await refused(() => db.accounts.update(account(context, 'b'), change), 'ALREADY_EXISTS', detail)
    await refused(() => db.accounts.put(taken), 'ALREADY_EXISTS', detail)
    same(await db.accounts.get(account(context, 'b')), other)
  },
  isKept,
)

add(
  'a unique violation in a transaction writes nothing at all',
  async (context) => {
    const { db } = openStore(context)
    await db.accounts.create(account(context, 'a', 'x'))
    const run = () =>
      db.transaction(async (tx) => {
        await tx.accounts.create(account(context, 'b', 'y'))
        await tx.accounts.create(account(context, 'c', 'x'))
      })
    await refused(run, 'ALREADY_EXISTS')
    same(await db.accounts.get(account(context, 'b')), undefined)
    same(await db.accounts.count({ where: { tenantId: context.unique } }), 1)
  },
  isKept,
)

add(
  'a unique value is free again after delete, change and remove',
  async (context) => {
    const { db } = openStore(context)
    await db.accounts.create(account(context, 'a', 'x'))
    await db.accounts.delete(account(context, 'a'))
    await db.accounts.create(account(context, 'b', 'x'))
    await db.accounts.update(account(context, 'b'), { address: 'y' })
    await db.accounts.create(account(context, 'c', 'x'))
    await db.accounts.update(account(context, 'c'), { address: remove() })
    await db.accounts.create(account(context, 'd', 'x'))
    await db.accounts.put(account(context, 'd'))
    await db.accounts.create(account(context, 'e', 'x'))
    same(await db.accounts.count({ where: { tenantId: context.unique } }), 4)
  },
  isKept,
)

add(
  'null and missing do not collide',
  async (context) => {
    const { db } = openStore(context)
    const made = [
      account(context, 'a'),
      account(context, 'b'),
      account(context, 'c', null),
      account(context, 'd', null),
    ]
    for (const one of made) await db.accounts.create(one)
    same((await db.accounts.find({ where: { tenantId: context.unique } })).items, made)
  },
  isKept,
)

add(
  'unique values are compared exactly, and per partition',
  async (context) => {
    const { db } = openStore(context)
    const texts = ['', 'x', 'X', 'x ', 'é', 'e\u0301', 'ﬀ', 'ff', '1', '01']
    const made = texts.map((text, at) => account(context, `k${at}`, text))
    for (const one of made) await db.accounts.create(one)
    await db.accounts.create({ tenantId: `${context.unique}b`, accountId: 'k0', address: 'x' })
    same((await db.accounts.find({ where: { tenantId: context.unique } })).items, made)
  },
  isKept,
)

add(
  'a record keeps its own unique value through put and update',
  async (context) => {
    const { db } = openStore(context)
    const made = account(context, 'a', 'x')
    await db.accounts.create(made)
    await db.accounts.put({ ...made, name: 'n' })
    same(await db.accounts.update(account(context, 'a'), { address: 'x', name: 'm' }), {
      ...made,
      name: 'm',
    })
  },
  isKept,
)

add(
  'of many concurrent claims of a unique value exactly one wins',
  async (context) => {
    const { db } = openStore(context)
    const results = await db.accounts.createMany(
      Array.from({ length: 12 }, (_, at) => account(context, `k${at}`, 'only')),
    )
    same(results.filter(({ ok }) => ok).length, 1)
    for (const result of results) if (!result.ok) same(result.error.code, 'ALREADY_EXISTS')
    same(await db.accounts.count({ where: { tenantId: context.unique } }), 1)
  },
  isKept,
)
