import { Decimal, gt } from '@holdfast/core'
import { collect, type Context } from '../case.ts'
import { holds, refused, same } from '../expect.ts'
import { openStore } from '../fixtures.ts'

const { add, suite } = collect('key order')

/** Order of records by keys of every kind. */
export const keyOrderSuite = suite

const part = ({ unique }: Context, box: string, slot: string) => ({
  region: unique,
  shelf: 'shelf',
  box,
  slot,
})

const ORDERED_TEXTS = [
  '\u0001',
  ' ',
  '!',
  '#',
  '-',
  '0',
  '10',
  '9',
  ':',
  'A',
  'B',
  'Z',
  '_',
  'a',
  'a ',
  'a!',
  'a0',
  'aa',
  'b',
  'z',
  '~',
  '\u007f',
  '\u0080',
  'Ä',
  'é',
  'ﬀ',
  '\uffff',
  '😀',
  '\u{10ffff}',
]

add('text keys are ordered by UTF-8 bytes', async (context) => {
  const { db } = openStore(context)
  await db.parts.createMany(ORDERED_TEXTS.toReversed().map((box) => part(context, box, 's')))
  const where = { region: context.unique, shelf: 'shelf' }
  const boxes = (items: readonly { box: string }[]) => items.map(({ box }) => box)
  same(boxes((await db.parts.find({ where })).items), ORDERED_TEXTS)
  same(boxes((await db.parts.find({ where, orderBy: 'desc' })).items), ORDERED_TEXTS.toReversed())
})

add('the second sort part orders where the first is equal', async (context) => {
  const { db } = openStore(context)
  const keys = ['a', 'a!', 'aa', 'b'].flatMap((box) =>
    ['0', 'a', '😀'].map((slot) => part(context, box, slot)),
  )
  await db.parts.createMany(keys.toReversed())
  const where = { region: context.unique, shelf: 'shelf' }
  same((await db.parts.find({ where })).items, keys)
})

add('equal sort parts narrow a query, one by one', async (context) => {
  const { db } = openStore(context)
  const keys = ['a', 'b'].flatMap((box) => ['0', '1', '2'].map((slot) => part(context, box, slot)))
  await db.parts.createMany(keys)
  const where = { region: context.unique, shelf: 'shelf' }
  same((await db.parts.find({ where: { ...where, box: 'b' } })).items, keys.slice(3))
  same((await db.parts.find({ where: { ...where, box: 'b', slot: '1' } })).items, keys.slice(4, 5))
  const behind = { ...where, box: 'a', slot: gt('0') }
  same((await db.parts.find({ where: behind })).items, keys.slice(1, 3))
  same(await db.parts.count({ where: { ...where, box: 'b', slot: '9' } }), 0)
})

add('a range behind two equal sort parts finds what lies between', async (context) => {
  const { db } = openStore(context)
  const made = [0, 1].flatMap((at) =>
    [-1, 0].flatMap((level) => [1, 2, 3].map((byte) => reading(context.seed, at, level, [byte]))),
  )
  await db.readings.createMany(made)
  const { items } = await db.readings.find({
    where: { sensor: context.seed, at: new Date(1), level: -1, mark: gt(Uint8Array.of(1)) },
  })
  same(items, made.slice(7, 9))
})

const reading = (seed: number, at: number, level = 0, mark: number[] = [1]) => ({
  sensor: seed,
  at: new Date(at),
  level,
  mark: Uint8Array.from(mark),
})

const YEAR_ONE = Date.parse('0001-01-01T00:00:00.000Z')
const YEAR_9999 = Date.parse('9999-12-31T23:59:59.999Z')

/** Writes readings in reverse, and expects them back in the order given. */
const inOrder = async (context: Context, wanted: readonly ReturnType<typeof reading>[]) => {
  const { db } = openStore(context)
  for (const result of await db.readings.createMany(wanted.toReversed()))
    holds(result.ok, 'every key is legal')
  const where = { sensor: context.seed }
  same((await db.readings.find({ where })).items, wanted)
  same((await db.readings.find({ where, orderBy: 'desc' })).items, wanted.toReversed())
  same(await db.readings.getMany(wanted), wanted)
}

add('date keys are ordered by time, from year 1 to 9999', (context) =>
  inOrder(
    context,
    [YEAR_ONE, -86_400_001, -1, 0, 1, 999, 1000, Date.UTC(2026, 10, 23), YEAR_9999].map((at) =>
      reading(context.seed, at),
    ),
  ),
)

add('number keys are ordered by value', (context) =>
  inOrder(
    context,
    [-1e125, -1e21, -10, -9.5, -9, -1, -1e-130, 0, 1e-130, 0.1, 0.5, 1, 9, 10, 10.5, 1e21].map(
      (level) => reading(context.seed, 0, level),
    ),
  ),
)

add('bytes keys are ordered by bytes, a prefix first', (context) =>
  inOrder(
    context,
    [[0], [0, 0], [0, 1], [1], [1, 255], [127], [128], [128, 0], [255], [255, 255]].map((mark) =>
      reading(context.seed, 0, 0, mark),
    ),
  ),
)

add('negative and extreme integers are partitions of their own', async (context) => {
  const { db } = openStore(context)
  const max = Number.MAX_SAFE_INTEGER - context.seed
  const keys = [-context.seed, context.seed, max, -max].map((sensor) => reading(sensor, 7))
  await db.readings.putMany(keys)
  for (const { sensor } of keys)
    same((await db.readings.find({ where: { sensor } })).items.length, 1)
})

const entry = ({ seed }: Context, amount: string, isOpen = false, serial = 0n) => ({
  book: BigInt(seed),
  amount: Decimal.from(amount),
  isOpen,
  serial,
})

add('decimal, boolean and bigint keys are ordered by value', async (context) => {
  const { db } = openStore(context)
  const wanted = [
    entry(context, '-1e125'),
    entry(context, '-10.5'),
    entry(context, '-9'),
    entry(context, '0', false, -(2n ** 63n)),
    entry(context, '0', false, -1n),
    entry(context, '0', false, 0n),
    entry(context, '0', false, 2n ** 53n + 1n),
    entry(context, '0', false, 2n ** 63n - 1n),
    entry(context, '0', true, -5n),
    entry(context, '0.1'),
    entry(context, '0.12345678901234567890123456789012'),
    entry(context, '9'),
    entry(context, '10'),
    entry(context, '9.999e125'),
  ]
  for (const result of await db.entries.createMany(wanted.toReversed()))
    holds(result.ok, 'every key is legal')
  same((await db.entries.find({ where: { book: BigInt(context.seed) } })).items, wanted)
  same(await db.entries.getMany(wanted), wanted)
})

add('1.10 and 1.1 are the same decimal key', async (context) => {
  const { db } = openStore(context)
  await db.entries.create({ ...entry(context, '1.10'), note: 'first' })
  await refused(() => db.entries.create(entry(context, '1.1')), 'ALREADY_EXISTS')
  same((await db.entries.get(entry(context, '1.100')))?.note, 'first')
})

add('-0 and 0 are the same number key', async (context) => {
  const { db } = openStore(context)
  await db.readings.create({ ...reading(context.seed, 0, -0), note: 'first' })
  await refused(() => db.readings.create(reading(context.seed, 0, 0)), 'ALREADY_EXISTS')
  same((await db.readings.get(reading(context.seed, 0, -0)))?.note, 'first')
})
