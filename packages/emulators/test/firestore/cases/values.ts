import { FieldValue, GeoPoint, Timestamp } from '@google-cloud/firestore'
import { expect } from 'vitest'
import type { Check, Context } from '../case.ts'

const comesBack = (name: string, make: (context: Context) => unknown): Check => ({
  name: `${name} comes back as it was`,
  run: async (context) => {
    const value = make(context)
    const document = context.items.doc('a')
    await document.set({ value })
    expect((await document.get()).get('value')).toEqual(value)
  },
})

/** Every type of value survives. */
export const valueChecks: Check[] = [
  comesBack('null', () => null),
  comesBack('a boolean', () => false),
  comesBack('minus zero', () => -0),
  comesBack('NaN', () => Number.NaN),
  comesBack('infinity', () => -Infinity),
  comesBack('the smallest double', () => 5e-324),
  comesBack('an empty string', () => ''),
  comesBack('a string with an emoji and U+0000', () => '😀\u0000é'),
  comesBack('empty bytes', () => Buffer.alloc(0)),
  comesBack('bytes', () => Buffer.from([0, 255, 1])),
  comesBack('a timestamp with microseconds', () => new Timestamp(-5, 123_456_000)),
  comesBack('a point', () => new GeoPoint(0, -179.5)),
  comesBack('a vector', () => FieldValue.vector([1, 2.5])),
  comesBack('a map in an array in a map', () => ({ list: [{ inner: [1, 'x', null] }], empty: {} })),
  {
    name: 'a reference comes back as it was',
    run: async ({ items }) => {
      await items.doc('a').set({ value: items.doc('b') })
      const { path } = (await items.doc('a').get()).get('value')
      expect(path).toBe(items.doc('b').path)
    },
  },
  {
    name: 'an integer beyond 2^53 is exact in a filter',
    run: async ({ items }) => {
      await items.doc('a').set({ value: 2n ** 53n + 1n })
      expect((await items.where('value', '==', 2n ** 53n).get()).size).toBe(0)
      expect((await items.where('value', '==', 2n ** 53n + 1n).get()).size).toBe(1)
    },
  },
  {
    name: 'a timestamp loses what is finer than a microsecond',
    run: async ({ items }) => {
      await items.doc('a').set({ value: new Timestamp(1, 1999) })
      expect((await items.doc('a').get()).get('value')).toEqual(new Timestamp(1, 1000))
    },
  },
]
