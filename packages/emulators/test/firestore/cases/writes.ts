import { Timestamp } from '@google-cloud/firestore'
import { expect } from 'vitest'
import { code, refusal } from '../case.ts'
import type { Check } from '../case.ts'

/** Single writes and their preconditions. */
export const writeChecks: Check[] = [
  {
    name: 'create makes a document once',
    run: async ({ items }) => {
      await items.doc('a').create({ n: 1 })
      expect((await refusal(items.doc('a').create({ n: 2 }))).code).toBe(code.alreadyExists)
      expect((await items.doc('a').get()).data()).toEqual({ n: 1 })
    },
  },
  {
    name: 'update of a missing document is NOT_FOUND and makes nothing',
    run: async ({ items }) => {
      expect((await refusal(items.doc('a').update({ n: 1 }))).code).toBe(code.notFound)
      expect((await items.doc('a').get()).exists).toBe(false)
    },
  },
  {
    name: 'delete of a missing document is well, and NOT_FOUND when it must exist',
    run: async ({ items }) => {
      await items.doc('a').delete()
      const { code: found } = await refusal(items.doc('a').delete({ exists: true }))
      expect(found).toBe(code.notFound)
    },
  },
  {
    name: 'set replaces the whole document',
    run: async ({ items }) => {
      await items.doc('a').set({ n: 1, gone: true })
      await items.doc('a').set({ n: 2 })
      expect((await items.doc('a').get()).data()).toEqual({ n: 2 })
    },
  },
  {
    name: 'an update with an old update time is FAILED_PRECONDITION',
    run: async ({ items }) => {
      const { writeTime } = await items.doc('a').set({ n: 1 })
      await items.doc('a').set({ n: 2 })
      const { code: found, details } = await refusal(
        items.doc('a').update({ n: 3 }, { lastUpdateTime: writeTime }),
      )
      expect(found).toBe(code.failedPrecondition)
      expect(details).toContain('does not match the required base version')
      expect((await items.doc('a').get()).get('n')).toBe(2)
    },
  },
  {
    name: 'an update with the right update time is applied',
    run: async ({ items }) => {
      const { writeTime } = await items.doc('a').set({ n: 1 })
      await items.doc('a').update({ n: 2 }, { lastUpdateTime: writeTime })
      expect((await items.doc('a').get()).get('n')).toBe(2)
    },
  },
  {
    name: 'a delete with an old update time is FAILED_PRECONDITION',
    run: async ({ items }) => {
      const { writeTime } = await items.doc('a').set({ n: 1 })
      await items.doc('a').set({ n: 2 })
      const { code: found } = await refusal(items.doc('a').delete({ lastUpdateTime: writeTime }))
      expect(found).toBe(code.failedPrecondition)
    },
  },
  {
    name: 'an update time demanded of a missing document is FAILED_PRECONDITION',
    run: async ({ items }) => {
      const lastUpdateTime = Timestamp.fromMillis(1000)
      const { code: found } = await refusal(items.doc('a').update({ n: 1 }, { lastUpdateTime }))
      expect(found).toBe(code.failedPrecondition)
    },
  },
  {
    name: 'a write that changes nothing keeps the update time',
    run: async ({ items }) => {
      const first = await items.doc('a').set({ n: 1, list: [{ a: 1 }] })
      const second = await items.doc('a').set({ n: 1, list: [{ a: 1 }] })
      expect(second.writeTime).toEqual(first.writeTime)
      expect((await items.doc('a').get()).updateTime).toEqual(first.writeTime)
    },
  },
  {
    name: 'each change has a later time than the one before',
    run: async ({ items }) => {
      const times: bigint[] = []
      for (let n = 0; n < 20; n++) {
        const { writeTime } = await items.doc('a').set({ n })
        times.push(BigInt(writeTime.seconds) * 1_000_000_000n + BigInt(writeTime.nanoseconds))
      }
      expect(times.every((time, at) => at === 0 || time > (times[at - 1] ?? 0n))).toBe(true)
      expect(times.every((time) => time % 1000n === 0n)).toBe(true)
    },
  },
  {
    name: 'the create time stays through updates and is new after a delete',
    run: async ({ items }) => {
      const { writeTime } = await items.doc('a').create({ n: 1 })
      await items.doc('a').update({ n: 2 })
      expect((await items.doc('a').get()).createTime).toEqual(writeTime)
      await items.doc('a').delete()
      await items.doc('a').create({ n: 3 })
      expect((await items.doc('a').get()).createTime).not.toEqual(writeTime)
    },
  },
  {
    name: 'a document below a missing one can be written',
    run: async ({ items }) => {
      await items.doc('missing/deep/b').set({ n: 1 })
      expect((await items.doc('missing').get()).exists).toBe(false)
      expect((await items.doc('missing/deep/b').get()).get('n')).toBe(1)
    },
  },
  {
    name: 'the single-document methods of the protocol work',
    run: async ({ low, parent }) => {
      const fields = { n: { integerValue: 1 }, m: { integerValue: 2 } }
      const name = `${parent}/items/a`
      const make = { parent, collectionId: 'items', documentId: 'a', document: { fields } }
      await low.createDocument(make)
      expect((await refusal(low.createDocument(make))).code).toBe(code.alreadyExists)
      const document = { name, fields: { n: { integerValue: 5 } } }
      await low.updateDocument({ document, updateMask: { fieldPaths: ['n'] } })
      const [read] = await low.getDocument({ name, mask: { fieldPaths: ['n'] } })
      expect(Object.keys(read.fields ?? {})).toEqual(['n'])
      expect(String(read.fields?.['n']?.integerValue)).toBe('5')
      await low.deleteDocument({ name })
      expect((await refusal(low.getDocument({ name }))).code).toBe(code.notFound)
    },
  },
  {
    name: 'a document without an id gets one',
    run: async ({ low, parent }) => {
      const [made] = await low.createDocument({ parent, collectionId: 'items', document: {} })
      expect(made.name?.slice(`${parent}/items/`.length)).toMatch(/^[\w-]{10,}$/)
    },
  },
]
