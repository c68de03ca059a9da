import { between, Decimal, exists, gt, gte, isNull, lt, lte, startsWith } from '@holdfast/core'
import { collect } from '../case.ts'
import { same } from '../expect.ts'
import { openStore } from '../fixtures.ts'

const { add, suite } = collect('index order')

/** Order and ranges along an index of every kind. */
export const indexOrderSuite = suite

const VALUES: Readonly<Record<string, readonly unknown[]>> = {
  byText: ['', '%', 'A', '_', 'a', 'aa', 'ab', 'b', 'é', '\uffff', '😀'],
  byWhole: [-(2 ** 53 - 1), -10, -9, 0, 9, 10, 2 ** 53 - 1],
  byReal: [-1e125, -2.5, -1e-130, 0, 1e-130, 0.25, 9, 10, 1e21],
  byBig: [-(2n ** 63n), -10n, -9n, 0n, 9n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 63n - 1n],
  byMoney: ['-1e125', '-9.5', '-9', '0', '1e-130', '0.10', '9', '10', '9e125'].map((one) =>
    Decimal.from(one),
  ),
  byFlag: [false, true],
  byAt: [-62_135_596_800_000, -1, 0, 1, 999, 1000, 253_402_300_799_999].map((at) => new Date(at)),
  byRaw: [[], [0], [0, 0], [1], [127, 255], [128], [255]].map((one) => Uint8Array.from(one)),
}

for (const [index, values] of Object.entries(VALUES))
  add(`index ${index}: order, both directions, ranges and equality`, async (context) => {
    const { db } = openStore(context)
    const place = context.unique
    const field = index.slice(2).toLowerCase()
    const made = values.toReversed().map((value, at) => ({ place, id: `r${at}`, [field]: value }))
    await db.sorted.createMany([
      ...made,
      { place, id: 'null', [field]: null },
      { place, id: 'missing' },
    ])
    type Name = 'byText'
    const find = async (where: object, orderBy: 'asc' | 'desc' = 'asc') =>
      (
        await db.sorted.find({ where: { place, ...where }, index: index as Name, orderBy })
      ).items.map((row) => row[field as 'text'] ?? null)
    same(await find({}), [null, ...values])
    same(await find({}, 'desc'), [...values.toReversed(), null])
    for (const [at, value] of values.entries()) {
      same(await find({ [field]: value }), [value])
      same(await find({ [field]: gt(value as never) }), values.slice(at + 1))
      same(await find({ [field]: gte(value as never) }, 'desc'), values.slice(at).toReversed())
      same(await find({ [field]: lt(value as never) }), values.slice(0, at))
      same(await find({ [field]: lte(value as never) }), values.slice(0, at + 1))
    }
    same(
      await find({ [field]: between(values[0] as never, values[1] as never) }),
      values.slice(0, 2),
    )
    same(await find({ [field]: isNull() }), [null])
    same(await find({ [field]: exists() }), [null, ...values])
  })

for (const [index, values] of Object.entries(VALUES))
  for (const orderBy of ['asc', 'desc'] as const)
    add(`index ${index}: pages resume exactly, ${orderBy}`, async (context) => {
      const { db } = openStore(context)
      const place = context.unique
      const field = index.slice(2).toLowerCase()
      const rows = [null, ...values]
      await db.sorted.createMany(
        rows.map((value, at) => ({ place, id: `r${String(at).padStart(2, '0')}`, [field]: value })),
      )
      const wanted = orderBy === 'asc' ? rows : rows.toReversed()
      const found: unknown[] = []
      let cursor: string | undefined
      for (let pages = 0; pages <= rows.length; pages += 1) {
        const page = await db.sorted.find({
          where: { place },
          index: index as 'byText',
          orderBy,
          limit: 2,
          ...(cursor === undefined ? {} : { cursor }),
        })
        found.push(...page.items.map((row) => row[field as 'text']))
        ;({ cursor } = page)
        if (cursor === undefined) break
      }
      same(found, wanted)
    })

add(
  'startsWith along a text index honours metacharacters and the last code point',
  async (context) => {
    const { db } = openStore(context)
    const place = context.unique
    const texts = [
      '%',
      '%a',
      'A',
      '_',
      '_a',
      'a',
      'a%',
      'a\\',
      'a_b',
      'ab',
      'b',
      '\ud7ff',
      '\ud7ff1',
      '\ue000',
      '\u{10ffff}',
      '\u{10ffff}a',
    ]
    await db.sorted.createMany(texts.map((text, at) => ({ place, id: `r${at}`, text })))
    for (const prefix of [...texts, ''])
      for (const orderBy of ['asc', 'desc'] as const) {
        const { items } = await db.sorted.find({
          where: { place, text: startsWith(prefix) },
          index: 'byText',
          orderBy,
        })
        const wanted = texts.filter((text) => text.startsWith(prefix))
        same(
          items.map(({ text }) => text),
          orderBy === 'asc' ? wanted : wanted.toReversed(),
          JSON.stringify(prefix),
        )
      }
  },
)

add('literals of convertible numeric types choose the same path', async (context) => {
  const { db } = openStore(context)
  const place = context.unique
  await db.sorted.createMany(
    [4, 5, 6].map((one) => ({
      place,
      id: `r${one}`,
      whole: one,
      real: one,
      big: BigInt(one),
      money: Decimal.from(one),
    })),
  )
  for (const [field, index] of [
    ['whole', 'byWhole'],
    ['real', 'byReal'],
    ['big', 'byBig'],
    ['money', 'byMoney'],
  ] as const)
    for (const five of [5, 5n, Decimal.from('5.0')]) {
      for (const [condition, wanted] of [
        [five, ['r5']],
        [gt(five as 5), ['r6']],
        [lte(five as 5), ['r4', 'r5']],
      ] as const) {
        const where = { place, [field]: condition }
        same(
          (await db.sorted.find({ where })).items.map(({ id }) => id),
          wanted,
        )
        same(await db.sorted.count({ where }), wanted.length)
      }
      if (typeof five !== 'object' || field === 'money')
        same(db.sorted.explain({ where: { place, [field]: five } }).index, index)
    }
})
