import { Timestamp } from '@google-cloud/firestore'
import { expect } from 'vitest'
import { code, refusal } from '../case.ts'
import type { Check, Context } from '../case.ts'

const nested = (levels: number): object =>
  Array.from({ length: levels }).reduce<object>((inner) => ({ a: inner }), {})

const refused = (
  name: string,
  write: (context: Context) => Promise<unknown>,
  more: Partial<Check> = {},
): Check => ({
  name: `${name} is refused`,
  run: async (context) => {
    expect((await refusal(write(context))).code).toBe(code.invalidArgument)
  },
  ...more,
})

const accepted = (
  name: string,
  write: (context: Context) => Promise<unknown>,
  more: Partial<Check> = {},
): Check => ({
  name: `${name} is accepted`,
  run: async (context) => {
    await write(context)
  },
  ...more,
})

const megabytes = ({ db, items }: Context, count: number): Promise<unknown> => {
  const batch = db.batch()
  for (let n = 0; n < count; n++) batch.set(items.doc(`d${n}`), { s: 'x'.repeat(1_000_000) })
  return batch.commit()
}

const put = async ({ low, database, parent }: Context, id: string, fields = {}): Promise<unknown> =>
  low.commit({ database, writes: [{ update: { name: `${parent}/items/${id}`, fields } }] })

const one = { integerValue: 1 }
const MIB = 1_048_576

// The sizes that the service counts: 32 for the document, 16 for its name and each id and name with one more.
const room = ({ items }: Context, id: string, field: string): number =>
  MIB -
  32 -
  16 -
  [...items.path.split('/'), id, field].reduce((sum, part) => sum + part.length + 1, 0) -
  1

/** What the service does not take. https://cloud.google.com/firestore/quotas */
export const limitChecks: Check[] = [
  refused('the reserved document id __a__', (context) => put(context, '__a__')),
  refused('the document id "."', (context) => put(context, '.')),
  refused('the document id ".."', (context) => put(context, '..')),
  refused('a document id of 1501 bytes', (context) => put(context, 'é'.repeat(750) + 'x')),
  accepted('a document id of 1500 bytes', (context) => put(context, 'é'.repeat(750))),
  refused('the name of a collection as a document', ({ low, database, parent }) =>
    low.commit({ database, writes: [{ update: { name: `${parent}/items` } }] }),
  ),
  refused(
    'a document of another database',
    ({ low, database }) => {
      const name = `${database.replace('(default)', 'other')}/documents/a/b`
      return low.commit({ database, writes: [{ update: { name } }] })
    },
    { unlikeGoogle: 'it writes into the other database' },
  ),
  refused('an empty field name', (context) => put(context, 'a', { '': one })),
  refused('the reserved field name __a__', (context) => put(context, 'a', { __a__: one })),
  refused('a reserved field name in a map', (context) =>
    put(context, 'a', { m: { mapValue: { fields: { __a__: one } } } }),
  ),
  refused('a field name of 1501 bytes', (context) =>
    put(context, 'a', { ['x'.repeat(1501)]: one }),
  ),
  refused('an array in an array', ({ items }) => items.doc('a').set({ a: [[1]] })),
  accepted('an array in a map in an array', ({ items }) => items.doc('a').set({ a: [{ b: [1] }] })),
  refused('a field without a value', (context) => put(context, 'a', { a: {} })),
  accepted('20 maps in one another', ({ items }) => items.doc('a').set({ m: nested(19) })),
  refused('21 maps in one another', ({ items }) => items.doc('a').set({ m: nested(20) })),
  {
    name: 'a document of exactly 1 MiB is accepted, one byte more is refused',
    run: async (context) => {
      const size = room(context, 'a', 's') - 20
      const document = context.items.doc('a')
      // Two fields, because one value may have 89 bytes less than a document.
      const rest = { t: 'y'.repeat(20 - 3) }
      await document.set({ s: 'x'.repeat(size), ...rest })
      const tooLarge = document.set({ s: 'x'.repeat(size + 1), ...rest })
      expect((await refusal(tooLarge)).code).toBe(code.invalidArgument)
    },
  },
  refused('a string of 1 MiB less 88 bytes', ({ items }) =>
    items.doc('a').set({ s: 'x'.repeat(MIB - 88) }),
  ),
  refused('a request of more than 10 MiB', (context) => megabytes(context, 11), {
    unlikeGoogle: 'it takes 4 MiB and says RESOURCE_EXHAUSTED',
  }),
  accepted('a request of 9 MB', (context) => megabytes(context, 9), {
    unlikeGoogle: 'it takes 4 MiB',
  }),
  refused('a timestamp before the year 1', (context) =>
    put(context, 'a', { t: { timestampValue: { seconds: -62_135_596_801 } } }),
  ),
  refused('a latitude of 91', (context) =>
    put(context, 'a', { g: { geoPointValue: { latitude: 91, longitude: 0 } } }),
  ),
  refused(
    'more than 500 transformations of a document',
    ({ low, database, parent }) => {
      const fieldTransforms = Array.from({ length: 501 }, (_, n) => ({
        fieldPath: `f${n}`,
        increment: one,
      }))
      const transform = { document: `${parent}/items/a`, fieldTransforms }
      return low.commit({ database, writes: [{ transform }] })
    },
    { unlikeGoogle: 'it does not count' },
  ),
  refused('a write without an operation', ({ low, database }) =>
    low.commit({ database, writes: [{}] }),
  ),
  refused('a precondition on a part of a microsecond', ({ items }) =>
    items.doc('a').delete({ lastUpdateTime: new Timestamp(1, 1) }),
  ),
]
