import { collect, type Context } from '../case.ts'
import { refused, same } from '../expect.ts'
import { openStore } from '../fixtures.ts'

const { add, suite } = collect('keys')

/** Identity of records, and what no key may be. */
export const keysSuite = suite

const part = (
  { unique }: Context,
  box: string,
  slot: string,
  shelf = 'shelf',
): { region: string; shelf: string; box: string; slot: string } => ({
  region: unique,
  shelf,
  box,
  slot,
})

/** Creates a record under each key and shows that every key finds its own and no other. */
const staysApart = async (context: Context, keys: readonly ReturnType<typeof part>[]) => {
  const { db } = openStore(context)
  for (const [at, key] of keys.entries()) await db.parts.create({ ...key, note: `n${at}` })
  const read = await db.parts.getMany(keys)
  same(
    read.map((one) => one?.note),
    keys.map((_, at) => `n${at}`),
  )
  same(read, await Promise.all(keys.map((key) => db.parts.get(key))))
}

add('(a#b, c) and (a, b#c) are two records', (context) =>
  staysApart(context, [part(context, 'a#b', 'c'), part(context, 'a', 'b#c')]),
)

add('no separator of any vendor makes two keys meet', (context) =>
  staysApart(
    context,
    [...'#!|/:~_-.,;%\\$^&+ \t'].flatMap((mark) => [
      part(context, `a${mark}b`, 'c'),
      part(context, 'a', `b${mark}c`),
      part(context, `a${mark}`, `b${mark}c`),
    ]),
  ),
)

add('partition parts do not run into each other or into the sort part', (context) =>
  staysApart(context, [
    part(context, 'b', 'c', 'a'),
    part(context, 'c', 'c', 'ab'),
    part(context, 'a', 'bc', 'a'),
    part(context, 'ab', 'c', 'a'),
    part(context, 'bc', 'a', 'a'),
  ]),
)

add('keys that differ in case only are two records', (context) =>
  staysApart(context, [
    part(context, 'Key', 'a'),
    part(context, 'key', 'a'),
    part(context, 'KEY', 'a'),
    part(context, 'straße', 'a'),
    part(context, 'strasse', 'a'),
    part(context, 'STRASSE', 'a'),
  ]),
)

add('keys are not normalised, trimmed or padded', (context) =>
  staysApart(context, [
    part(context, '\u00e9', 'a'),
    part(context, 'e\u0301', 'a'),
    part(context, 'a', 'a'),
    part(context, 'a ', 'a'),
    part(context, ' a', 'a'),
    part(context, 'a\u200b', 'a'),
    part(context, '\ufeffa', 'a'),
  ]),
)

add('texts that look like numbers, dates or encodings stay texts', (context) =>
  staysApart(context, [
    part(context, '1', 'a'),
    part(context, '01', 'a'),
    part(context, '1.0', 'a'),
    part(context, '-23', 'a'),
    part(context, '#', 'a'),
    part(context, '6a!', 'a'),
    part(context, '.', '..'),
    part(context, '__id__', 'a'),
    part(context, 'null', 'undefined'),
  ]),
)

add('a key of one part is enough', async (context) => {
  const { db } = openStore(context)
  const word = `${context.unique} 😀`
  await db.words.create({ word, meaning: 'one' })
  same(await db.words.get({ word }), { word, meaning: 'one' })
  await refused(() => db.words.create({ word }), 'ALREADY_EXISTS', { entity: 'word' })
  same(await db.words.get({ word: context.unique }), undefined)
  same(await db.words.delete({ word }), { word, meaning: 'one' })
})

add('equal keys of two entities are two records', async (context) => {
  const { db } = openStore(context)
  const key = { place: context.unique, id: 'same' }
  await db.counters.create({ ...key, count: 1 })
  await db.sessions.create({ ...key, holder: 'h' })
  await db.sessions.delete(key)
  same((await db.counters.get(key))?.count, 1)
})

add('grouped entities with equal partition values are kept apart', async (context) => {
  const { db } = openStore(context)
  const tenantId = context.unique
  await db.folders.create({ tenantId, folderId: 'f' })
  await db.files.create({ tenantId, folderId: 'f', name: 'n' })
  same((await db.folders.find({ where: { tenantId } })).items.length, 1)
  same((await db.files.find({ where: { tenantId } })).items.length, 1)
  same(await db.folders.count({ where: { tenantId } }), 1)
})

// An encoded string part takes two bytes more than its letters and digits.
const longKey = ({ unique }: Context, size: number): { place: string; id: string } => ({
  place: unique,
  id: 'k'.repeat(size - unique.length - 4),
})

add('a key of 600 encoded bytes works everywhere', async (context) => {
  const { db } = openStore(context)
  const key = longKey(context, 600)
  const twin = { ...key, id: `${key.id.slice(0, -1)}l` }
  await db.counters.create({ ...key, count: 1 })
  await db.counters.create({ ...twin, count: 2 })
  same((await db.counters.get(key))?.count, 1)
  const page = await db.counters.find({ where: { place: context.unique }, limit: 1 })
  same(page.items[0]?.id, key.id)
  const { cursor = '' } = page
  const second = await db.counters.find({ where: { place: context.unique }, limit: 1, cursor })
  same(second.items[0]?.id, twin.id)
  await db.counters.update(key, { count: 3 })
  same((await db.counters.delete(key))?.count, 3)
  same((await db.counters.get(twin))?.count, 2)
})

add('a key of 600 encoded bytes of other than letters works everywhere', async (context) => {
  const { db } = openStore(context)
  const room = 600 - context.unique.length - 4
  const id = `${'😀'.repeat(Math.floor(room / 12))}${'x'.repeat(room % 12)}`
  const key = { place: context.unique, id }
  await db.counters.create({ ...key, count: 1 })
  same((await db.counters.get(key))?.count, 1)
  same((await db.counters.find({ where: { place: context.unique } })).items.length, 1)
})

add('a key of 601 encoded bytes is refused before any I/O', async (context) => {
  const { db } = openStore(context)
  const key = longKey(context, 601)
  const detail = { entity: 'counter', field: 'id' }
  await refused(() => db.counters.create(key), 'LIMIT_EXCEEDED', detail)
  await refused(() => db.counters.put(key), 'LIMIT_EXCEEDED', detail)
  await refused(() => db.counters.get(key), 'LIMIT_EXCEEDED', detail)
  await refused(() => db.counters.update(key, { count: 1 }), 'LIMIT_EXCEEDED', detail)
  await refused(() => db.counters.delete(key), 'LIMIT_EXCEEDED', detail)
  same((await db.counters.find({ where: { place: context.unique } })).items, [])
})

/** Every operation that takes a key refuses this one. */
const refusedEverywhere = async (context: Context, key: object, field?: string) => {
  const { db } = openStore(context)
  const detail = { entity: 'counter', ...(field === undefined ? {} : { field }) }
  const bad = key as { place: string; id: string }
  await refused(() => db.counters.get(bad), 'INVALID', detail)
  await refused(() => db.counters.getMany([bad]), 'INVALID', detail)
  await refused(() => db.counters.update(bad, { count: 1 }), 'INVALID', detail)
  await refused(() => db.counters.delete(bad), 'INVALID', detail)
  await refused(() => db.transaction(async (tx) => tx.counters.get(bad)), 'INVALID', detail)
  const [outcome] = await db.counters.deleteMany([bad])
  same(outcome?.ok === false ? outcome.error.code : 'deleted', 'INVALID')
}

add('an empty key part is refused', async (context) => {
  const { db } = openStore(context)
  await refusedEverywhere(context, { place: context.unique, id: '' }, 'id')
  await refusedEverywhere(context, { place: '', id: 'a' }, 'place')
  const detail = { entity: 'counter', field: 'id' }
  await refused(() => db.counters.create({ place: context.unique, id: '' }), 'INVALID', detail)
  const empty = { sensor: 1, at: new Date(0), level: 0, mark: new Uint8Array() }
  await refused(() => db.readings.create(empty), 'INVALID', { field: 'mark' })
})

add('a missing, null or undefined key part is refused', async (context) => {
  await refusedEverywhere(context, { place: context.unique }, 'id')
  await refusedEverywhere(context, { place: context.unique, id: undefined }, 'id')
  await refusedEverywhere(context, { place: context.unique, id: null }, 'id')
})

add('a key part of another kind is refused, never converted', async (context) => {
  await refusedEverywhere(context, { place: context.unique, id: 5 }, 'id')
  await refusedEverywhere(context, { place: context.unique, id: ['a'] }, 'id')
  await refusedEverywhere(context, { place: context.unique, id: { $gt: '' } }, 'id')
})

add('an unknown key part is refused', async (context) => {
  await refusedEverywhere(context, { place: context.unique, id: 'a', count: 1 }, 'count')
})

add('a key with U+0000 or a lone surrogate is refused', async (context) => {
  await refusedEverywhere(context, { place: context.unique, id: 'a\0' }, 'id')
  await refusedEverywhere(context, { place: context.unique, id: '\ud800' }, 'id')
})

add(
  'getMany answers in order, with duplicates and gaps, for any number of keys',
  async (context) => {
    const { db } = openStore(context)
    same(await db.parts.getMany([]), [])
    const keys = Array.from({ length: 230 }, (_, at) => part(context, `b${at}`, 's'))
    await db.parts.createMany(keys.filter((_, at) => at % 2 === 0))
    const asked = [...keys.toReversed(), ...keys.slice(0, 20)]
    const read = await db.parts.getMany(asked)
    same(
      read,
      asked.map((key) => (Number(key.box.slice(1)) % 2 === 0 ? key : undefined)),
    )
  },
)
