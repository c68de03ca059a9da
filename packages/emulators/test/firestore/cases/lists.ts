import { expect } from 'vitest'
import { code, refusal } from '../case.ts'
import type { Check } from '../case.ts'

/** What lies where. */
export const listChecks: Check[] = [
  {
    name: 'the collections of a document, those of missing documents too',
    run: async ({ root }) => {
      await root.collection('b').doc('x').set({})
      await root.collection('a').doc('missing').collection('deep').doc('y').set({})
      expect((await root.listCollections()).map(({ id }) => id)).toEqual(['a', 'b'])
    },
  },
  {
    name: 'a collection whose documents are gone is gone',
    run: async ({ root }) => {
      await root.collection('a').doc('x').set({})
      await root.collection('a').doc('x').delete()
      expect(await root.listCollections()).toEqual([])
    },
  },
  {
    name: 'the documents of a collection, missing ones that hold others too',
    run: async ({ items }) => {
      await items.doc('b').set({ n: 1 })
      await items.doc('a').collection('deep').doc('y').set({})
      expect((await items.listDocuments()).map(({ id }) => id)).toEqual(['a', 'b'])
    },
  },
  {
    name: 'documents page by page, with some fields, in an order',
    unlikeGoogle: 'it fails with UNKNOWN on the second page',
    run: async ({ low, parent, items }) => {
      for (const [at, id] of ['a', 'b', 'c'].entries()) await items.doc(id).set({ n: -at, m: 1 })
      const [found] = await low.listDocuments({
        parent,
        collectionId: 'items',
        pageSize: 2,
        orderBy: 'n',
        mask: { fieldPaths: ['m'] },
      })
      expect(found.map((document) => document.name?.slice(-1))).toEqual(['c', 'b', 'a'])
      expect(Object.keys(found[0]?.fields ?? {})).toEqual(['m'])
    },
  },
  {
    name: 'an order beside missing documents is refused',
    run: async ({ low, parent }) => {
      const listed = low.listDocuments({
        parent,
        collectionId: 'items',
        showMissing: true,
        orderBy: 'n',
      })
      expect((await refusal(listed)).code).toBe(code.invalidArgument)
    },
  },
]
