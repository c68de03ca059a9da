import { expect, test } from 'vitest'
import * as z from 'zod'
import { defineEntity } from '@holdfast/core'
import {
  compareDefinition,
  definitionText,
  type EntityModel,
  type IndexModel,
} from '@holdfast/core/driver'

const schema = z.object({ id: z.string(), n: z.int(), text: z.string().optional() })
const note = (
  [partition, sort]: readonly ['id', 'n'] | readonly ['n', 'id'],
  ...byText: readonly Omit<IndexModel, 'name'>[]
): EntityModel => ({
  ...defineEntity('note', { schema, key: { partition: [partition], sort: [sort] } }).model,
  indexes: Object.fromEntries(byText.map((one) => ['byText', { name: 'byText', ...one }])),
})
const byText = { partition: ['text'], sort: ['n'], unique: false }
const first = note(['id', 'n'])
const indexed = note(['id', 'n'], byText)

test('nothing kept yet: all indexes are new', () => {
  expect(compareDefinition(indexed, undefined, 'Table notes')).toEqual({
    added: ['byText'],
    isStale: true,
  })
})

test('an index more or less is a difference, the same is none', () => {
  expect(compareDefinition(indexed, definitionText(indexed), 'Table notes')).toEqual({
    added: [],
    isStale: false,
  })
  expect(compareDefinition(indexed, definitionText(first), 'Table notes')).toEqual({
    added: ['byText'],
    isStale: true,
  })
  expect(compareDefinition(first, definitionText(indexed), 'Table notes')).toEqual({
    added: [],
    isStale: true,
  })
})

test.each([
  [note(['n', 'id']), 'its key was made of [["id"],["n"]] and is now declared as [["n"],["id"]]'],
  [
    note(['id', 'n'], { ...byText, sort: [] }),
    'index byText was made of [["text"],["n"],"not unique"] and is now declared as [["text"],[],"not unique"]',
  ],
  [
    note(['id', 'n'], { ...byText, unique: true }),
    'index byText was made of [["text"],["n"],"not unique"] and is now declared as [["text"],["n"],"unique"]',
  ],
])('what is declared differently is refused: %#', (entity, how) => {
  expect(() => compareDefinition(entity, definitionText(indexed), 'Table notes')).toThrow(
    `Table notes does not fit note: ${how}; declare it under another name.`,
  )
})
