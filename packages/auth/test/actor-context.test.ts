import { AsyncResource } from 'node:async_hooks'
import { EventEmitter, on } from 'node:events'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { PassThrough, Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { actorContext } from '@holdfast/auth'
import { errorOf } from './support/refusals.ts'
import { clerkOf, openShop } from './support/shop.ts'

/** A shop with one order per tenant, whose text is the tenant. */
const filled = async (...tenants: readonly string[]) => {
  const store = openShop()
  const context = actorContext(store)
  for (const tenantId of tenants)
    await store
      .unrestricted('fill')
      .orders.create({ tenantId, orderId: 'o1', text: `of ${tenantId}` })
  const { scoped } = context
  /** What the actor of this place sees of each tenant. */
  const seen = async () => {
    const records = await Promise.all(
      tenants.map((tenantId) => scoped().orders.get({ tenantId, orderId: 'o1' })),
    )
    return records.filter((one) => one !== undefined).map(({ text }) => text)
  }
  return { ...context, store, seen }
}

describe('withActor', () => {
  test('lets scoped see what its actor may, and nothing else', async () => {
    const { withActor, seen, scoped } = await filled('a', 'b')
    expect(await withActor(clerkOf('a'), seen)).toEqual(['of a'])
    expect(await withActor(clerkOf('b'), seen)).toEqual(['of b'])
    await withActor(clerkOf('a'), async () => {
      const stolen = { tenantId: 'b', orderId: 'o2', text: 'mine' }
      await expect(scoped().orders.create(stolen)).rejects.toMatchObject({ code: 'FORBIDDEN' })
      await expect(
        scoped().orders.update({ tenantId: 'b', orderId: 'o1' }, { text: 'mine' }),
      ).rejects.toMatchObject({ code: 'NOT_FOUND' })
    })
  })

  test('returns what the function returns, and throws what it throws', async () => {
    const { withActor } = await filled()
    expect(withActor(clerkOf('a'), () => 7)).toBe(7)
    await expect(withActor(clerkOf('a'), async () => 7)).resolves.toBe(7)
    const problem = new Error('mine')
    expect(() =>
      withActor(clerkOf('a'), () => {
        throw problem
      }),
    ).toThrow(problem)
  })

  test('ends with the function, also after an error', async () => {
    const { withActor, scoped } = await filled()
    const outside = () => errorOf(() => scoped())
    withActor(clerkOf('a'), () => undefined)
    expect(await outside()).toMatchObject({ code: 'UNAUTHENTICATED' })
    await withActor(clerkOf('a'), () => wait(1))
    expect(await outside()).toMatchObject({ code: 'UNAUTHENTICATED' })
    await withActor(clerkOf('a'), () => Promise.reject(new Error('mine'))).catch(() => undefined)
    expect(await outside()).toMatchObject({ code: 'UNAUTHENTICATED' })
  })

  test('gives the same store each time within, and another one at the next entry', async () => {
    const { withActor, scoped } = await filled()
    const actor = clerkOf('a')
    const [one, two] = withActor(actor, () => [scoped(), scoped()] as const)
    expect(one).toBe(two)
    expect(withActor(actor, scoped)).not.toBe(one)
  })

  test('nests: the inner actor holds inside, the outer one after it', async () => {
    const { withActor, seen } = await filled('a', 'b')
    await withActor(clerkOf('a'), async () => {
      const inner = withActor(clerkOf('b'), async () => {
        await wait(2)
        return seen()
      })
      expect(await seen()).toEqual(['of a'])
      expect(await inner).toEqual(['of b'])
      expect(await seen()).toEqual(['of a'])
      const failed = withActor(clerkOf('b'), async () => {
        await wait(1)
        throw new Error('mine')
      })
      await expect(failed).rejects.toThrow('mine')
      expect(await seen()).toEqual(['of a'])
    })
  })

  test('refuses an actor that the store refuses, before the function runs', async () => {
    const { withActor } = await filled()
    for (const actor of [undefined, null, {}, { id: 'x', tenantId: 'a', roles: ['owner'] }]) {
      let ran = false
      const error = await errorOf(() => withActor(actor as never, () => (ran = true)))
      expect(error.code).toBe('INVALID')
      expect(ran).toBe(false)
    }
  })

  test('refuses what is no function', async () => {
    const { withActor } = await filled()
    const error = await errorOf(() => withActor(clerkOf('a'), Promise.resolve() as never))
    expect(error).toMatchObject({ code: 'INVALID' })
  })

  test('holds to the actor as it was at entry', async () => {
    const { withActor, seen } = await filled('a', 'b')
    const actor = clerkOf('a')
    await withActor(actor, async () => {
      actor.tenantId = 'b'
      actor.roles.push('guest')
      expect(await seen()).toEqual(['of a'])
    })
    expect(await withActor(actor, seen)).toEqual(['of b'])
  })

  test('takes rights away at the next entry when they were taken from the same object', async () => {
    const { withActor, scoped } = await filled('a')
    const actor = clerkOf('a')
    const create = (orderId: string) => () =>
      scoped().orders.create({ tenantId: 'a', orderId, text: 'x' })
    await withActor(actor, create('o2'))
    actor.roles = ['guest']
    await expect(withActor(actor, create('o3'))).rejects.toMatchObject({ code: 'FORBIDDEN' })
  })

  test('of one context is nothing to another', async () => {
    const [one, other] = [await filled('a'), await filled('b')]
    const again = actorContext(one.store)
    await one.withActor(clerkOf('a'), async () => {
      expect(await errorOf(() => other.scoped())).toMatchObject({ code: 'UNAUTHENTICATED' })
      expect(await errorOf(() => again.scoped())).toMatchObject({ code: 'UNAUTHENTICATED' })
      await other.withActor(clerkOf('b'), async () => {
        expect(await one.seen()).toEqual(['of a'])
        expect(await other.seen()).toEqual(['of b'])
      })
    })
  })
})

describe('the actor goes along with', () => {
  type Way = (probe: () => Promise<string[]>) => Promise<string[]>
  const ways: Record<string, Way> = {
    'await and then': async (probe) => {
      await Promise.resolve()
      return Promise.resolve().then(probe)
    },
    setTimeout: (probe) => new Promise((resolve) => setTimeout(() => resolve(probe()), 2)),
    setImmediate: (probe) => new Promise((resolve) => setImmediate(() => resolve(probe()))),
    setInterval: (probe) =>
      new Promise((resolve) => {
        const timer = setInterval(() => {
          clearInterval(timer)
          resolve(probe())
        }, 1)
      }),
    queueMicrotask: (probe) => new Promise((resolve) => queueMicrotask(() => resolve(probe()))),
    'process.nextTick': (probe) =>
      new Promise((resolve) => process.nextTick(() => resolve(probe()))),
    'a thenable': async (probe) =>
      // oxlint-disable-next-line unicorn/no-thenable
      await { then: (resolve: (value: Promise<string[]>) => void) => resolve(probe()) },
    'an EventEmitter that is emitted to inside': (probe) => {
      const emitter = new EventEmitter()
      return new Promise((resolve) => {
        emitter.on('ask', () => resolve(probe()))
        setTimeout(() => emitter.emit('ask'), 1)
      })
    },
    'a loop over events': async (probe) => {
      const emitter = new EventEmitter()
      setTimeout(() => emitter.emit('ask'), 1)
      for await (const _ of on(emitter, 'ask')) return probe()
      return []
    },
    'a stream': async (probe) => {
      const found: string[] = []
      await pipeline(Readable.from(['x']), new PassThrough(), async (source) => {
        for await (const _ of source) found.push(...(await probe()))
      })
      return found
    },
    'an async generator that is run inside': async (probe) => {
      const generate = async function* () {
        await wait(1)
        yield* await probe()
      }
      const found: string[] = []
      for await (const one of generate()) found.push(one)
      return found
    },
    'an HTTP request': async (probe) => {
      const server = createServer((_, response) => response.end('x'))
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      const { port } = server.address() as AddressInfo
      try {
        return await new Promise<string[]>((resolve, reject) => {
          request({ host: '127.0.0.1', port }, (response) => {
            response.resume().on('end', () => resolve(probe()))
          })
            .on('error', reject)
            .end()
        })
      } finally {
        server.close()
      }
    },
    'AsyncResource.bind, called from outside': (probe) =>
      new Promise((resolve) => {
        later.push(AsyncResource.bind(() => resolve(probe())))
      }),
  }
  const later: (() => void)[] = []

  test.each(Object.entries(ways))('%s', async (_, way) => {
    const { withActor, seen } = await filled('a', 'b')
    const both = [
      withActor(clerkOf('a'), () => way(seen)),
      withActor(clerkOf('b'), () => way(seen)),
    ]
    for (const one of later.splice(0)) one()
    expect(await Promise.all(both)).toEqual([['of a'], ['of b']])
  })
})

describe('without an actor, scoped is refused', () => {
  test('outside of everything, saying what to do', async () => {
    const { scoped } = await filled()
    const error = await errorOf(() => scoped())
    expect(error).toMatchObject({ code: 'UNAUTHENTICATED', retryable: false })
    expect(error.message).toMatch(/within withActor/)
  })

  test('in a callback that somebody outside calls', async () => {
    const { withActor, scoped } = await filled()
    const callbacks: (() => unknown)[] = []
    withActor(clerkOf('a'), () => void callbacks.push(() => scoped()))
    for (const callback of callbacks)
      expect(await errorOf(callback)).toMatchObject({ code: 'UNAUTHENTICATED' })
  })

  test('in an async generator that is run outside', async () => {
    const { withActor, seen } = await filled('a')
    const generate = async function* () {
      yield await seen()
    }
    const generator = withActor(clerkOf('a'), generate)
    expect(await errorOf(() => generator.next())).toMatchObject({ code: 'UNAUTHENTICATED' })
  })
})

test('200 flows at a time, of two tenants and through timers, streams and promises, never mix', async () => {
  const { withActor, seen, scoped } = await filled('a', 'b')
  let state = 7
  const chance = (below: number) => {
    state = (state * 48_271) % 2_147_483_647
    return state % below
  }
  const steps: ((check: () => Promise<void>) => Promise<unknown>)[] = [
    () => wait(chance(4)),
    () => new Promise((resolve) => setImmediate(resolve)),
    () => new Promise<void>((resolve) => queueMicrotask(resolve)),
    (check) =>
      pipeline(Readable.from(['x', 'y']), async (source) => {
        for await (const _ of source) await check()
      }),
    (check) =>
      new Promise((resolve, reject) => {
        setTimeout(() => void check().then(resolve, reject), chance(3))
      }),
  ]
  let checks = 0
  const flow = async (at: number) => {
    const [mine, other] = at % 2 === 0 ? ['a', 'b'] : ['b', 'a']
    const check = async (tenant: string) => {
      expect(await seen()).toEqual([`of ${tenant}`])
      checks += 1
    }
    await withActor(clerkOf(mine), async () => {
      for (let step = 0; step < 8; step += 1) {
        await steps[chance(steps.length)]?.(() => check(mine))
        await check(mine)
        if (chance(4) === 0)
          await withActor(clerkOf(other), async () => {
            await steps[chance(steps.length)]?.(() => check(other))
            await check(other)
          })
      }
      await scoped().orders.create({ tenantId: mine, orderId: `flow${at}`, text: mine })
      expect((await scoped().orders.find({ where: { tenantId: other } })).items).toEqual([])
    })
  }
  await Promise.all(Array.from({ length: 200 }, (_, at) => flow(at)))
  expect(checks).toBeGreaterThan(200 * 8)
  const all = await withActor(clerkOf('a'), () =>
    scoped().orders.find({ where: { tenantId: 'a' }, limit: 200 }),
  )
  expect(all.items).toHaveLength(101)
})
