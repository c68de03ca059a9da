import { append, increment, remove } from '@holdfast/core'
import { collect, type Context } from '../case.ts'
import { holds, refused, same } from '../expect.ts'
import { openStore } from '../fixtures.ts'

const { add, suite } = collect('patches')

/** `update`: values, `increment`, `append`, `remove`, and what no patch may do. */
export const patchesSuite = suite

const keyIn = ({ unique }: Context, id = 'a') => ({ place: unique, id })

const MAX = Number.MAX_SAFE_INTEGER
const INT64 = 2n ** 63n

add('update changes the fields given and no other', async (context) => {
  const { db, free } = openStore(context)
  for (const [at, { counters }] of [db, free].entries()) {
    const key = keyIn(context, `k${at}`)
    const made = await counters.create({ ...key, count: 1, label: 'old', tags: ['a'], big: 5n })
    const changed = await counters.update(key, { label: 'new', count: 2 })
    same(changed, { ...made, label: 'new', count: 2, revision: changed.revision })
    same(await counters.get(key), changed)
  }
})

add('update of what is not there is NOT_FOUND and creates nothing', async (context) => {
  const { db, free } = openStore(context)
  const key = keyIn(context)
  const detail = { entity: 'counter' }
  for (const { counters } of [db, free]) {
    await refused(() => counters.update(key, { label: 'x' }), 'NOT_FOUND', detail)
    await refused(() => counters.update(key, { count: increment(1) }), 'NOT_FOUND', detail)
    await refused(() => counters.update(key, { tags: append('x') }), 'NOT_FOUND', detail)
  }
  same(await db.counters.get(key), undefined)
})

add('null is set, remove makes missing, and the two stay apart', async (context) => {
  const { db } = openStore(context)
  const key = keyIn(context)
  await db.counters.create({ ...key, count: 1, label: 'x', tags: ['a'], big: 1n })
  await db.counters.update(key, { label: null, count: remove(), tags: null, big: remove() })
  const read = await db.counters.get(key)
  same(Object.keys(read ?? {}).sort(), ['id', 'label', 'needed', 'place', 'revision', 'tags'])
  same([read?.label, read?.tags], [null, null])
  await db.counters.update(key, { label: remove(), count: null })
  const again = await db.counters.get(key)
  same(Object.keys(again ?? {}).sort(), ['count', 'id', 'needed', 'place', 'revision', 'tags'])
})

add('remove of a missing field is no error', async (context) => {
  const { db } = openStore(context)
  const key = keyIn(context)
  await db.counters.create(key)
  const changed = await db.counters.update(key, { label: remove(), count: remove() })
  same(await db.counters.get(key), changed)
})

add('remove of a required field is refused', async (context) => {
  const { db } = openStore(context)
  const key = keyIn(context)
  const made = await db.counters.create(key)
  const removal = () => db.counters.update(key, { needed: remove() })
  await refused(removal, 'INVALID', { entity: 'counter', field: 'needed' })
  same(await db.counters.get(key), made)
})

add('an array or object is replaced as a whole, never merged', async (context) => {
  const { db } = openStore(context)
  const key = { place: context.unique, id: 'a' }
  await db.everything.create({ ...key, doc: { a: 1, b: { c: 1 } }, list: [1, 2, 3] })
  await db.everything.update(key, { doc: { b: { d: 2 } }, list: [9] })
  same(await db.everything.get(key), { ...key, doc: { b: { d: 2 } }, list: [9] })
})

add('increment adds, and counts missing and null as 0', async (context) => {
  const { db, free } = openStore(context)
  for (const [at, { counters }] of [db, free].entries()) {
    const key = keyIn(context, `k${at}`)
    await counters.create({ ...key, big: null })
    same((await counters.update(key, { count: increment(2) })).count, 2)
    same((await counters.update(key, { count: increment(-5) })).count, -3)
    same((await counters.update(key, { count: increment(0) })).count, -3)
    same((await counters.update(key, { big: increment(7n) })).big, 7n)
    await counters.update(key, { count: null, big: remove() })
    same((await counters.update(key, { count: increment(4) })).count, 4)
    same((await counters.update(key, { big: increment(-1n) })).big, -1n)
    const read = await counters.get(key)
    same([read?.count, read?.big], [4, -1n])
  }
})

add('increment is exact at the ends of the range', async (context) => {
  const { db } = openStore(context)
  const key = keyIn(context)
  await db.counters.create({ ...key, count: MAX - 1, big: INT64 - 2n })
  const changed = await db.counters.update(key, { count: increment(1), big: increment(1n) })
  same([changed.count, changed.big], [MAX, INT64 - 1n])
  await db.counters.put({ ...key, count: -MAX + 1, big: -INT64 + 1n })
  const low = await db.counters.update(key, { count: increment(-1), big: increment(-1n) })
  same([low.count, low.big], [-MAX, -INT64])
  await db.counters.put({ ...key, count: -MAX, big: -INT64 })
  const up = await db.counters.update(key, { count: increment(MAX), big: increment(INT64 - 1n) })
  same([up.count, up.big], [0, -1n])
})

add('an increment that overflows is refused and changes nothing', async (context) => {
  const { db, free } = openStore(context)
  const key = keyIn(context)
  for (const { counters } of [db, free]) {
    const high = await counters.put({ ...key, count: MAX, big: INT64 - 1n })
    const count = { entity: 'counter', field: 'count' }
    const big = { entity: 'counter', field: 'big' }
    await refused(() => counters.update(key, { count: increment(1) }), 'INVALID', count)
    await refused(() => counters.update(key, { big: increment(1n) }), 'INVALID', big)
    await refused(
      () => counters.update(key, { label: 'x', count: increment(MAX) }),
      'INVALID',
      count,
    )
    same(await counters.get(key), high)
    const low = await counters.put({ ...key, count: -MAX, big: -INT64 })
    await refused(() => counters.update(key, { count: increment(-1) }), 'INVALID', count)
    await refused(() => counters.update(key, { big: increment(-1n) }), 'INVALID', big)
    same(await counters.get(key), low)
  }
})

add('increment is refused on other kinds and by other amounts', async (context) => {
  const { db } = openStore(context)
  const key = keyIn(context)
  await db.counters.create({ ...key, label: '1' })
  const bad = (patch: object, field: string) =>
    refused(() => db.counters.update(key, patch), 'INVALID', { entity: 'counter', field })
  await bad({ label: increment(1) }, 'label')
  await bad({ tags: increment(1) }, 'tags')
  await bad({ count: increment(0.5) }, 'count')
  await bad({ count: increment(Number.NaN) }, 'count')
  await bad({ count: increment(1n) }, 'count')
  await bad({ big: increment(1) }, 'big')
  await bad({ big: increment(INT64) }, 'big')
})

add('append adds at the end, and counts missing and null as empty', async (context) => {
  const { db } = openStore(context)
  const key = keyIn(context)
  await db.counters.create(key)
  same((await db.counters.update(key, { tags: append('a') })).tags, ['a'])
  same((await db.counters.update(key, { tags: append('b', 'a') })).tags, ['a', 'b', 'a'])
  same((await db.counters.update(key, { tags: append<string>() })).tags, ['a', 'b', 'a'])
  await db.counters.update(key, { tags: null })
  same((await db.counters.update(key, { tags: append('c') })).tags, ['c'])
  same((await db.counters.get(key))?.tags, ['c'])
})

add('append is checked by the schema and refused on other kinds', async (context) => {
  const { db } = openStore(context)
  const key = keyIn(context)
  const made = await db.counters.create({ ...key, tags: ['a'] })
  const bad = (patch: object, field: string) =>
    refused(() => db.counters.update(key, patch), 'INVALID', { entity: 'counter', field })
  await bad({ tags: append(5) }, 'tags')
  await bad({ label: append('x') }, 'label')
  await bad({ count: append(1) }, 'count')
  same(await db.counters.get(key), made)
})

add('values, increment, append and remove work in one patch', async (context) => {
  const { db } = openStore(context)
  const key = keyIn(context)
  await db.counters.create({ ...key, count: 1, big: 1n, label: 'x', tags: ['a'] })
  const changed = await db.counters.update(key, {
    count: increment(1),
    big: increment(1n),
    label: remove(),
    tags: append('b'),
    needed: 'more',
  })
  const { revision } = changed
  same(changed, { ...key, count: 2, big: 2n, tags: ['a', 'b'], needed: 'more', revision })
  same(await db.counters.get(key), changed)
})

add('increment and remove work in one patch without reading', async (context) => {
  const { db } = openStore(context)
  const key = keyIn(context)
  await db.counters.create({ ...key, count: 1, label: 'x', tags: ['a'] })
  const patch = { count: increment(1), label: remove(), needed: 'more' }
  const changed = await db.counters.update(key, patch)
  same(changed, { ...key, count: 2, tags: ['a'], needed: 'more', revision: changed.revision })
  same(await db.counters.get(key), changed)
})

for (const [name, patch, field] of [
  ['an empty patch', {}, undefined],
  ['undefined in a patch', { label: 'x', count: undefined }, 'count'],
  ['an unknown field in a patch', { surplus: 1 }, 'surplus'],
  ['a change of the key', { id: 'b' }, 'id'],
  ['a change of the key to itself', { id: 'a' }, 'id'],
  ['a change of the version', { revision: 'x' }, 'revision'],
  ['a value that the schema refuses', { label: 5 }, 'label'],
  ['null for a required field', { needed: null }, 'needed'],
  ['a patch operator made of JSON', { count: { op: 'increment', by: 1 } }, 'count'],
  ['a vendor operator', { $set: { count: 1 } }, '$set'],
  ['a path into a field', { 'doc.a': 1 }, 'doc.a'],
  ['__proto__ in a patch', JSON.parse('{"__proto__":{"count":1}}') as object, '__proto__'],
] as const)
  add(`${name} is refused and changes nothing`, async (context) => {
    const { db } = openStore(context)
    const key = keyIn(context)
    const made = await db.counters.create({ ...key, count: 1 })
    const detail = { entity: 'counter', ...(field === undefined ? {} : { field }) }
    await refused(() => db.counters.update(key, patch as object), 'INVALID', detail)
    await refused(
      () => db.transaction((tx) => tx.counters.update(key, patch as object)),
      'INVALID',
      detail,
    )
    same(await db.counters.get(key), made)
  })

add('a long patch is applied like a short one', async (context) => {
  const { db } = openStore(context)
  const key = keyIn(context)
  await db.counters.create({ ...key, count: 1 })
  const label = 'long '.repeat(1000)
  const changed = await db.counters.update(key, { label, count: increment(1) })
  same([changed.label, changed.count], [label, 2])
  same(await db.counters.get(key), changed)
})

add('fifty updates in a row all land', async (context) => {
  const { db } = openStore(context)
  const key = keyIn(context)
  await db.counters.create(key)
  const seen = new Set<string>()
  for (let at = 0; at < 50; at += 1)
    seen.add((await db.counters.update(key, { count: increment(1) })).revision)
  same((await db.counters.get(key))?.count, 50)
  holds(seen.size === 50, 'every update must have its own version')
})
