import { expectTypeOf } from 'vitest'
import { actorContext, actorFromJwt, type Claims } from '@holdfast/auth'
import { clerkOf, openShop } from './support/shop.ts'

const common = { issuer: 'https://issuer.example', audience: 'orders' }
const store = openShop()
const actorOf = actorFromJwt({
  ...common,
  map: (claims) => {
    expectTypeOf(claims).toEqualTypeOf<Claims>()
    return { id: claims.sub, tenantId: String(claims['tenant']), roles: ['clerk' as const] }
  },
})

// The result is the actor that the store takes, and nothing wider.
expectTypeOf(actorOf).toEqualTypeOf<
  (token: string) => Promise<{ id: string; tenantId: string; roles: 'clerk'[] }>
>()
const db = store.as(await actorOf('a.b.c'))
expectTypeOf(db).not.toBeAny()

// A map that forgets an attribute, or is asynchronous, does not compile.
const forgetful = actorFromJwt({
  ...common,
  map: ({ sub }) => ({ id: sub, roles: ['clerk' as const] }),
})
// @ts-expect-error tenantId is missing
store.as(await forgetful('a.b.c'))
// @ts-expect-error roles are missing
actorFromJwt({ ...common, map: ({ sub }) => ({ id: sub }) })
// @ts-expect-error a promise has no roles
actorFromJwt({ ...common, map: async () => ({ roles: [] }) })
// @ts-expect-error none is not an algorithm
actorFromJwt({ ...common, algorithms: ['none'], map: () => ({ roles: [] }) })
// @ts-expect-error an audience is required
actorFromJwt({ issuer: common.issuer, map: () => ({ roles: [] }) })

const { withActor, scoped } = actorContext(store)
expectTypeOf(scoped()).toEqualTypeOf(db)
expectTypeOf(withActor(clerkOf('a'), () => 7)).toEqualTypeOf<number>()
expectTypeOf(withActor(clerkOf('a'), async () => 'x')).toEqualTypeOf<Promise<string>>()
// @ts-expect-error the actor lacks its tenant
withActor({ id: 'x', roles: ['clerk'] }, () => 7)
