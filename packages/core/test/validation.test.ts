import { type } from 'arktype'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import * as mini from 'zod/mini'
import {
  append,
  createStore,
  defineActor,
  defineEntity,
  type Entity,
  increment,
  remove,
  type UnrestrictedStore,
} from '@holdfast/core'
import { caught } from './support/caught.ts'
import { type ScriptedDriver, scriptedDriver } from './support/scripted-driver.ts'

const actor = defineActor(z.object({ roles: z.array(z.string()) }))
const key = { partition: ['id'] } as const

const open = <E extends Readonly<Record<string, Entity<never> | Entity>>>(
  entities: E,
): { readonly db: UnrestrictedStore<E>; readonly scripted: ScriptedDriver } => {
  const scripted = scriptedDriver()
  const store = createStore({ adapter: scripted.driver, entities, actor })
  return { db: store.unrestricted('test'), scripted }
}

const DIRECT = 'one conditional write'
const MERGED = 'read, then write on the version read'

describe('every library', () => {
  const kinds = { id: 'string', n: 'integer' } as const
  const libraries = {
    zod: z.object({ id: z.string(), n: z.int() }),
    'zod, loose': z.looseObject({ id: z.string(), n: z.int() }),
    'zod/mini': mini.object({ id: mini.string(), n: mini.int() }),
    valibot: v.object({ id: v.string(), n: v.pipe(v.number(), v.integer()) }),
    'valibot, loose': v.looseObject({ id: v.string(), n: v.pipe(v.number(), v.integer()) }),
    arktype: type({ id: 'string', n: 'number.integer' }),
  }
  type Schema = (typeof libraries)['zod']
  test.each(Object.entries(libraries as Record<string, unknown>))('%s', async (_, library) => {
    const schema = library as Schema
    const Thing = defineEntity('thing', { schema, key, fields: kinds })
    const { db, scripted } = open({ things: Thing })
    expect(await db.things.create({ id: 'a', n: 1 })).toEqual({ id: 'a', n: 1 })
    expect(await db.things.update({ id: 'a' }, { n: 2 })).toEqual({ id: 'a', n: 2 })
    const sent = scripted.writes.length
    const extra = { id: 'b', n: 1, extra: 'secret-value' }
    for (const call of [
      () => db.things.create(extra),
      () => db.things.put(extra),
      () => db.things.update({ id: 'a' }, { n: 1, extra: 'secret-value' } as never),
      () => db.things.create(JSON.parse('{"id":"b","n":1,"__proto__":"secret-value"}') as never),
    ]) {
      const error = await caught(call)
      expect(error).toMatchObject({ code: 'INVALID', entity: 'thing' })
      expect(error.field).toMatch(/^(extra|__proto__)$/)
      expect(error.message).not.toContain('secret-value')
    }
    for (const call of [
      () => db.things.create({ id: 'b', n: 'x' as never }),
      () => db.things.create({ id: 'b', n: 1.5 }),
      () => db.things.create({ id: 'b' } as never),
      () => db.things.update({ id: 'a' }, { n: 1.5 }),
    ])
      expect(await caught(call)).toMatchObject({ code: 'INVALID', entity: 'thing', field: 'n' })
    expect(scripted.writes).toHaveLength(sent)
    expect(await db.things.get({ id: 'a' })).toEqual({ id: 'a', n: 2 })
  })
})

describe('what is stored is the output of the schema', () => {
  const Thing = defineEntity('thing', {
    schema: z.object({
      id: z.string().toLowerCase(),
      name: z.string().trim(),
      size: z
        .string()
        .transform((text) => text.length)
        .pipe(z.int()),
      state: z.enum(['open', 'done']).default('open'),
    }),
    key,
  })

  test('create, put and update transform; key and defaults come from the output', async () => {
    const { db } = open({ things: Thing })
    const made = await db.things.create({ id: 'A', name: ' x ', size: 'four' })
    expect(made).toEqual({ id: 'a', name: 'x', size: 4, state: 'open' })
    expect(await db.things.get({ id: 'a' })).toEqual(made)
    expect((await db.things.update({ id: 'a' }, { name: ' y ' })).name).toBe('y')
    expect((await db.things.put({ id: 'a', name: 'z ', size: '' })).size).toBe(0)
  })

  test('a schema that produces no stored field or no object is refused', async () => {
    const adds = open({
      things: defineEntity('thing', {
        schema: z.object({ id: z.string() }).transform((row) => ({ ...row, added: 1 })),
        fields: { id: 'string' },
        key,
      }),
    })
    expect(await caught(() => adds.db.things.create({ id: 'a' }))).toMatchObject({
      code: 'INVALID',
      field: 'added',
    })
    const array = open({
      things: defineEntity('thing', {
        schema: z.object({ id: z.string() }).transform(() => [] as unknown as { id: string }),
        fields: { id: 'string' },
        key,
      }),
    })
    expect(await caught(() => array.db.things.create({ id: 'a' }))).toMatchObject({
      code: 'INVALID',
      entity: 'thing',
    })
  })

  test('null is legal where the schema allows it', async () => {
    const { db } = open({
      zod: defineEntity('zod', {
        schema: z.object({
          id: z.string(),
          note: z.string().nullable().default(null),
          either: z.union([z.null(), z.int()]),
        }),
        key,
      }),
      valibot: defineEntity('valibot', {
        schema: v.object({ id: v.string(), note: v.union([v.string(), v.null_()]) }),
        fields: { id: 'string', note: 'string' },
        key,
      }),
    })
    expect(await db.zod.create({ id: 'a', either: null })).toEqual({
      id: 'a',
      note: null,
      either: null,
    })
    expect(await db.valibot.create({ id: 'a', note: null })).toEqual({ id: 'a', note: null })
  })
})

describe('asynchronous schemas', () => {
  const free = async (name: string): Promise<boolean> => name !== 'taken'
  const entities = {
    fieldwise: defineEntity('fieldwise', {
      schema: z.object({ id: z.string(), name: z.string().refine(free) }),
      key,
    }),
    whole: defineEntity('whole', {
      schema: z
        .object({ id: z.string(), name: z.string() })
        .refine(({ name }) => free(name), { path: ['name'] }),
      key,
    }),
    valibot: defineEntity('valibot', {
      schema: v.objectAsync({ id: v.string(), name: v.pipeAsync(v.string(), v.checkAsync(free)) }),
      fields: { id: 'string', name: 'string' },
      key,
    }),
  }
  test.each(['fieldwise', 'whole', 'valibot'] as const)('%s', async (name) => {
    const { db } = open(entities)
    const repository = db[name]
    await repository.create({ id: 'a', name: 'x' })
    const refused = { code: 'INVALID', field: 'name' }
    expect(await caught(() => repository.create({ id: 'b', name: 'taken' }))).toMatchObject(refused)
    expect(await caught(() => repository.update({ id: 'a' }, { name: 'taken' }))).toMatchObject(
      refused,
    )
    expect((await repository.update({ id: 'a' }, { name: 'y' })).name).toBe('y')
    expect(await repository.get({ id: 'b' })).toBeUndefined()
    await db.transaction(async (tx) => {
      await tx[name].create({ id: 'c', name: 'z' })
    })
    expect(await repository.get({ id: 'c' })).toEqual({ id: 'c', name: 'z' })
  })
})

describe('patches', () => {
  const shape = {
    id: z.string(),
    low: z.int(),
    high: z.int(),
    small: z.int().max(3).optional(),
    note: z.string().nullable(),
    state: z.string().nullable().default('new'),
    tags: z.array(z.string()).optional(),
  }
  const Plain = defineEntity('plain', { schema: z.object(shape), key })
  const Ruled = defineEntity('ruled', {
    schema: z.object(shape).refine(({ low, high }) => low <= high, {
      error: ({ input }) => `low ${(input as { low: number }).low} is above high`,
    }),
    key,
  })
  const Wide = defineEntity('wide', {
    schema: z.object(shape),
    key,
    indexes: { both: { partition: ['state'], sort: ['low', 'high'] } },
  })
  const entities = { plain: Plain, ruled: Ruled, wide: Wide }
  const record = { id: 'a', low: 1, high: 5, note: null }

  test('explainUpdate says which patches are one conditional write', async () => {
    const { db, scripted } = open(entities)
    const { plain, ruled, wide } = db
    expect(await plain.explainUpdate({ low: 2 })).toBe(DIRECT)
    expect(await plain.explainUpdate({ low: increment(1) })).toBe(DIRECT)
    expect(await plain.explainUpdate({ small: remove() })).toBe(DIRECT)
    expect(await plain.explainUpdate({ small: increment(1) })).toBe(MERGED)
    expect(await plain.explainUpdate({ tags: append('x') })).toBe(MERGED)
    expect(await plain.explainUpdate({ note: 'x'.repeat(2000) })).toBe(MERGED)
    expect(await ruled.explainUpdate({ low: 2 })).toBe(MERGED)
    expect(await wide.explainUpdate({ low: 2 })).toBe(MERGED)
    expect(await wide.explainUpdate({ note: 'x' })).toBe(DIRECT)
    expect(scripted.writes).toHaveLength(0)
    expect(scripted.gets).toHaveLength(0)
  })

  test('explainUpdate tells what update does', async () => {
    const { db, scripted } = open(entities)
    await db.plain.create(record)
    await db.ruled.create(record)
    scripted.gets.length = 0
    await db.plain.update({ id: 'a' }, { low: 2 })
    expect(scripted.gets).toHaveLength(0)
    expect(scripted.writes.at(-1)?.[0]?.kind).toBe('patch')
    await db.ruled.update({ id: 'a' }, { low: 2 })
    expect(scripted.gets).toHaveLength(1)
    expect(scripted.writes.at(-1)?.[0]).toMatchObject({ kind: 'put', expect: 'present' })
    expect(scripted.writes.at(-1)?.[0]?.version).toBeDefined()
  })

  test('a rule across fields holds of the merged record and quotes nothing stored', async () => {
    const { db } = open(entities)
    await db.ruled.create({ ...record, low: 4 })
    const error = await caught(() => db.ruled.update({ id: 'a' }, { high: 3 }))
    expect(error).toMatchObject({ code: 'INVALID', entity: 'ruled' })
    expect(error.message).not.toContain('4')
    expect(await db.ruled.update({ id: 'a' }, { high: 3, low: 2 })).toMatchObject({ high: 3 })
    expect((await caught(() => db.ruled.create({ ...record, low: 9 }))).message).toContain('low 9')
  })

  test('a message about a stored field is not shown; about a given one it is', async () => {
    const schema = z.object({ id: z.string(), name: z.string(), other: z.string() })
    const strict = z
      .object({
        id: z.string(),
        name: z.string().refine((name) => name === 'fine', {
          error: ({ input }) => `not ${String(input)}`,
        }),
        other: z.string(),
      })
      .refine(() => true)
    const { driver } = scriptedDriver()
    const before = createStore({
      adapter: driver,
      entities: { things: defineEntity('thing', { schema, key }) },
      actor,
    }).unrestricted('test')
    const now = createStore({
      adapter: driver,
      entities: { things: defineEntity('thing', { schema: strict, key }) },
      actor,
    }).unrestricted('test')
    await before.things.create({ id: 'a', name: 'secret-value', other: 'x' })
    const hidden = await caught(() => now.things.update({ id: 'a' }, { other: 'y' }))
    expect(hidden).toMatchObject({ code: 'INVALID', field: 'name' })
    expect(hidden.message).not.toContain('secret-value')
    const own = await caught(() => now.things.update({ id: 'a' }, { name: 'mine' }))
    expect(own.message).toContain('not mine')
  })

  test.each(['plain', 'ruled'] as const)(
    'remove() and defaults mean the same fieldwise and merged: %s',
    async (name) => {
      const { db } = open(entities)
      const repository = db[name]
      await repository.create({ ...record, small: 1, state: 'old' })
      const key = { id: 'a' }
      expect(await caught(() => repository.update(key, { low: remove() }))).toMatchObject({
        code: 'INVALID',
        field: 'low',
      })
      expect(await caught(() => repository.update(key, { note: remove() }))).toMatchObject({
        code: 'INVALID',
        field: 'note',
      })
      expect(await repository.update(key, { small: remove() })).not.toHaveProperty('small')
      expect(await repository.update(key, { state: remove() })).toMatchObject({ state: 'new' })
      expect(await repository.update(key, { state: null })).toMatchObject({ state: null })
    },
  )

  test.each(['plain', 'ruled'] as const)('refused patches: %s', async (name) => {
    const { db, scripted } = open(entities)
    await db[name].create(record)
    const sent = scripted.writes.length
    const refused: [object, string | undefined][] = [
      [{}, undefined],
      [{ id: 'b' }, 'id'],
      [{ low: undefined }, 'low'],
      [{ nope: 1 }, 'nope'],
      [{ low: 'x' }, 'low'],
      [{ low: { by: 1 } }, 'low'],
      [{ low: increment(1.5) }, 'low'],
      [{ note: increment(1) }, 'note'],
      [{ note: append('x') }, 'note'],
      [{ small: 4 }, 'small'],
      [{ tags: append(1) }, 'tags'],
    ]
    for (const [patch, field] of refused)
      expect(await caught(() => db[name].update({ id: 'a' }, patch))).toMatchObject({
        code: 'INVALID',
        field,
      })
    expect(scripted.writes).toHaveLength(sent)
  })
})
