import { type } from 'arktype'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import * as mini from 'zod/mini'
import { defineEntity, type Entity } from '@holdfast/core'
import { caught } from './support/caught.ts'

const kindsOf = ({ model }: Pick<Entity, 'model'>): Record<string, string> =>
  Object.fromEntries(
    Object.values(model.fields).map(({ name, kind, optional }) => [
      name,
      optional ? `${kind}?` : kind,
    ]),
  )

/** Without the types, to define what the types forbid. */
const define = defineEntity as unknown as (name: string, config: object) => Entity

const id = z.string()
const key = { partition: ['id'] } as const

describe('storage kinds from zod 4', () => {
  const kindOf = (field: z.ZodType): string | undefined =>
    kindsOf(defineEntity('thing', { schema: z.object({ id, field }), key }))['field']

  test.each<[string, z.ZodType, string]>([
    ['string', z.string().min(2).max(9), 'string'],
    ['a string format', z.iso.datetime(), 'string'],
    ['a branded string', z.string().brand('sku'), 'string'],
    ['a template literal', z.templateLiteral(['a', z.string()]), 'string'],
    ['int()', z.int(), 'integer'],
    ['number().int()', z.number().int(), 'integer'],
    ['int32()', z.int32(), 'integer'],
    ['a bounded integer', z.int().min(0).max(10), 'integer'],
    ['number', z.number().positive(), 'number'],
    ['float32', z.float32(), 'number'],
    ['bigint', z.bigint(), 'bigint'],
    ['int64', z.int64(), 'bigint'],
    ['boolean', z.boolean(), 'boolean'],
    ['date', z.date(), 'date'],
    ['a coerced date', z.coerce.date(), 'date'],
    ['array', z.array(z.string()), 'array'],
    ['tuple', z.tuple([z.string(), z.number()]), 'array'],
    ['object', z.object({ street: z.string() }), 'object'],
    ['record', z.record(z.string(), z.number()), 'object'],
    ['enum', z.enum(['a', 'b']), 'string'],
    ['an enum of numbers', z.enum({ low: 1, high: 2 }), 'number'],
    ['literal', z.literal('a'), 'string'],
    ['literals with null', z.literal(['a', null]), 'string?'],
    ['a union of literals', z.union([z.literal('a'), z.literal('b')]), 'string'],
    ['a union with null', z.union([z.string(), z.null()]), 'string?'],
    ['a union with undefined', z.union([z.undefined(), z.bigint()]), 'bigint?'],
    [
      'a discriminated union',
      z.discriminatedUnion('k', [
        z.object({ k: z.literal('a') }),
        z.object({ k: z.literal('b'), n: z.number() }),
      ]),
      'object',
    ],
    ['optional', z.string().optional(), 'string?'],
    ['nullable', z.int().nullable(), 'integer?'],
    ['nullish', z.date().nullish(), 'date?'],
    ['default', z.boolean().default(false), 'boolean'],
    ['prefault', z.string().prefault('x'), 'string'],
    ['catch', z.number().catch(1), 'number'],
    ['an optional default', z.string().optional().default('x'), 'string'],
    ['a nullable default', z.string().nullable().default(null), 'string?'],
    ['a nullable that is not optional', z.nonoptional(z.string().nullish()), 'string?'],
    ['a nonoptional', z.nonoptional(z.string().optional()), 'string'],
    ['readonly', z.array(z.string()).readonly(), 'array'],
    ['a refinement', z.string().refine((text) => text !== 'x'), 'string'],
    ['a pipe, by what it produces', z.string().transform(Number).pipe(z.number()), 'number'],
    ['preprocess', z.preprocess((value) => value, z.int()), 'integer'],
    [
      'a codec, by what it produces',
      z.codec(z.string(), z.date(), {
        decode: (text) => new Date(text),
        encode: (date) => date.toISOString(),
      }),
      'date',
    ],
    ['stringbool', z.stringbool(), 'boolean'],
  ])('%s', (_, field, expected) => expect(kindOf(field)).toBe(expected))

  test.each<[string, z.ZodType]>([
    ['transform', z.string().transform((text) => text.length)],
    ['any', z.any()],
    ['unknown', z.unknown()],
    ['json', z.json()],
    ['lazy', z.lazy(() => z.string())],
    ['a union of kinds', z.union([z.string(), z.number()])],
    ['a literal of mixed types', z.literal(['a', 1])],
    ['null alone', z.null()],
    ['map', z.map(z.string(), z.string())],
    ['set', z.set(z.string())],
    ['instanceof', z.instanceof(Uint8Array)],
    ['custom', z.custom<string>()],
    ['an intersection', z.intersection(z.string(), z.string())],
  ])('%s must be named in fields', async (_, field) => {
    const error = await caught(() => kindOf(field))
    expect(error).toMatchObject({ code: 'INVALID', entity: 'thing', field: 'field' })
    expect(error.message).toContain('fields: { field:')
    const named = defineEntity('thing', {
      schema: z.object({ id, field }),
      fields: { field: 'json' },
      key,
    })
    expect(named.model.fields['field']?.kind).toBe('json')
  })

  test('`fields` overrides what is derived', () => {
    const Price = defineEntity('price', {
      schema: z.object({ id, count: z.number().optional() }),
      fields: { count: 'integer' },
      key,
    })
    expect(kindsOf(Price)).toEqual({ id: 'string', count: 'integer?' })
  })

  test('a readonly object tells its kinds by JSON Schema', () => {
    const Thing = defineEntity('thing', {
      schema: z.object({ id, n: z.int().optional(), un: z.string().nullable() }).readonly(),
      key,
    })
    expect(kindsOf(Thing)).toEqual({ id: 'string', n: 'integer?', un: 'string?' })
  })
})

describe('storage kinds from other libraries', () => {
  test('zod/mini', () => {
    const Thing = defineEntity('thing', {
      schema: mini.object({
        id: mini.string(),
        i: mini.int(),
        n: mini.nullable(mini.number()),
        d: mini.optional(mini.date()),
        b: mini._default(mini.boolean(), true),
        u: mini.union([mini.string(), mini.null()]),
      }),
      key,
    })
    expect(kindsOf(Thing)).toEqual({
      id: 'string',
      i: 'integer',
      n: 'number?',
      d: 'date?',
      b: 'boolean',
      u: 'string?',
    })
  })

  test('valibot tells which fields are optional; kinds are named', async () => {
    const schema = v.object({
      id: v.string(),
      n: v.optional(v.number()),
      u: v.union([v.string(), v.null_()]),
      a: v.any(),
      o: v.object({ x: v.string() }),
      p: v.pipe(v.string(), v.minLength(1)),
    })
    expect(await caught(() => defineEntity('thing', { schema, key }))).toMatchObject({
      code: 'INVALID',
      field: 'id',
    })
    const kinds = { id: 'string', n: 'number', u: 'string', a: 'json', o: 'object' } as const
    expect(await caught(() => defineEntity('thing', { schema, key, fields: kinds }))).toMatchObject(
      { code: 'INVALID', field: 'p' },
    )
    const Thing = defineEntity('thing', { schema, key, fields: { ...kinds, p: 'string' } })
    expect(kindsOf(Thing)).toEqual({
      id: 'string',
      n: 'number?',
      u: 'string?',
      a: 'json?',
      o: 'object',
      p: 'string',
    })
  })

  test('a valibot object behind a pipe tells nothing; every field is named', async () => {
    const schema = v.pipe(
      v.object({ id: v.string() }),
      v.check(() => true),
    )
    expect((await caught(() => defineEntity('thing', { schema, key }))).message).toContain('fields')
    expect(kindsOf(defineEntity('thing', { schema, key, fields: { id: 'string' } }))).toEqual({
      id: 'string',
    })
  })

  test('arktype, by its JSON Schema', async () => {
    const schema = type({
      id: 'string',
      i: 'number.integer',
      n: 'number',
      'b?': 'boolean',
      e: "'a'|'b'",
      ne: '1|2',
      nu: 'string|null',
      bn: 'boolean|null',
      arr: 'string[]',
      ob: { x: 'number' },
      rec: 'Record<string, number>',
      parsed: 'string.numeric.parse',
    })
    expect(kindsOf(defineEntity('thing', { schema, key }))).toEqual({
      id: 'string',
      i: 'integer',
      n: 'number',
      b: 'boolean?',
      e: 'string',
      ne: 'number',
      nu: 'string?',
      bn: 'boolean?',
      arr: 'array',
      ob: 'object',
      rec: 'object',
      parsed: 'number',
    })
    expect(
      await caught(() =>
        defineEntity('thing', { schema: type({ id: 'string', x: 'string|number' }), key }),
      ),
    ).toMatchObject({ code: 'INVALID', field: 'x' })
    const dated = type({ id: 'string', at: 'Date' })
    expect(await caught(() => defineEntity('thing', { schema: dated, key }))).toMatchObject({
      code: 'INVALID',
      field: 'at',
    })
    expect(
      kindsOf(defineEntity('thing', { schema: dated, key, fields: { at: 'date' } }))['at'],
    ).toMatch(/^date/)
  })

  describe('any library with `~standard.jsonSchema`', () => {
    const kindOf = (node: object, required = true): string | undefined => {
      const json = {
        type: 'object',
        properties: { id: { type: 'string' }, field: node },
        required: required ? ['id', 'field'] : ['id'],
      }
      const schema = {
        '~standard': {
          version: 1,
          vendor: 'hand-made',
          validate: (value: unknown) => ({ value }),
          jsonSchema: { output: () => json },
        },
      }
      return kindsOf(define('thing', { schema, key }))['field']
    }

    test.each<[object, string]>([
      [{ type: 'string' }, 'string'],
      [{ type: ['string', 'null'] }, 'string?'],
      [{ const: 5 }, 'number'],
      [{ enum: ['a', null] }, 'string?'],
      [{ anyOf: [{ type: 'integer' }, { type: 'null' }] }, 'integer?'],
      [{ anyOf: [{ type: 'string' }, { const: 'x' }] }, 'string'],
      [{ oneOf: [{ enum: ['a', 'b'] }, { const: null }] }, 'string?'],
    ])('%j is %s', (node, expected) => expect(kindOf(node)).toBe(expected))

    test.each<object>([
      {},
      { $ref: '#/$defs/x' },
      { type: ['string', 'number'] },
      { enum: ['a', 1] },
      { anyOf: [{ type: 'string' }, {}] },
      { anyOf: [{ type: 'string' }, { $ref: '#/$defs/x' }] },
      { anyOf: [{ type: 'string' }, { enum: [1, 2] }] },
    ])('%j cannot be derived', async (node) =>
      expect(await caught(() => kindOf(node))).toMatchObject({ code: 'INVALID', field: 'field' }),
    )

    test('a field that is not required is optional', () =>
      expect(kindOf({ type: 'string' }, false)).toBe('string?'))
  })
})

describe('definition errors', () => {
  const schema = z.object({
    id,
    n: z.number(),
    at: z.date(),
    tags: z.array(z.string()),
    revision: z.string(),
  })
  const indexes = (count: number): object =>
    Object.fromEntries(Array.from({ length: count }, (_, at) => [`i${at}`, { partition: ['n'] }]))

  test.each<[string, string, object, object]>([
    ['an empty name', '', {}, {}],
    ['a name with a dot', 'a.b', {}, {}],
    ['a name that begins with a digit', '1a', {}, {}],
    ['a name of 51 letters', 'a'.repeat(51), {}, {}],
    ['an empty key', 'thing', { key: { partition: [] } }, {}],
    ['an unknown key field', 'thing', { key: { partition: ['nope'] } }, { field: 'nope' }],
    ['a key field that is no scalar', 'thing', { key: { partition: ['tags'] } }, { field: 'tags' }],
    ['a key field twice', 'thing', { key: { partition: ['id'], sort: ['id'] } }, {}],
    ['the version in the key', 'thing', { key: { partition: ['revision'] } }, {}],
    ['an index with a bad name', 'thing', { indexes: { 'a b': { partition: ['n'] } } }, {}],
    ['an index without partition', 'thing', { indexes: { a: { partition: [] } } }, {}],
    [
      'an index on an unknown field',
      'thing',
      { indexes: { a: { partition: ['nope'] } } },
      { field: 'nope' },
    ],
    [
      'an index on an array',
      'thing',
      { indexes: { a: { partition: ['n'], sort: ['tags'] } } },
      { field: 'tags' },
    ],
    ['an index with a field twice', 'thing', { indexes: { a: { partition: ['n', 'n'] } } }, {}],
    ['nine indexes', 'thing', { indexes: indexes(9) }, { code: 'LIMIT_EXCEEDED' }],
    ['a sensitive key', 'thing', { sensitive: ['id'] }, { field: 'id' }],
    ['an unknown sensitive field', 'thing', { sensitive: ['nope'] }, { field: 'nope' }],
    ['a version that is no string', 'thing', { version: 'n' }, { field: 'n' }],
    ['an expiry that is no date', 'thing', { expiresAt: 'n' }, { field: 'n' }],
    ['an unknown expiry', 'thing', { expiresAt: 'nope' }, { field: 'nope' }],
  ])('%s', async (_, name, config, expected) => {
    const given = { schema, key, version: 'revision', ...config }
    expect(await caught(() => define(name, given))).toMatchObject({
      code: 'INVALID',
      entity: name,
      ...expected,
    })
  })

  test.each(['a.b', '_a', '$a', '__proto__', 'x'.repeat(256), 'a\0', '\ud800'])(
    'field name %j',
    async (field) => {
      const shape = Object.fromEntries([['id', id] as const])
      Object.defineProperty(shape, field, { value: z.string(), enumerable: true })
      expect(await caught(() => define('thing', { schema: z.object(shape), key }))).toMatchObject({
        code: 'INVALID',
        field,
      })
    },
  )

  test('eight indexes, and a group of its own by default', () => {
    const { model } = define('thing', { schema, key, indexes: indexes(8) })
    expect(Object.keys(model.indexes)).toHaveLength(8)
    expect(model.group).toBe('thing')
    expect(define('thing', { schema, key, group: 'shared' }).model.group).toBe('shared')
  })

  test('key fields are required whatever the schema says', () => {
    const optional = z.object({ id: z.string().optional() })
    expect(kindsOf(define('thing', { schema: optional, key }))).toEqual({ id: 'string' })
  })

  test('the model is plain data without the version field', () => {
    const { model } = define('thing', { schema, key, version: 'revision', sensitive: ['n'] })
    expect(structuredClone(model)).toEqual(model)
    expect(model.fields).not.toHaveProperty('revision')
    expect(model).toMatchObject({ version: 'revision', sensitive: ['n'], key: { sort: [] } })
  })
})
