import { Decimal } from '@holdfast/core'
import { collect, type Context } from '../case.ts'
import { holds, refused, same } from '../expect.ts'
import { openStore } from '../fixtures.ts'
import { ILLEGAL, nest, SAMPLES } from '../samples.ts'

const { add, suite } = collect('values')

/** Values of every kind, and what is refused. */
export const valuesSuite = suite

const row = ({ unique }: Context, id: string, fields: object = {}) => ({
  place: unique,
  id,
  ...fields,
})

for (const [field, samples] of Object.entries(SAMPLES)) {
  add(`every ${field} sample is read back exactly`, async (context) => {
    const { db } = openStore(context)
    const made = samples.map((value, at) => row(context, `s${at}`, { [field]: value }))
    for (const result of await db.everything.createMany(made))
      holds(result.ok, `create must accept a legal ${field}`)
    const read = await db.everything.getMany(made.map(({ place, id }) => ({ place, id })))
    made.forEach((one, at) => same(read[at], one, `${field} sample ${at}`))
  })

  add(`every ${field} sample is found by a query exactly`, async (context) => {
    const { db } = openStore(context)
    const made = samples.map((value, at) => row(context, `s${100 + at}`, { [field]: value }))
    await db.everything.putMany(made)
    const { items } = await db.everything.find({ where: { place: context.unique }, limit: 100 })
    same(items, made)
  })

  add(`a patch sets every ${field} sample exactly`, async (context) => {
    const { db } = openStore(context)
    const key = row(context, 'one')
    await db.everything.create(key)
    for (const [at, value] of samples.entries()) {
      const wanted = { ...key, [field]: value }
      same(await db.everything.update(key, { [field]: value }), wanted, `returned, sample ${at}`)
      same(await db.everything.get(key), wanted, `stored, sample ${at}`)
    }
  })
}

const fieldNames = Object.keys(SAMPLES)

add('null is kept as null in every kind', async (context) => {
  const { db } = openStore(context)
  const made = row(context, 'nulls', Object.fromEntries(fieldNames.map((name) => [name, null])))
  same(await db.everything.create(made), made)
  same(await db.everything.get(row(context, 'nulls')), made)
})

add('a missing field stays missing in every kind', async (context) => {
  const { db } = openStore(context)
  const made = row(context, 'bare')
  await db.everything.create(made)
  const read = await db.everything.get(made)
  same(read, made)
  same(Object.keys(read ?? {}).sort(), ['id', 'place'])
})

add('undefined at the top of a record is the same as a missing field', async (context) => {
  const { db } = openStore(context)
  await db.everything.create(row(context, 'a', { text: undefined, doc: undefined }))
  same(Object.keys((await db.everything.get(row(context, 'a'))) ?? {}).sort(), ['id', 'place'])
})

add('undefined inside an object is dropped', async (context) => {
  const { db } = openStore(context)
  await db.everything.create(row(context, 'a', { doc: { a: undefined, b: { c: undefined } } }))
  const read = await db.everything.get(row(context, 'a'))
  same(read?.doc, { b: {} })
  same(Object.keys(read?.doc ?? {}), ['b'])
})

add('-0 is stored as 0, nested too', async (context) => {
  const { db } = openStore(context)
  await db.everything.create(row(context, 'a', { real: -0, whole: -0, list: [-0], any: -0 }))
  const read = await db.everything.get(row(context, 'a'))
  for (const value of [read?.real, read?.whole, read?.list?.[0], read?.any])
    holds(Object.is(value, 0), '-0 must come back as 0')
})

add('1.10 and 1.1 are one decimal, returned in canonical form', async (context) => {
  const { db } = openStore(context)
  await db.everything.create(row(context, 'a', { money: Decimal.from('1.10') }))
  const read = await db.everything.get(row(context, 'a'))
  same(read?.money?.toString(), '1.1')
  holds(read?.money?.equals(Decimal.from('1.1')), '1.10 must equal 1.1')
})

add('each kind comes back as its own type of value', async (context) => {
  const { db } = openStore(context)
  const key = row(context, 'a')
  const made = {
    ...key,
    text: '5',
    whole: 5,
    real: 5,
    big: 5n,
    money: Decimal.from(5),
    flag: true,
    at: new Date(5),
    raw: Uint8Array.of(5),
  }
  await db.everything.create(made)
  const read = await db.everything.get(key)
  same(typeof read?.text, 'string')
  same(typeof read?.whole, 'number')
  same(typeof read?.real, 'number')
  same(typeof read?.big, 'bigint')
  same(typeof read?.flag, 'boolean')
  holds(Decimal.isDecimal(read?.money), 'a decimal must be a Decimal')
  holds(read?.at instanceof Date, 'a date must be a Date')
  holds(read?.raw?.constructor === Uint8Array, 'bytes must be a Uint8Array, not a subclass')
})

add('a view into a larger buffer is stored alone', async (context) => {
  const { db } = openStore(context)
  const view = new Uint8Array(Uint8Array.of(1, 2, 3, 4, 5, 6).buffer, 2, 2)
  await db.everything.create(row(context, 'a', { raw: view, any: { raw: view } }))
  const read = await db.everything.get(row(context, 'a'))
  same(read?.raw, Uint8Array.of(3, 4))
  same(read?.any, { raw: Uint8Array.of(3, 4) })
})

add('what create and put return is what is stored', async (context) => {
  const { db } = openStore(context)
  const fields = Object.fromEntries(fieldNames.map((name) => [name, SAMPLES[name]?.at(-1)]))
  const created = await db.everything.create(row(context, 'a', fields))
  same(await db.everything.get(row(context, 'a')), created)
  const put = await db.everything.put(row(context, 'b', fields))
  same(await db.everything.get(row(context, 'b')), put)
  same({ ...put, id: 'a' }, created)
})

add('changing an input or a result afterwards changes nothing stored', async (context) => {
  const { db } = openStore(context)
  const list = [['a']]
  const raw = Uint8Array.of(1)
  const at = new Date(1000)
  const made = await db.everything.create(row(context, 'a', { list, raw, at, doc: { deep: list } }))
  list[0]?.push('changed')
  raw[0] = 9
  at.setTime(0)
  const first = await db.everything.get(row(context, 'a'))
  for (const one of [made, first]) {
    one?.at?.setTime(5)
    one?.raw?.fill(7)
    Object.assign(one?.doc ?? {}, { changed: true })
  }
  const read = await db.everything.get(row(context, 'a'))
  same(read?.list, [['a']])
  same(read?.raw, Uint8Array.of(1))
  same(read?.at, new Date(1000))
  same(read?.doc, { deep: [['a']] })
})

add('16 levels are kept', async (context) => {
  const { db } = openStore(context)
  await db.everything.create(row(context, 'a', { list: nest(16) }))
  same((await db.everything.get(row(context, 'a')))?.list, nest(16))
})

add('a record of 350 KiB is kept, and a larger one refused', async (context) => {
  const { db } = openStore(context)
  const text = 'x'.repeat(349 * 1024)
  await db.everything.create(row(context, 'a', { text }))
  same((await db.everything.get(row(context, 'a')))?.text?.length, text.length)
  const longer = `${text}${'x'.repeat(1024)}`
  const larger = row(context, 'b', { text: longer })
  await refused(() => db.everything.create(larger), 'LIMIT_EXCEEDED', { entity: 'everything' })
  await refused(() => db.everything.put(larger), 'LIMIT_EXCEEDED', { entity: 'everything' })
  same(await db.everything.get(row(context, 'b')), undefined)
  await refused(
    () => db.everything.update(row(context, 'a'), { doc: { text: longer } }),
    'LIMIT_EXCEEDED',
  )
  same((await db.everything.get(row(context, 'a')))?.doc, undefined)
})

for (const [name, field, value] of ILLEGAL) {
  add(`${name} is refused, and nothing is written`, async (context) => {
    const { db } = openStore(context)
    const detail = { field, entity: 'everything' }
    const made = row(context, 'bad', { [field]: value })
    await refused(() => db.everything.create(made), 'INVALID', detail)
    await refused(() => db.everything.put(made), 'INVALID', detail)
    same(await db.everything.get(row(context, 'bad')), undefined)
    const kept = await db.everything.create(row(context, 'good', { text: 'kept' }))
    await refused(() => db.everything.update(row(context, 'good'), { [field]: value }), 'INVALID', {
      field,
    })
    same(await db.everything.get(row(context, 'good')), kept)
  })
}

add('a refusal never quotes the value', async (context) => {
  const { db } = openStore(context)
  const secret = 'secret-4711'
  const error = await refused(
    () => db.everything.create(row(context, 'a', { text: `${secret}\0` })),
    'INVALID',
  )
  holds(!error.message.includes(secret), 'the message must not hold the value')
})
