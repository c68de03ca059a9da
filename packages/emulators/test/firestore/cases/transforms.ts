import { FieldValue } from '@google-cloud/firestore'
import type { Timestamp } from '@google-cloud/firestore'
import { expect } from 'vitest'
import { code, refusal } from '../case.ts'
import type { Check } from '../case.ts'

const becomes = (name: string, before: object, change: object, after: unknown): Check => ({
  name,
  run: async ({ items }) => {
    await items.doc('a').set(before)
    await items.doc('a').update({ v: change })
    expect((await items.doc('a').get()).get('v')).toEqual(after)
  },
})

type Value = { integerValue: string } | { doubleValue: number }

// The client has no maximum and minimum, so the protocol is asked.
const picks = (kind: 'maximum' | 'minimum', before: Value, by: Value, after: Value): Check => ({
  name: `${kind} of ${JSON.stringify(before)} and ${JSON.stringify(by)} is ${JSON.stringify(after)}`,
  run: async ({ low, database, parent }) => {
    const name = `${parent}/items/a`
    const writes = [
      { update: { name, fields: { v: before } } },
      { transform: { document: name, fieldTransforms: [{ fieldPath: 'v', [kind]: by }] } },
    ]
    await low.commit({ database, writes })
    const [{ fields }] = await low.getDocument({ name })
    const found = fields?.['v'] as (Value & { valueType?: string }) | undefined
    expect(found).toEqual({ ...after, valueType: Object.keys(after)[0] })
  },
})

/** Changes that the server works out. */
export const transformChecks: Check[] = [
  becomes('increment adds', { v: 5 }, FieldValue.increment(3), 8),
  becomes('increment of a missing field sets it', {}, FieldValue.increment(3), 3),
  becomes('increment of what is no number sets it', { v: 'x' }, FieldValue.increment(3), 3),
  becomes('increment by a fraction gives a double', { v: 5 }, FieldValue.increment(0.5), 5.5),
  {
    name: 'increment stops at the ends of 64 bits',
    run: async ({ items }) => {
      await items.doc('a').set({ v: 2n ** 63n - 2n })
      await items.doc('a').update({ v: FieldValue.increment(5) })
      expect((await items.where('v', '==', 2n ** 63n - 1n).get()).size).toBe(1)
    },
  },
  picks('maximum', { integerValue: '5' }, { integerValue: '9' }, { integerValue: '9' }),
  picks('maximum', { integerValue: '3' }, { doubleValue: 3 }, { integerValue: '3' }),
  picks('maximum', { integerValue: '3' }, { doubleValue: 3.5 }, { doubleValue: 3.5 }),
  picks('maximum', { integerValue: '3' }, { doubleValue: Number.NaN }, { doubleValue: Number.NaN }),
  picks('minimum', { integerValue: '5' }, { integerValue: '9' }, { integerValue: '5' }),
  picks('minimum', { doubleValue: 2.5 }, { integerValue: '2' }, { integerValue: '2' }),
  becomes('a union adds what is missing', { v: [1] }, FieldValue.arrayUnion(1, 2, 2), [1, 2]),
  becomes('a union with what is no array begins one', { v: 1 }, FieldValue.arrayUnion(2), [2]),
  becomes('a remove takes all equal elements', { v: [1, 2, 1] }, FieldValue.arrayRemove(1), [2]),
  becomes('a remove of a missing field leaves an empty array', {}, FieldValue.arrayRemove(1), []),
  {
    name: 'the server time is whole milliseconds and the same in the whole commit',
    run: async ({ db, items }) => {
      const batch = db.batch()
      batch.set(items.doc('a'), { t: FieldValue.serverTimestamp() })
      batch.set(items.doc('b'), { t: FieldValue.serverTimestamp() })
      await batch.commit()
      const times = (await items.get()).docs.map((document) => document.get('t') as Timestamp)
      expect(times[0]).toEqual(times[1])
      expect((times[0]?.nanoseconds ?? 1) % 1_000_000).toBe(0)
    },
  },
  {
    name: 'a transform of a missing document makes it, and is NOT_FOUND in an update',
    run: async ({ items }) => {
      const change = { v: FieldValue.increment(1) }
      expect((await refusal(items.doc('a').update(change))).code).toBe(code.notFound)
      await items.doc('a').set(change, { merge: true })
      expect((await items.doc('a').get()).data()).toEqual({ v: 1 })
    },
  },
  {
    name: 'an array in an array is refused in a union as well',
    unlikeGoogle: 'it lets the transform put an array into an array',
    run: async ({ low, database, parent }) => {
      const element = { arrayValue: { values: [] } }
      const fieldTransforms = [{ fieldPath: 'v', appendMissingElements: { values: [element] } }]
      const writes = [{ transform: { document: `${parent}/items/a`, fieldTransforms } }]
      const { code: found } = await refusal(low.commit({ database, writes }))
      expect(found).toBe(code.invalidArgument)
    },
  },
]
