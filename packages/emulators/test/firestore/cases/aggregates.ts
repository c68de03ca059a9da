import { AggregateField } from '@google-cloud/firestore'
import { expect } from 'vitest'
import type { Check, Context } from '../case.ts'

const put = async ({ db, items }: Context, values: unknown[]): Promise<void> => {
  const batch = db.batch()
  for (const [at, v] of values.entries()) batch.set(items.doc(`d${at}`), { v, n: at })
  await batch.commit()
}

const adds = (name: string, values: unknown[], sum: unknown, average: unknown): Check => ({
  name,
  run: async (context) => {
    await put(context, values)
    const query = context.items.aggregate({
      sum: AggregateField.sum('v'),
      average: AggregateField.average('v'),
    })
    expect((await query.get()).data()).toEqual({ sum, average })
  },
})

/** Counts, sums and averages. */
export const aggregateChecks: Check[] = [
  {
    name: 'count counts what the query finds, after offset and limit',
    run: async (context) => {
      await put(context, [1, 2, 3, 4])
      const { items } = context
      expect((await items.count().get()).data().count).toBe(4)
      expect((await items.where('v', '>', 2).count().get()).data().count).toBe(2)
      expect((await items.offset(1).limit(2).count().get()).data().count).toBe(2)
    },
  },
  adds('integers add up to an integer', [1, 2, 3], 6, 2),
  adds('a double makes the sum a double', [1, 2.5], 3.5, 1.75),
  adds('only numbers count', [1, 'x', null, true, 3], 4, 2),
  adds('NaN makes both NaN', [1, Number.NaN], Number.NaN, Number.NaN),
  adds('nothing adds up to 0 and has no average', [], 0, null),
  adds('a sum beyond 64 bits is a double', [2n ** 62n, 2n ** 62n], 2 ** 63, 2 ** 62),
  {
    name: 'documents without the summed field are not counted beside the sum',
    run: async ({ items }) => {
      await items.doc('a').set({ v: 1 })
      await items.doc('b').set({ w: 1 })
      const both = { count: AggregateField.count(), sum: AggregateField.sum('v') }
      expect((await items.aggregate(both).get()).data()).toEqual({ count: 1, sum: 1 })
    },
  },
]
