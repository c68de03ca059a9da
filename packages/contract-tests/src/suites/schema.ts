import { createStore, defineActor, defineEntity, type Driver } from '@holdfast/core'
import * as z from 'zod'
import { type Case, collect, type Context } from '../case.ts'
import { eventually, holds, refused, same } from '../expect.ts'

const { add, suite } = collect('schema')

/** What is declared later holds for records that were there before. */
export const schemaSuite = suite

const schema = z.object({
  place: z.string(),
  id: z.string(),
  label: z.string().optional(),
  mail: z.string().optional(),
})
const key = { partition: ['place'], sort: ['id'] } as const
const byLabel = { partition: ['place', 'label'], sort: ['id'] } as const
const byMail = { partition: ['place'], sort: ['mail'], unique: true } as const

/** One entity as an earlier and a later program declare it. */
const Seedling = {
  before: defineEntity('seedling', { schema, key }),
  after: defineEntity('seedling', { schema, key, indexes: { byLabel } }),
}
const Member = {
  before: defineEntity('member', { schema, key }),
  after: defineEntity('member', { schema, key, indexes: { byMail } }),
}

const actor = defineActor(z.object({ id: z.string(), roles: z.array(z.string()) }))

type Declared = (typeof Seedling)['before' | 'after'] | (typeof Member)['before' | 'after']

const program = <E extends Declared>(adapter: Driver, entity: E) => {
  const store = createStore({ adapter, entities: { rows: entity }, actor })
  return { store, rows: store.unrestricted('contract kit').rows }
}

/** Records of ours written by a program that knows no index yet, and a program that does. */
const grow = async (
  { harness, unique }: Context,
  run: (
    drivers: { readonly before: Driver; readonly after: Driver },
    place: string,
  ) => Promise<void>,
): Promise<void> => {
  const [before, after] = [await harness.open(), await harness.open()]
  try {
    await run({ before, after }, unique)
  } finally {
    await after.close()
    if (before !== after) await before.close()
  }
}

const COUNT = 30
const rowOf = (place: string, at: number) => ({
  place,
  id: `r${10 + at}`,
  label: `l${at % 3}`,
  mail: `m${at}@example.com`,
})

add('an index declared later finds the records that were there before', async (context) => {
  await grow(context, async (drivers, place) => {
    const old = program(drivers.before, Seedling.before)
    await old.store.ensureSchema()
    for (let at = 0; at < COUNT; at += 1) await old.rows.create(rowOf(place, at))
    await old.rows.create({ place, id: 'no label' })
    const { store, rows } = program(drivers.after, Seedling.after)
    await store.ensureSchema()
    await rows.update({ place, id: 'r10' }, { label: 'l1' })
    await rows.delete({ place, id: 'r13' })
    const all = (await rows.find({ where: { place } })).items
    for (const label of ['l0', 'l1', 'l2']) {
      const wanted = all.filter((row) => row.label === label).map(({ id }) => id)
      holds(wanted.length >= 8, 'there are several of each')
      await eventually(async () => {
        const { items } = await rows.find({ where: { place, label }, index: 'byLabel' })
        same(
          items.map(({ id }) => id),
          wanted,
        )
      })
    }
    same(all.length, COUNT)
    same(await store.ensureSchema(), [])
  })
})

const isKept: NonNullable<Case['applies']> = ({ driver }) =>
  driver.capabilities.uniqueIndexes !== 'none'

add(
  'a unique index declared later protects the values that were there before',
  async (context) => {
    await grow(context, async (drivers, place) => {
      const old = program(drivers.before, Member.before)
      await old.store.ensureSchema()
      for (let at = 0; at < COUNT; at += 1) await old.rows.create(rowOf(place, at))
      const { store, rows } = program(drivers.after, Member.after)
      await store.ensureSchema()
      const taken = { place, id: 'late', mail: 'm7@example.com' }
      await refused(() => rows.create(taken), 'ALREADY_EXISTS')
      await rows.delete({ place, id: 'r17' })
      await rows.create(taken)
    })
  },
  isKept,
)
