import { describe, expect, test } from 'vitest'
import { type AttackCase, attackSuite } from '../src/index.ts'
import { MISTAKES } from './mistakes.ts'
import { fixtures, open, type Shop } from './shop.ts'

const suiteOf = (store: Shop): readonly AttackCase[] => attackSuite(store, fixtures)

describe('the policies of a shop survive', () => {
  for (const { name, run } of suiteOf(open())) test(name, run)
})

/** Name and message of the first attack that succeeds. */
const firstFound = async (store: Shop): Promise<readonly [string, string] | undefined> => {
  for (const { name, run } of suiteOf(store))
    try {
      await run()
    } catch (error) {
      return [name, error instanceof Error ? error.message : String(error)]
    }
  return undefined
}

describe('attackSuite finds', () => {
  for (const [mistake, store] of Object.entries(MISTAKES))
    test(mistake, async () => {
      const found = await firstFound(store())
      expect(found, 'a mistake that no attack finds').toBeDefined()
      expect(found?.[1]).toMatch(/^(orders|sessions|vaults) as [A-Za-z ]+(, record \{.+\})?: .+/)
      if (process.env['HOLDFAST_FOUND_BY'] !== undefined)
        console.log(`${mistake}: ${found?.join(' | ')}`)
    })
})

describe('attackSuite', () => {
  test('leaves the place as it was', async () => {
    const store = open()
    await Promise.all(suiteOf(store).map(({ run }) => run()))
    const free = store.unrestricted('test')
    expect(await free.orders.count({ scan: true })).toBe(0)
    expect(await free.vaults.count({ scan: true })).toBe(0)
    expect(await free.sessions.count({ scan: true })).toBe(0)
  })

  test('touches no place that has records', async () => {
    const store = open()
    const free = store.unrestricted('test')
    await free.vaults.create({ vaultId: 'mine' })
    for (const { run } of suiteOf(store))
      await expect(run()).rejects.toMatchObject({
        code: 'INVALID',
        message: /^attackSuite works on an empty place, and vaults has records/,
      })
    expect(await free.vaults.get({ vaultId: 'mine' })).toEqual({ vaultId: 'mine' })
    expect(await free.orders.count({ scan: true })).toBe(0)
  })

  test('names each case once, beginning with the attacks', () => {
    const names = suiteOf(open()).map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    for (const name of names) expect(name).toMatch(/^attacks? \d+(, \d+)*: [a-z]/)
  })

  const { actors, records } = fixtures
  const refusals: readonly (readonly [string, unknown, RegExp])[] = [
    ['no fixtures', undefined, /needs actors/],
    ['no actors', { actors: {}, records }, /needs actors/],
    ['no records', { actors }, /needs records/],
    [
      'an entity without records',
      { actors, records: { ...records, vaults: [] } },
      /needs records of vaults/,
    ],
    ['an unknown repository', { actors, records: { ...records, carts: [{}] } }, /records of carts/],
  ]
  for (const [name, given, message] of refusals)
    test(`refuses ${name}`, () => {
      let error: unknown
      try {
        attackSuite(open(), given as typeof fixtures)
      } catch (thrown) {
        error = thrown
      }
      expect(error).toMatchObject({ code: 'INVALID' })
      expect((error as Error).message).toMatch(message)
    })

  test('refuses an actor that the schema refuses', async () => {
    const wrong = { ...actors, wrong: { id: '', roles: ['customer'] as const } }
    const [first] = attackSuite(open(), { actors: wrong, records } as never)
    await expect(first?.run()).rejects.toMatchObject({ code: 'INVALID' })
  })
})
