import { and, exists, gt, increment, isNull, not, oneOf, or, startsWith } from '@holdfast/core'
import { collect, type Context } from '../case.ts'
import { refused, same } from '../expect.ts'
import { openStore } from '../fixtures.ts'

const { add, suite } = collect('conditions')

/** `ifVersion`, `if` and unique indexes: what a write may depend on. */
export const conditionsSuite = suite

const keyIn = ({ unique }: Context, id = 'a') => ({ place: unique, id })

add('update with the current version is applied', async (context) => {
  const { db, free } = openStore(context)
  for (const [at, { counters }] of [db, free].entries()) {
    const key = keyIn(context, `k${at}`)
    const { revision } = await counters.create({ ...key, count: 1 })
    const changed = await counters.update(key, { count: 2 }, { ifVersion: revision })
    const { revision: ifVersion } = changed
    same((await counters.update(key, { count: increment(1) }, { ifVersion })).count, 3)
  }
})

add('update with a stale version is VERSION_CONFLICT and changes nothing', async (context) => {
  const { db, free } = openStore(context)
  for (const [at, { counters }] of [db, free].entries()) {
    const key = keyIn(context, `k${at}`)
    const { revision: ifVersion } = await counters.create({ ...key, count: 1 })
    const current = await counters.update(key, { label: 'newer' })
    for (const patch of [{ count: 2 }, { count: increment(1) }, { tags: ['x'] }])
      await refused(() => counters.update(key, patch, { ifVersion }), 'VERSION_CONFLICT', {
        entity: 'counter',
      })
    same(await counters.get(key), current)
  }
})

add('the version of a deleted and recreated record does not match', async (context) => {
  const { db } = openStore(context)
  const key = keyIn(context)
  const { revision: ifVersion } = await db.counters.create({ ...key, count: 1 })
  await db.counters.delete(key)
  const made = await db.counters.create({ ...key, count: 1 })
  await refused(() => db.counters.update(key, { count: 2 }, { ifVersion }), 'VERSION_CONFLICT')
  await refused(() => db.counters.delete(key, { ifVersion }), 'VERSION_CONFLICT')
  same(await db.counters.get(key), made)
})

add('delete with the current version is applied, with a stale one refused', async (context) => {
  const { db } = openStore(context)
  const key = keyIn(context)
  const first = await db.counters.create({ ...key, count: 1 })
  const second = await db.counters.update(key, { count: 2 })
  const stale = () => db.counters.delete(key, { ifVersion: first.revision })
  await refused(stale, 'VERSION_CONFLICT', { entity: 'counter' })
  same(await db.counters.get(key), second)
  same(await db.counters.delete(key, { ifVersion: second.revision }), second)
  same(await db.counters.delete(key, { ifVersion: second.revision }), undefined)
})

add('ifVersion on what is not there is NOT_FOUND', async (context) => {
  const { db } = openStore(context)
  const missing = () => db.counters.update(keyIn(context), { count: 1 }, { ifVersion: 'x' })
  await refused(missing, 'NOT_FOUND')
  same(await db.counters.get(keyIn(context)), undefined)
})

add('an undefined ifVersion is refused, never ignored', async (context) => {
  const { db } = openStore(context)
  const key = keyIn(context)
  const made = await db.counters.create({ ...key, count: 1 })
  const none = { ifVersion: undefined as unknown as string }
  await refused(() => db.counters.update(key, { count: 2 }, none), 'INVALID')
  await refused(() => db.counters.delete(key, none), 'INVALID')
  await refused(() => db.counters.delete(key, { ifVersion: null as never }), 'INVALID')
  same(await db.counters.get(key), made)
})

interface Row {
  readonly label: string
  readonly count: number
}

const CONDITIONS = [
  ['equality', { label: 'x' }, { label: 'y' }],
  ['a range', { count: gt(4) }, { count: gt(5) }],
  ['a list', { count: oneOf([1, 5]) }, { count: oneOf([1, 2]) }],
  ['a prefix', { label: startsWith('x') }, { label: startsWith('X') }],
  ['isNull', { big: isNull() }, { label: isNull() }],
  ['exists', { big: exists() }, { tags: exists() }],
  ['several fields', { label: 'x', count: 5 }, { label: 'x', count: 6 }],
  ['and', and<Row>({ label: 'x' }, { count: 5 }), and<Row>({ label: 'x' }, { count: 6 })],
  ['or', or<Row>({ label: 'y' }, { count: 5 }), or<Row>({ label: 'y' }, { count: 6 })],
  ['not', not({ label: 'y' }), not({ label: 'x' })],
  ['null or missing', not({ tags: exists() }), { big: 0n }],
] as const

for (const [name, met, unmet] of CONDITIONS)
  add(`if with ${name} decides update and delete`, async (context) => {
    const { db } = openStore(context)
    const key = keyIn(context)
    const made = await db.counters.create({ ...key, count: 5, label: 'x', big: null })
    const no = { if: unmet as never }
    await refused(() => db.counters.update(key, { needed: 'z' }, no), 'CONDITION_FAILED', {
      entity: 'counter',
    })
    await refused(() => db.counters.delete(key, no), 'CONDITION_FAILED')
    same(await db.counters.get(key), made)
    const yes = { if: met as never }
    same((await db.counters.update(key, { needed: 'z' }, yes)).needed, 'z')
    same((await db.counters.delete(key, yes))?.needed, 'z')
    same(await db.counters.get(key), undefined)
  })

add(
  'an unknown condition fails: a missing or null field is neither equal nor unequal',
  async (context) => {
    const { db } = openStore(context)
    const key = keyIn(context)
    await db.counters.create({ ...key, label: null })
    for (const condition of [{ label: 'x' }, { count: 0 }, { count: gt(-1) }])
      for (const one of [condition, not(condition as never)])
        await refused(
          () => db.counters.update(key, { needed: 'z' }, { if: one as never }),
          'CONDITION_FAILED',
        )
    same((await db.counters.get(key))?.needed, 'needed')
  },
)

add('if looks at the record before the change', async (context) => {
  const { db } = openStore(context)
  const key = keyIn(context)
  await db.counters.create({ ...key, count: 0 })
  const step = () => db.counters.update(key, { count: increment(1) }, { if: { count: 0 } })
  same((await step()).count, 1)
  await refused(step, 'CONDITION_FAILED')
  same((await db.counters.get(key))?.count, 1)
})

add('if and ifVersion must both hold', async (context) => {
  const { db } = openStore(context)
  const key = keyIn(context)
  const { revision: old } = await db.counters.create({ ...key, count: 1 })
  const { revision } = await db.counters.update(key, { count: 2 })
  const attempt = (ifVersion: string, count: number) => () =>
    db.counters.update(key, { label: 'x' }, { ifVersion, if: { count } })
  await refused(attempt(old, 2), 'VERSION_CONFLICT')
  await refused(attempt(revision, 1), 'CONDITION_FAILED')
  same((await attempt(revision, 2)()).label, 'x')
})

add('if on what is not there: update is NOT_FOUND, delete does nothing', async (context) => {
  const { db } = openStore(context)
  const key = keyIn(context)
  const options = { if: { count: 1 } }
  await refused(() => db.counters.update(key, { count: 2 }, options), 'NOT_FOUND')
  same(await db.counters.delete(key, options), undefined)
})

add('an unknown field or an operator of JSON in if is refused', async (context) => {
  const { db } = openStore(context)
  const key = keyIn(context)
  const made = await db.counters.create({ ...key, count: 1 })
  for (const condition of [
    { surplus: 1 },
    { count: undefined },
    { count: { $gt: 0 } },
    { count: null },
    5,
  ])
    for (const run of [
      () => db.counters.update(key, { count: 2 }, { if: condition as never }),
      () => db.counters.delete(key, { if: condition as never }),
    ])
      await refused(run, 'INVALID')
  same(await db.counters.get(key), made)
})

add('consume once: a second delete with if gets nothing', async (context) => {
  const { db } = openStore(context)
  const key = keyIn(context)
  const made = await db.counters.create({ ...key, label: 'token' })
  same(await db.counters.delete(key, { if: { label: 'token' } }), made)
  same(await db.counters.delete(key, { if: { label: 'token' } }), undefined)
})
