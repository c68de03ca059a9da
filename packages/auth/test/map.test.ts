import { inspect } from 'node:util'
import { createStore, defineActor, HoldfastError } from '@holdfast/core'
import { memory } from '@holdfast/core/memory'
import { beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { actorFromJwt, type Claims } from '@holdfast/auth'
import { AUDIENCE, claimsFrom, type Pair, pairOf, sign } from './support/issuer.ts'
import { errorOf, expectRefused } from './support/refusals.ts'

const ISSUER = 'orders-tests'
let pair: Pair
beforeAll(async () => {
  pair = await pairOf('k1')
})

const make = <A>(map: (claims: Claims) => A) =>
  actorFromJwt({ issuer: ISSUER, audience: AUDIENCE, keys: pair.publicKey, map: map as never })
const token = (changes: Record<string, unknown> = {}) => sign(pair, claimsFrom(ISSUER, changes))
/** `JSON.parse` makes an own property of `__proto__`, where a literal would set the prototype. */
const hostile = (text: string) => JSON.parse(text) as Record<string, unknown>

describe('map', () => {
  test('receives the verified claims', async () => {
    const seen: Claims[] = []
    const changes = { groups: ['a', { b: [1, null, true] }] }
    const actorOf = make((claims) => seen.push(claims))
    await actorOf(await token(changes))
    expect({ ...seen[0] }).toMatchObject({ iss: ISSUER, aud: AUDIENCE, sub: 'subject-5f1c7a' })
    expect(JSON.stringify(seen[0]?.['groups'])).toBe(JSON.stringify(changes.groups))
  })

  test('is not called for a token that is refused', async () => {
    let calls = 0
    const actorOf = make(() => (calls += 1))
    await expect(actorOf(await token({ exp: 1 }))).rejects.toThrow(/expired/)
    await expect(actorOf(await token({ sub: '' }))).rejects.toThrow(/sub/)
    await expect(actorOf('garbage')).rejects.toThrow(/not a signed/)
    expect(calls).toBe(0)
  })

  test('that throws refuses the token without what it said', async () => {
    const throwing = make((claims) => {
      throw new Error(`No tenant ${String(claims['tenant'])}`, { cause: claims })
    })
    await expectRefused(throwing, await token(), { message: /option map threw an error/ })
    const wrong = make((claims) => (claims['missing'] as { deep: { er: 1 } }).deep.er)
    await expectRefused(wrong, await token(), { message: /option map threw a TypeError/ })
    const odd = make(() => {
      // oxlint-disable-next-line no-throw-literal
      throw undefined
    })
    await expectRefused(odd, await token(), { message: /option map threw an error/ })
  })

  test('may throw a HoldfastError of its own', async () => {
    const own = new HoldfastError('FORBIDDEN', 'This account is closed.')
    const actorOf = make(() => {
      throw own
    })
    expect(await errorOf(async () => actorOf(await token()))).toBe(own)
  })

  test('that is asynchronous is refused, and its rejection is not lost', async () => {
    const unhandled: unknown[] = []
    const listener = (reason: unknown): void => void unhandled.push(reason)
    process.on('unhandledRejection', listener)
    try {
      for (const map of [
        async () => ({ roles: [] }),
        async () => {
          throw new Error('later')
        },
        // oxlint-disable-next-line unicorn/no-thenable
        () => ({ then: () => undefined }),
      ]) {
        const error = await errorOf(async () => make<unknown>(map)(await token()))
        expect(error).toMatchObject({ code: 'INVALID', field: 'map' })
      }
      await new Promise((resolve) => setTimeout(resolve, 20))
      expect(unhandled).toEqual([])
    } finally {
      process.off('unhandledRejection', listener)
    }
  })

  test.each([undefined, null, 7, 'clerk', [], {}, { roles: 'clerk' }, { id: 'x', roles: [7] }])(
    'that returns %j makes an actor that the store refuses',
    async (nonsense) => {
      const store = createStore({
        adapter: memory(),
        entities: {},
        actor: defineActor(z.object({ id: z.string(), roles: z.array(z.string()) })),
      })
      const actor = (await make(() => nonsense)(await token())) as never
      expect(await errorOf(() => store.as(actor))).toMatchObject({ code: 'INVALID' })
      expect(store.as({ id: 'x', roles: [] })).toBeDefined()
    },
  )
})

describe('hostile claims', () => {
  const HOSTILE = hostile(
    '{"__proto__":{"roles":["owner"]},"profile":{"__proto__":{"roles":["owner"]},"list":[{"__proto__":{"x":1}}]},"constructor":{"prototype":{"roles":["owner"]}}}',
  )
  const claims = async (): Promise<Claims> => {
    let seen: Claims | undefined
    await make((given) => (seen = given))(await token(HOSTILE))
    return seen as Claims
  }

  test('named __proto__ are not handed on, at any depth', async () => {
    const seen = await claims()
    expect(inspect(seen, { depth: 10 })).not.toContain('__proto__')
    const profile = seen['profile'] as Record<string, unknown>
    const copies = [Object.assign({}, seen), Object.assign({}, profile), { ...seen, ...profile }]
    for (const copy of copies) {
      expect(Object.getPrototypeOf(copy)).toBe(Object.prototype)
      expect(copy['roles']).toBeUndefined()
    }
    expect(Object.keys(profile)).toEqual(['list'])
  })

  test('change no prototype', async () => {
    await claims()
    expect(({} as Record<string, unknown>)['roles']).toBeUndefined()
    expect(Object.hasOwn(Object.prototype, 'roles')).toBe(false)
  })

  test('what the token does not say is undefined, whatever its name', async () => {
    const seen: Claims[] = []
    await make((given) => seen.push(given))(await token({ profile: {} }))
    const profile = seen[0]?.['profile'] as Record<string, unknown>
    for (const name of ['constructor', 'toString', 'hasOwnProperty', '__proto__', 'valueOf']) {
      expect(seen[0]?.[name]).toBeUndefined()
      expect(profile[name]).toBeUndefined()
    }
  })
})
