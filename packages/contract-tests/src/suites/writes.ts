import { collect, type Context } from '../case.ts'
import { eventually, holds, refused, same } from '../expect.ts'
import { openStore } from '../fixtures.ts'

const { add, suite } = collect('writes')

/** `create`, `put`, `delete`, and the version. */
export const writesSuite = suite

const keyIn = ({ unique }: Context, id = 'a') => ({ place: unique, id })

add('create returns the stored record, defaults and version included', async (context) => {
  const { db } = openStore(context)
  const key = keyIn(context)
  const made = await db.counters.create({ ...key, count: 1 })
  same(made, { ...key, count: 1, needed: 'needed', revision: made.revision })
  holds(made.revision.length > 0, 'the version must not be empty')
  same(await db.counters.get(key), made)
})

add('create never overwrites', async (context) => {
  const { db, free } = openStore(context)
  const key = keyIn(context)
  const made = await db.counters.create({ ...key, count: 1, tags: ['kept'] })
  for (const { counters } of [db, free]) {
    const again = () => counters.create({ ...key, count: 2 })
    const error = await refused(again, 'ALREADY_EXISTS', { entity: 'counter' })
    same(error.outcome, 'not_applied')
  }
  same(await db.counters.get(key), made)
})

add('create works again after delete', async (context) => {
  const { db } = openStore(context)
  const key = keyIn(context)
  await db.counters.create({ ...key, count: 1, label: 'old' })
  await db.counters.delete(key)
  const made = await db.counters.create({ ...key, count: 2 })
  same(await db.counters.get(key), made)
  same(made.label, undefined)
})

add('put creates where there is nothing', async (context) => {
  const { db, free } = openStore(context)
  for (const [at, { counters }] of [db, free].entries()) {
    const key = keyIn(context, `k${at}`)
    const made = await counters.put({ ...key, count: 1 })
    same(await db.counters.get(key), made)
  }
})

add('put replaces the whole record', async (context) => {
  const { db, free } = openStore(context)
  for (const [at, { counters }] of [db, free].entries()) {
    const key = keyIn(context, `k${at}`)
    await counters.create({ ...key, count: 1, label: 'gone', tags: ['gone'], needed: 'gone' })
    const made = await counters.put({ ...key, big: 5n })
    same(made, { ...key, big: 5n, needed: 'needed', revision: made.revision })
    same(await db.counters.get(key), made)
  }
})

add('put of a record just read changes its version only', async (context) => {
  const { db } = openStore(context)
  const key = keyIn(context)
  const { revision, ...made } = await db.counters.create({ ...key, count: 1, tags: ['a'] })
  const put = await db.counters.put(made)
  same({ ...put, revision: '' }, { ...made, revision: '' })
  holds(put.revision !== revision, 'the version must change')
})

add('delete returns the record and removes it', async (context) => {
  const { db, free } = openStore(context)
  for (const [at, { counters }] of [db, free].entries()) {
    const key = keyIn(context, `k${at}`)
    const made = await counters.create({ ...key, count: 1 })
    same(await counters.delete(key), made)
    same(await counters.get(key), undefined)
    same((await counters.find({ where: { place: context.unique } })).items, [])
  }
})

add('delete of what is not there does nothing', async (context) => {
  const { db } = openStore(context)
  const key = keyIn(context)
  same(await db.counters.delete(key), undefined)
  await db.counters.create(key)
  await db.counters.delete(key)
  same(await db.counters.delete(key), undefined)
})

add('delete of one record leaves its neighbours', async (context) => {
  const { db } = openStore(context)
  for (const id of ['a', 'b', 'c']) await db.counters.create(keyIn(context, id))
  await db.counters.delete(keyIn(context, 'b'))
  const { items } = await db.counters.find({ where: { place: context.unique } })
  same(
    items.map(({ id }) => id),
    ['a', 'c'],
  )
})

add('the version changes at every write and only then', async (context) => {
  const { db } = openStore(context)
  const key = keyIn(context)
  const seen = new Set<string>()
  const note = ({ revision }: { revision: string }): number => seen.add(revision).size
  same(note(await db.counters.create({ ...key, count: 0 })), 1)
  same(note(await db.counters.put({ ...key, count: 0 })), 2)
  same(note(await db.counters.update(key, { count: 0 })), 3)
  same(note(await db.counters.update(key, { tags: [] })), 4)
  await db.transaction(async (tx) => {
    same(note(await tx.counters.update(key, { count: 1 })), 5)
  })
  const read = await db.counters.get(key)
  same(seen.has(read?.revision ?? ''), true)
  same((await db.counters.get(key))?.revision, read?.revision)
  await db.counters.delete(key)
  same(note(await db.counters.create(key)), 6)
})

add('a transaction returns the versions that it stores', async (context) => {
  const { db } = openStore(context)
  const key = keyIn(context)
  const made = await db.transaction((tx) => tx.counters.create(key))
  same(await db.counters.get(key), made)
  const changed = await db.counters.update(key, { count: 1 }, { ifVersion: made.revision })
  same(changed.count, 1)
})

add('every way of reading gives the same version', async (context) => {
  const { db } = openStore(context)
  const key = keyIn(context)
  await db.counters.create({ ...key, count: 7 })
  const updated = await db.counters.update(key, { label: 'x' })
  same(await db.counters.get(key), updated)
  same(await db.counters.getMany([key]), [updated])
  const { place } = key
  same((await db.counters.find({ where: { place } })).items, [updated])
  await eventually(async () =>
    same((await db.counters.find({ where: { place, count: 7 }, index: 'byCount' })).items, [
      updated,
    ]),
  )
  await db.transaction(async (tx) => same(await tx.counters.get(key), updated))
})

add('unknown fields are refused on every write', async (context) => {
  const { db } = openStore(context)
  const key = keyIn(context)
  const made = { ...key, surplus: 1 }
  const detail = { entity: 'counter', field: 'surplus' }
  await refused(() => db.counters.create(made), 'INVALID', detail)
  await refused(() => db.counters.put(made), 'INVALID', detail)
  const [outcome] = await db.counters.createMany([made])
  same(outcome?.ok === false ? outcome.error.field : 'stored', 'surplus')
  same(await db.counters.get(key), undefined)
})

add('the version is never taken from the caller', async (context) => {
  const { db } = openStore(context)
  const made = { ...keyIn(context), revision: '0'.repeat(22) }
  const detail = { entity: 'counter', field: 'revision' }
  await refused(() => db.counters.create(made), 'INVALID', detail)
  await refused(() => db.counters.put(made), 'INVALID', detail)
})

add('what the schema refuses is refused, naming the field', async (context) => {
  const { db } = openStore(context)
  const key = keyIn(context)
  const detail = { entity: 'counter', field: 'count' }
  await refused(() => db.counters.create({ ...key, count: 1.5 }), 'INVALID', detail)
  await refused(() => db.counters.create({ ...key, count: 'x' as never }), 'INVALID', detail)
  await refused(() => db.counters.create([] as never), 'INVALID', { entity: 'counter' })
  await refused(() => db.counters.create(null as never), 'INVALID', { entity: 'counter' })
  same(await db.counters.get(key), undefined)
})

add('a write is seen at once by get, find and count along the key', async (context) => {
  const { db } = openStore(context)
  const where = { place: context.unique }
  for (let at = 1; at <= 5; at += 1) {
    await db.counters.create(keyIn(context, `k${at}`))
    same(await db.counters.count({ where }), at)
    same((await db.counters.find({ where })).items.length, at)
  }
  await db.counters.delete(keyIn(context, 'k1'))
  same(await db.counters.count({ where }), 4)
})

add('a change of an indexed field moves the record in its index', async (context) => {
  const { db } = openStore(context)
  const key = keyIn(context)
  const found = async (count: number) =>
    (await db.counters.find({ where: { place: key.place, count }, index: 'byCount' })).items.map(
      ({ id }) => id,
    )
  await db.counters.create({ ...key, count: 1 })
  await eventually(async () => same(await found(1), ['a']))
  await db.counters.update(key, { count: 2 })
  await eventually(async () => same([await found(1), await found(2)], [[], ['a']]))
  await db.counters.put({ ...key })
  await eventually(async () => same([await found(1), await found(2)], [[], []]))
  await db.counters.update(key, { count: 3 })
  await eventually(async () => same(await found(3), ['a']))
  await db.counters.delete(key)
  await eventually(async () => same(await found(3), []))
})
