import { FieldValue } from '@google-cloud/firestore'
import { expect } from 'vitest'
import { code, refusal } from '../case.ts'
import type { Check, Context } from '../case.ts'

const begin = async ({ low, database }: Context, options = {}): Promise<Buffer> =>
  (await low.beginTransaction({ database, options }))[0].transaction as Buffer

const read = (context: Context, transaction: Buffer, id: string): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const { low, database, parent } = context
    const documents = [`${parent}/items/${id}`]
    const stream = low.batchGetDocuments({ database, documents, transaction })
    stream
      .on('data', () => undefined)
      .on('error', reject)
      .on('end', resolve)
  })

const commit = async (context: Context, transaction: Buffer, id?: string): Promise<unknown> => {
  const { low, database, parent } = context
  const update = { name: `${parent}/items/${id}`, fields: { by: { bytesValue: transaction } } }
  return low.commit({ database, transaction, writes: id === undefined ? [] : [{ update }] })
}

/** Transactions and reads of the past. */
export const transactionChecks: Check[] = [
  {
    name: 'ten contended increments lose nothing',
    run: async ({ db, items }) => {
      await items.doc('a').set({ n: 0 })
      await Promise.all(
        Array.from({ length: 10 }, () =>
          db.runTransaction(
            async (transaction) => {
              const n = (await transaction.get(items.doc('a'))).get('n') as number
              transaction.update(items.doc('a'), { n: n + 1 })
            },
            { maxAttempts: 20 },
          ),
        ),
      )
      expect((await items.doc('a').get()).get('n')).toBe(10)
    },
  },
  {
    name: 'two transactions that read what the other writes cannot both commit',
    run: async (context) => {
      const { items } = context
      await items.doc('a').set({ n: 0 })
      await items.doc('b').set({ n: 0 })
      const [one, two] = [await begin(context), await begin(context)]
      await Promise.all([read(context, one, 'a'), read(context, two, 'b')])
      await Promise.all([read(context, one, 'b'), read(context, two, 'a')])
      const outcomes = await Promise.allSettled([
        commit(context, one, 'a'),
        commit(context, two, 'b'),
      ])
      const lost = outcomes.filter(({ status }) => status === 'rejected')
      expect(lost).toHaveLength(1)
      expect(lost[0]).toMatchObject({ reason: { code: code.aborted } })
    },
  },
  {
    name: 'a write outside waits for a transaction that has read',
    run: async (context) => {
      const { items } = context
      await items.doc('a').set({ n: 0 })
      const transaction = await begin(context)
      await read(context, transaction, 'a')
      let isDone = false
      const outside = items
        .doc('a')
        .set({ outside: true })
        .then(() => {
          isDone = true
        })
      await new Promise((resolve) => setTimeout(resolve, 200))
      expect(isDone).toBe(false)
      await commit(context, transaction, 'a')
      await outside
      expect((await items.doc('a').get()).data()).toEqual({ outside: true })
    },
  },
  {
    name: 'a document that comes into a query that was read waits as well',
    run: async (context) => {
      const { db, items } = context
      const order: string[] = []
      let outside: Promise<unknown> | undefined
      await db.runTransaction(async (transaction) => {
        const found = await transaction.get(items.where('n', '==', 1))
        outside ??= items
          .doc('new')
          .set({ n: 1 })
          .then(() => order.push('outside'))
        await new Promise((resolve) => setTimeout(resolve, 200))
        order.push('transaction')
        transaction.set(items.doc('count'), { size: found.size })
      })
      await outside
      expect(order.at(-1)).toBe('outside')
      expect((await items.doc('count').get()).get('size')).toBe(0)
    },
  },
  {
    name: 'a transaction that fails leaves nothing',
    run: async ({ db, items }) => {
      const failing = db.runTransaction(async (transaction) => {
        transaction.set(items.doc('a'), { n: 1 })
        await Promise.reject(new Error('changed its mind'))
      })
      await expect(failing).rejects.toThrow('changed its mind')
      expect((await items.get()).size).toBe(0)
    },
  },
  {
    name: 'writes of a transaction are applied together, transforms too',
    run: async ({ db, items }) => {
      await items.doc('a').set({ n: 5 })
      const read = await db.runTransaction(async (transaction) => {
        const found = await transaction.get(items.doc('a'))
        transaction.update(items.doc('a'), { n: FieldValue.increment(-2) })
        transaction.create(items.doc('b'), { n: 2 })
        return found.get('n') as number
      })
      expect(read).toBe(5)
      expect((await items.get()).docs.map((document) => document.get('n') as number)).toEqual([
        3, 2,
      ])
    },
  },
  {
    name: 'a read-only transaction sees one moment',
    run: async ({ db, items }) => {
      await items.doc('a').set({ n: 1 })
      const seen = await db.runTransaction(
        async (transaction) => {
          const first = await transaction.get(items.doc('a'))
          await items.doc('a').set({ n: 2 })
          const second = await transaction.get(items.where('n', '>', 0))
          return [first.get('n'), second.docs[0]?.get('n')] as unknown[]
        },
        { readOnly: true },
      )
      expect(seen).toEqual([1, 1])
    },
  },
  {
    name: 'a read-only transaction can look at the past',
    run: async ({ db, items }) => {
      const { writeTime: readTime } = await items.doc('a').set({ n: 1 })
      await items.doc('a').set({ n: 2 })
      await items.doc('b').set({ n: 1 })
      const past = await db.runTransaction((transaction) => transaction.get(items), {
        readOnly: true,
        readTime,
      })
      expect(past.docs.map((document) => document.data())).toEqual([{ n: 1 }])
    },
  },
  {
    name: 'a write in a read-only transaction is refused',
    run: async (context) => {
      const transaction = await begin(context, { readOnly: {} })
      const { code: found } = await refusal(commit(context, transaction, 'a'))
      expect(found).toBe(code.invalidArgument)
    },
  },
  {
    name: 'a transaction commits once',
    run: async (context) => {
      const transaction = await begin(context)
      await commit(context, transaction, 'a')
      const { code: found } = await refusal(commit(context, transaction, 'a'))
      expect(found).toBe(code.invalidArgument)
    },
  },
  {
    name: 'a transaction that was rolled back cannot commit or read, and may be rolled back again',
    run: async (context) => {
      const { low, database } = context
      const transaction = await begin(context)
      await low.rollback({ database, transaction })
      await low.rollback({ database, transaction })
      expect((await refusal(commit(context, transaction))).code).toBe(code.invalidArgument)
      expect((await refusal(read(context, transaction, 'a'))).code).toBe(code.invalidArgument)
    },
  },
  {
    name: 'a rolled back transaction no longer holds up others',
    run: async (context) => {
      const { low, database, items } = context
      const transaction = await begin(context)
      await read(context, transaction, 'a')
      await low.rollback({ database, transaction })
      await items.doc('a').set({ n: 1 })
    },
  },
  {
    name: 'a read of the future and one of long ago are refused',
    unlikeGoogle: 'it lets the past be read without end',
    run: async ({ low, database, parent }) => {
      const now = Math.floor(Date.now() / 1000)
      const name = `${parent}/items/a`
      expect(database).not.toBe('')
      const future = low.getDocument({ name, readTime: { seconds: now + 1000 } })
      expect((await refusal(future)).code).toBe(code.invalidArgument)
      const past = low.getDocument({ name, readTime: { seconds: now - 7200 } })
      expect((await refusal(past)).code).toBe(code.failedPrecondition)
    },
  },
]
