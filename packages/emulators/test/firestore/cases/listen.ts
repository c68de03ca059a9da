import type { DocumentSnapshot, Query, QuerySnapshot } from '@google-cloud/firestore'
import { expect, vi } from 'vitest'
import { code } from '../case.ts'
import type { Check } from '../case.ts'

// Calls `check` with what was told so far, as text, for as long as it takes.
const listen = async (query: Query, check: (seen: string[]) => Promise<void>): Promise<void> => {
  const seen: string[] = []
  const stop = query.onSnapshot(
    (snapshot: QuerySnapshot) => {
      const changes = snapshot.docChanges().map(({ type, doc }) => `${type} ${doc.id}`)
      seen.push(changes.length === 0 ? 'empty' : changes.join(', '))
    },
    (error: Error) => seen.push(`error ${error.message}`),
  )
  await check(seen).finally(stop)
}

const soon = (seen: string[], last: string): Promise<void> =>
  vi.waitFor(() => expect(seen.at(-1)).toBe(last), { timeout: 10_000, interval: 10 })

/** What a client is told of changes. */
export const listenChecks: Check[] = [
  {
    name: 'a query is told at first, and then of each change',
    run: async ({ items }) => {
      await items.doc('a').set({ n: 1 })
      await listen(items.where('n', '>', 0), async (seen) => {
        await soon(seen, 'added a')
        await items.doc('b').set({ n: 2 })
        await soon(seen, 'added b')
        await items.doc('a').update({ n: 3 })
        await soon(seen, 'modified a')
        await items.doc('a').update({ n: 0 })
        await soon(seen, 'removed a')
        await items.doc('b').delete()
        await soon(seen, 'removed b')
      })
    },
  },
  {
    name: 'an empty query is told of as well',
    run: async ({ items }) => {
      await listen(items, async (seen) => {
        await soon(seen, 'empty')
        await items.doc('a').set({})
        await soon(seen, 'added a')
      })
    },
  },
  {
    name: 'writes elsewhere and writes that change nothing are not told of',
    run: async ({ items, root }) => {
      await items.doc('a').set({ n: 1 })
      await listen(items, async (seen) => {
        await soon(seen, 'added a')
        await root.collection('others').doc('x').set({})
        await items.doc('a').set({ n: 1 })
        await items.doc('z').set({ n: 1 })
        await soon(seen, 'added z')
        expect(seen).toEqual(['added a', 'added z'])
      })
    },
  },
  {
    name: 'a batch is told of at once',
    run: async ({ db, items }) => {
      await listen(items, async (seen) => {
        await soon(seen, 'empty')
        await db.batch().set(items.doc('a'), {}).set(items.doc('b'), {}).commit()
        await soon(seen, 'added a, added b')
      })
    },
  },
  {
    name: 'the first of an order are followed by the next',
    run: async ({ items }) => {
      for (const [at, id] of ['a', 'b', 'c'].entries()) await items.doc(id).set({ n: at })
      await listen(items.orderBy('n').limit(2), async (seen) => {
        await soon(seen, 'added a, added b')
        await items.doc('a').delete()
        await soon(seen, 'removed a, added c')
      })
    },
  },
  {
    name: 'one document is told of, from missing to missing',
    run: async ({ items }) => {
      const seen: unknown[] = []
      const stop = items
        .doc('a')
        .onSnapshot((snapshot: DocumentSnapshot) => seen.push(snapshot.data() ?? null))
      const last = (value: unknown): Promise<void> =>
        vi.waitFor(() => expect(seen.at(-1)).toEqual(value), { timeout: 10_000, interval: 10 })
      await vi.waitFor(() => expect(seen).toEqual([null]), { timeout: 10_000, interval: 10 })
      await items.doc('a').set({ n: 1 })
      await last({ n: 1 })
      await items.doc('a').delete()
      await last(null)
      stop()
    },
  },
  {
    name: 'a query without its index is refused',
    unlikeGoogle: 'it has no indexes and runs every query',
    run: async ({ items }) => {
      await listen(items.orderBy('a').orderBy('b'), async (seen) => {
        await vi.waitFor(() => expect(seen).toHaveLength(1), { timeout: 10_000, interval: 10 })
        expect(seen[0]).toContain('The query requires an index.')
        expect(seen[0]).toContain(String(code.failedPrecondition))
      })
    },
  },
]
