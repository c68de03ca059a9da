import { expect } from 'vitest'
import { code, refusal } from '../case.ts'
import type { Check } from '../case.ts'

/** Several writes in one request. */
export const batchChecks: Check[] = [
  {
    name: 'a batch is applied as a whole, at one time',
    run: async ({ db, items }) => {
      const batch = db.batch().set(items.doc('a'), { n: 1 }).set(items.doc('b'), { n: 2 })
      const [first, second] = await batch.commit()
      expect(first?.writeTime).toEqual(second?.writeTime)
      expect((await items.get()).size).toBe(2)
    },
  },
  {
    name: 'a batch of which one write fails changes nothing',
    run: async ({ db, items }) => {
      await items.doc('b').set({ n: 1 })
      const batch = db.batch().set(items.doc('a'), { n: 1 }).delete(items.doc('b'))
      expect(
        (await refusal(batch.create(items.doc('b'), {}).create(items.doc('b'), {}).commit())).code,
      ).toBeGreaterThan(0)
      expect((await items.get()).docs.map(({ id }) => id)).toEqual(['b'])
    },
  },
  {
    name: 'writes of one batch to one document are applied in order',
    run: async ({ db, items }) => {
      const document = items.doc('a')
      await db.batch().set(document, { n: 1, m: 1 }).update(document, { n: 2 }).commit()
      expect((await document.get()).data()).toEqual({ n: 2, m: 1 })
    },
  },
  {
    name: 'a batch may hold more than 500 writes',
    run: async ({ db, items }) => {
      const batch = db.batch()
      for (let n = 0; n < 600; n++) batch.set(items.doc(`d${n}`), { n })
      expect(await batch.commit()).toHaveLength(600)
      expect((await items.count().get()).data().count).toBe(600)
    },
  },
  {
    name: 'a bulk writer tells of each write by itself',
    run: async ({ db, items }) => {
      await items.doc('b').set({ n: 1 })
      const writer = db.bulkWriter()
      writer.onWriteError(() => false)
      const outcomes = Promise.allSettled([
        writer.create(items.doc('a'), { n: 1 }),
        writer.create(items.doc('b'), { n: 1 }),
        writer.set(items.doc('c'), { n: 1 }),
      ])
      await writer.close()
      expect((await outcomes).map(({ status }) => status)).toEqual([
        'fulfilled',
        'rejected',
        'fulfilled',
      ])
    },
  },
  {
    name: 'BatchWrite refuses two writes to one document',
    run: async ({ low, database, parent }) => {
      const write = { update: { name: `${parent}/items/a` } }
      const { code: found } = await refusal(low.batchWrite({ database, writes: [write, write] }))
      expect(found).toBe(code.invalidArgument)
    },
  },
  {
    name: 'several documents are read at one time, missing ones too',
    run: async ({ db, items }) => {
      await items.doc('a').set({ n: 1 })
      const found = await db.getAll(items.doc('a'), items.doc('b'), items.doc('a'))
      expect(found.map(({ exists }) => exists)).toEqual([true, false, true])
      expect(found[0]?.readTime).toEqual(found[1]?.readTime)
    },
  },
  {
    name: 'everything below a collection can be deleted recursively',
    run: async ({ db, items }) => {
      const paths = ['a', 'a/s/b', 'a/s/b/t/c', 'missing/s/d']
      for (const path of paths) await items.doc(path).set({ n: 1 })
      await items.parent?.collection('others').doc('x').set({ n: 1 })
      await db.recursiveDelete(items)
      for (const path of paths) expect((await items.doc(path).get()).exists, path).toBe(false)
      expect((await items.parent?.collection('others').get())?.size).toBe(1)
    },
  },
]
