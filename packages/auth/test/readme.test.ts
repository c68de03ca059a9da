import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { AUDIENCE, claimsFrom, Issuer, type Pair, pairOf, sign } from './support/issuer.ts'

const here = import.meta.dirname

interface Filled {
  readonly store: {
    unrestricted(reason: string): {
      readonly orders: { create(order: Record<string, unknown>): Promise<unknown> }
    }
  }
}
type Handler = (...request: unknown[]) => Promise<unknown>

describe('the snippets of the README run as written:', () => {
  const snippets = new Map<string, string>()
  let folder = ''
  let issuer: Issuer
  let pair: Pair
  const load = async <T>(name: string): Promise<T> =>
    (await import(/* @vite-ignore */ pathToFileURL(join(folder, name)).href)) as T
  const bearerOf = async (tenant: string, changes: Record<string, unknown> = {}) => {
    const claims = claimsFrom(issuer.url, { tenant, roles: ['clerk'], ...changes })
    return `Bearer ${await sign(pair, claims)}`
  }
  const orders = (tenantId: string) => [{ tenantId, orderId: `of ${tenantId}`, total: 1 }]

  beforeAll(async () => {
    folder = await mkdtemp(join(here, '.readme-'))
    pair = await pairOf('k1')
    issuer = await Issuer.start(pair)
    Object.assign(process.env, { ISSUER: issuer.url, AUDIENCE })
    const readme = await readFile(join(here, '../README.md'), 'utf8')
    for (const [, code = ''] of readme.matchAll(/```ts\n(.*?)```/gs)) {
      const name = /^\/\/ ([a-z-]+\.ts)\n/.exec(code)?.[1] ?? ''
      snippets.set(name, code)
      await writeFile(join(folder, name), code)
    }
    const { store } = await load<Filled>('store.ts')
    for (const order of [...orders('a'), ...orders('b')])
      await store.unrestricted('fill').orders.create(order)
  })
  afterAll(async () => {
    await issuer.stop()
    await rm(folder, { recursive: true })
  })

  test('all of them are known here', () => {
    expect([...snippets.keys()]).toEqual([
      'access.ts',
      'store.ts',
      'orders.ts',
      'lambda.ts',
      'cloud-function.ts',
      'azure-function.ts',
    ])
  })

  test('lambda.ts', async () => {
    const { handler } = await load<{ handler: Handler }>('lambda.ts')
    for (const tenant of ['a', 'b'])
      expect(await handler({ headers: { authorization: await bearerOf(tenant) } })).toEqual({
        statusCode: 200,
        body: JSON.stringify(orders(tenant)),
      })
    const refused = { statusCode: 401, body: '' }
    expect(await handler({ headers: {} })).toEqual(refused)
    for (const changes of [{ exp: 1 }, { tenant: undefined }, { roles: ['owner'] }])
      expect(await handler({ headers: { authorization: await bearerOf('a', changes) } })).toEqual(
        refused,
      )
  })

  test('cloud-function.ts', async () => {
    const { orders: handler } = await load<{ orders: Handler }>('cloud-function.ts')
    const respond = async (authorization?: string) => {
      const sent: unknown[] = []
      const end = (body?: unknown) => void sent.push(body)
      const status = (code: number) => {
        sent.push(code)
        return { json: end, end }
      }
      await handler({ headers: { authorization } }, { status })
      return sent
    }
    expect(await respond(await bearerOf('a'))).toEqual([200, orders('a')])
    expect(await respond()).toEqual([401, undefined])
  })

  test('azure-function.ts', async () => {
    const { handler } = await load<{ handler: Handler }>('azure-function.ts')
    const authorization = await bearerOf('b')
    expect(await handler({ headers: new Headers({ authorization }) })).toEqual({
      status: 200,
      jsonBody: orders('b'),
    })
    expect(await handler({ headers: new Headers() })).toEqual({ status: 401 })
  })
})
