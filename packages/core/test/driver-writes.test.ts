import { expect, test } from 'vitest'
import * as z from 'zod'
import { defineEntity } from '@holdfast/core'
import {
  type Filter,
  type PatchWrite,
  type PutWrite,
  refuses,
  type StoredRecord,
  valueAfter,
} from '@holdfast/core/driver'

const { model: entity } = defineEntity('note', {
  schema: z.object({ id: z.string(), n: z.int().optional(), big: z.bigint().nullish() }),
  key: { partition: ['id'] },
})
const version = (at: number): string => `00${String(at).padStart(19, '0')}A`
const [key, id, value] = [['a'], version(2), { id: 'a', n: 1 }]
const held: StoredRecord = { value, version: version(1) }
const write: PutWrite = { kind: 'put', entity, key, id, expect: 'any', value }
const over = (n: number): Filter => ({ op: 'gt', field: 'n', value: n })

test('a write meets what it expects, or is refused', () => {
  expect(refuses(undefined, write)).toBe(false)
  expect(refuses(held, write)).toBe(false)
  expect(refuses(held, { ...write, expect: 'absent' })).toBe(true)
  expect(refuses(undefined, { ...write, expect: 'present' })).toBe(true)
  expect(refuses(undefined, { ...write, version: held.version })).toBe(true)
  expect(refuses(held, { ...write, version: held.version })).toBe(false)
  expect(refuses(held, { ...write, version: version(0) })).toBe(true)
})

test('a write is refused by itself, and by what came later; a check is not', () => {
  for (const later of [id, version(3)]) {
    expect(refuses({ value, version: later }, write)).toBe(true)
    const check = { kind: 'check', entity, key, id, expect: 'present' } as const
    expect(refuses({ value, version: later }, check)).toBe(false)
  }
})

test('a condition must be true of the record, and asks nothing where there is none', () => {
  const positive: PutWrite = { ...write, condition: over(0) }
  expect(refuses(held, positive)).toBe(false)
  expect(refuses(undefined, positive)).toBe(false)
  expect(refuses(held, { ...write, condition: over(1) })).toBe(true)
  // Of a missing value nothing is true, and nothing false.
  expect(refuses({ ...held, value: { id: 'a' } }, positive)).toBe(true)
})

test('what a write leaves', () => {
  expect(valueAfter(write, { id: 'a', big: 1n })).toEqual(value)
  expect(valueAfter({ kind: 'delete', entity, key, id, expect: 'present' }, value)).toBe(undefined)
  const patch: PatchWrite = {
    kind: 'patch',
    entity,
    key,
    id,
    expect: 'present',
    set: { id: 'a' },
    remove: ['n'],
    // The second is a name that every object has.
    increment: { big: 2n, valueOf: 3 },
  }
  expect(valueAfter(patch, { ...value, big: 5n })).toEqual({ id: 'a', big: 7n, valueOf: 3 })
  expect(valueAfter(patch, { id: 'a', big: null })).toEqual({ id: 'a', big: 2n, valueOf: 3 })
})
