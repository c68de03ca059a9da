import { randomUUID } from 'node:crypto'
import type { CollectionGroup } from '@google-cloud/firestore'
import { expect } from 'vitest'
import { code, refusal } from '../case.ts'
import type { Check } from '../case.ts'

const idsOf = async (query: { get(): Promise<{ docs: { id: string }[] }> }): Promise<string[]> =>
  (await query.get()).docs.map(({ id }) => id)

/** What a query looks into and gives back. */
export const queryChecks: Check[] = [
  {
    name: 'a query sees the collection itself and not what lies below',
    run: async ({ items }) => {
      await items.doc('a').set({})
      await items.doc('a/items/b').set({})
      expect(await idsOf(items)).toEqual(['a'])
    },
  },
  {
    name: 'a collection group is every collection of its name, in order of the whole names',
    run: async ({ db, root }) => {
      const name = `group-${randomUUID()}`
      await root.collection(name).doc('z').set({})
      await root.collection(`other/x/${name}`).doc('a').set({})
      await root.collection(`${name}/z/${name}`).doc('b').set({})
      const found = (await db.collectionGroup(name).get()).docs.map(({ ref }) => ref.path)
      expect(found.map((path) => path.slice(root.path.length + 1))).toEqual([
        `${name}/z`,
        `${name}/z/${name}/b`,
        `other/x/${name}/a`,
      ])
    },
  },
  {
    name: 'a collection group can be split and read part by part',
    unlikeGoogle: 'it has no PartitionQuery',
    run: async ({ db, root }) => {
      const name = `group-${randomUUID()}`
      const batch = db.batch()
      for (let n = 0; n < 500; n++) batch.set(root.collection(name).doc(), { n })
      await batch.commit()
      const group: CollectionGroup = db.collectionGroup(name)
      const found: string[] = []
      for await (const part of group.getPartitions(4)) found.push(...(await idsOf(part.toQuery())))
      expect(found).toEqual(await idsOf(group))
      expect(found).toHaveLength(500)
    },
  },
  {
    name: 'select gives only the fields that it names',
    run: async ({ items }) => {
      await items.doc('a').set({ a: 1, m: { b: 2, c: 3 } })
      const [found] = (await items.select('m.b', 'none').get()).docs
      expect(found?.data()).toEqual({ m: { b: 2 } })
      const [keys] = (await items.select().get()).docs
      expect([keys?.id, keys?.data()]).toEqual(['a', {}])
    },
  },
  {
    name: 'a stream gives the documents one by one',
    run: async ({ items }) => {
      for (const id of ['a', 'b', 'c']) await items.doc(id).set({})
      const found: string[] = []
      for await (const document of items.stream())
        found.push((document as unknown as { id: string }).id)
      expect(found).toEqual(['a', 'b', 'c'])
    },
  },
  {
    name: 'limit 0 and nothing to be found are both empty, and have a time',
    run: async ({ items }) => {
      const found = await items.where('a', '==', 1).get()
      expect([found.empty, found.readTime.seconds > 0]).toEqual([true, true])
    },
  },
  {
    name: 'a write is seen by the next query',
    run: async ({ items }) => {
      for (let n = 0; n < 20; n++) {
        await items.doc('a').set({ n })
        expect((await items.where('n', '==', n).get()).size).toBe(1)
      }
    },
  },
  {
    name: 'a negative offset and a negative limit are refused',
    run: async ({ items }) => {
      expect((await refusal(items.offset(-1).get())).code).toBe(code.invalidArgument)
      expect((await refusal(items.limit(-1).get())).code).toBe(code.invalidArgument)
    },
  },
  {
    name: 'a long string is sorted by its first 1500 bytes',
    run: async ({ items }) => {
      const long = 'x'.repeat(1500)
      await items.doc('a').set({ v: `${long}2` })
      await items.doc('b').set({ v: `${long}1` })
      expect(await idsOf(items.orderBy('v'))).toEqual(['a', 'b'])
    },
  },
]
