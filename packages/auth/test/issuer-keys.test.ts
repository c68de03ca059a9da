import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { actorFromJwt } from '@holdfast/auth'
import { AUDIENCE, claimsFrom, Issuer, json, type Pair, pairOf, sign } from './support/issuer.ts'
import { errorOf, expectRefused } from './support/refusals.ts'

const CONFIGURATION = '/.well-known/openid-configuration'
const map = () => ({ roles: ['clerk'] })
const ACTOR = { roles: ['clerk'] }
const START = 1_790_000_000_000

let issuer: Issuer
let first: Pair
let second: Pair

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: START })
  first = await pairOf('first')
  second = await pairOf('second')
  issuer = await Issuer.start(first)
})
afterEach(async () => {
  vi.useRealTimers()
  await issuer.stop()
})

const make = (options: Partial<Parameters<typeof actorFromJwt>[0]> = {}) =>
  actorFromJwt({ issuer: issuer.url, audience: AUDIENCE, map, timeoutMs: 2000, ...options })
const by = (pair: Pair) => sign(pair, claimsFrom(issuer.url, { exp: START / 1000 + 90_000 }))
const pass = (milliseconds: number) => void vi.setSystemTime(Date.now() + milliseconds)

describe('the keys of the issuer', () => {
  test('are not asked for before the first token', async () => {
    make()
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(issuer.requests).toEqual([])
  })

  test('are not asked for because of garbage', async () => {
    const actorOf = make()
    await expect(actorOf('a.b.c')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
    await expect(actorOf('')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
    expect(issuer.requests).toEqual([])
  })

  test('are asked for once, whatever the number of tokens at a time and after another', async () => {
    const actorOf = make()
    const token = await by(first)
    await Promise.all(Array.from({ length: 50 }, () => actorOf(token)))
    for (let at = 0; at < 50; at += 1) await actorOf(token)
    expect(issuer.requests).toEqual([CONFIGURATION, '/keys'])
  })

  test('are asked for again after cacheMs, and not before', async () => {
    const actorOf = make({ cacheMs: 60_000 })
    const token = await by(first)
    await actorOf(token)
    pass(59_999)
    await actorOf(token)
    expect(issuer.count('/keys')).toBe(1)
    pass(1)
    await actorOf(token)
    expect(issuer.requests).toEqual([CONFIGURATION, '/keys', '/keys'])
  })

  test('a key that the issuer took back is refused once the cache is over', async () => {
    const actorOf = make({ cacheMs: 60_000 })
    const token = await by(first)
    await actorOf(token)
    issuer.keys = [second.jwk]
    pass(60_000)
    await expectRefused(actorOf, token, { message: /No key of the issuer fits/ })
  })

  test('are found under jwksUri without any configuration', async () => {
    const actorOf = make({ jwksUri: `${issuer.url}/keys` })
    expect(await actorOf(await by(first))).toEqual(ACTOR)
    expect(issuer.requests).toEqual(['/keys'])
  })

  test('are found where the path of the issuer ends in a slash', async () => {
    const url = `${issuer.url}/realms/one/`
    issuer.answers[`/realms/one${CONFIGURATION}`] = (_, response) =>
      json(response, { issuer: url, jwks_uri: `${issuer.url}/keys` })
    const actorOf = make({ issuer: url })
    const token = await sign(first, claimsFrom(url, { exp: START / 1000 + 60 }))
    expect(await actorOf(token)).toEqual(ACTOR)
  })

  test('are refused when several fit a token that names none', async () => {
    issuer.keys = [first.jwk, second.jwk]
    const token = await sign(first, claimsFrom(issuer.url, { exp: START / 1000 + 60 }), {
      kid: undefined,
    })
    await expectRefused(make(), token, { message: /header kid/ })
  })
})

describe('a key that is not known', () => {
  test('is looked for once the cool-down is over, and then used', async () => {
    const actorOf = make({ cooldownMs: 30_000 })
    await actorOf(await by(first))
    issuer.keys = [first.jwk, second.jwk]
    const rotated = await by(second)
    await expectRefused(actorOf, rotated, { message: /No key of the issuer fits/ })
    expect(issuer.count('/keys')).toBe(1)
    pass(30_000)
    expect(await actorOf(rotated)).toEqual(ACTOR)
    expect(issuer.count('/keys')).toBe(2)
    expect(await actorOf(await by(first))).toEqual(ACTOR)
    expect(issuer.count('/keys')).toBe(2)
  })

  test('costs the issuer one request per cool-down, whoever asks how often', async () => {
    const actorOf = make({ cooldownMs: 30_000 })
    await actorOf(await by(first))
    for (let round = 2; round <= 4; round += 1) {
      pass(30_000)
      const strangers = await Promise.all(
        Array.from({ length: 20 }, async (_, at) =>
          sign({ ...second, kid: `stranger-${at}` }, claimsFrom(issuer.url)),
        ),
      )
      for (const token of strangers) await expect(actorOf(token)).rejects.toThrow(/No key/)
      expect(issuer.count('/keys')).toBe(round)
    }
  })

  test('does no harm to known ones while the issuer is down', async () => {
    const actorOf = make({ cooldownMs: 0 })
    await actorOf(await by(first))
    await issuer.stop()
    const error = await errorOf(async () => actorOf(await by(second)))
    expect(error).toMatchObject({ code: 'UNAVAILABLE', retryable: true })
    expect(await actorOf(await by(first))).toEqual(ACTOR)
  })
})

describe('an issuer that does not answer', () => {
  test('makes every token UNAVAILABLE, to be repeated, and recovers', async () => {
    const actorOf = make()
    const token = await by(first)
    await issuer.stop()
    for (let at = 0; at < 3; at += 1) {
      const error = await errorOf(() => actorOf(token))
      expect(error).toMatchObject({ code: 'UNAVAILABLE', retryable: true })
      expect(error.cause).toBeInstanceOf(Error)
    }
    await issuer.restart()
    expect(await actorOf(token)).toEqual(ACTOR)
  })

  test('makes tokens UNAVAILABLE when the cache is over, and recovers', async () => {
    const actorOf = make({ cacheMs: 60_000 })
    const token = await by(first)
    await actorOf(token)
    await issuer.stop()
    expect(await actorOf(token)).toEqual(ACTOR)
    pass(60_000)
    expect(await errorOf(() => actorOf(token))).toMatchObject({ code: 'UNAVAILABLE' })
    await issuer.restart()
    expect(await actorOf(token)).toEqual(ACTOR)
  })

  test('is given up after timeoutMs, at its configuration and at its keys', async () => {
    for (const path of [CONFIGURATION, '/keys']) {
      await using silent = await Issuer.start(first)
      silent.answers[path] = () => undefined
      const actorOf = make({ issuer: silent.url, timeoutMs: 100 })
      const token = await sign(first, claimsFrom(silent.url))
      const started = performance.now()
      expect(await errorOf(() => actorOf(token))).toMatchObject({
        code: 'UNAVAILABLE',
        retryable: true,
      })
      expect(performance.now() - started).toBeLessThan(1900)
    }
  })

  test('is given up after timeoutMs in the middle of an answer', async () => {
    issuer.answers[CONFIGURATION] = (_, response) => void response.writeHead(200).write('{"issuer"')
    const actorOf = make({ timeoutMs: 100 })
    expect(await errorOf(async () => actorOf(await by(first)))).toMatchObject({
      code: 'UNAVAILABLE',
      retryable: true,
    })
  })

  test.each([500, 503, 429, 408])('with status %s may answer later', async (status) => {
    for (const path of [CONFIGURATION, '/keys']) {
      await using failing = await Issuer.start(first)
      const { [path]: usual } = failing.answers
      failing.answers[path] = (_, response) => void response.writeHead(status).end()
      const actorOf = make({ issuer: failing.url })
      const token = await sign(first, claimsFrom(failing.url))
      expect(await errorOf(() => actorOf(token))).toMatchObject({
        code: 'UNAVAILABLE',
        retryable: true,
      })
      failing.answers[path] = usual as never
      expect(await actorOf(token)).toEqual(ACTOR)
    }
  })
})

describe('what an issuer publishes is MISCONFIGURED when', () => {
  const misconfigured = async (message: RegExp, options = {}) => {
    const token = await by(first)
    await expectRefused(make(options), token, { code: 'MISCONFIGURED', message })
  }

  test('the configuration is that of another issuer, or of none', async () => {
    for (const named of [`${issuer.url}/`, 'https://evil.example', undefined, [issuer.url]]) {
      issuer.answers[CONFIGURATION] = (_, response) =>
        json(response, { issuer: named, jwks_uri: `${issuer.url}/keys` })
      await misconfigured(/configuration of another issuer/)
    }
    expect(issuer.count('/keys')).toBe(0)
  })

  test('there is no configuration', async () => {
    delete issuer.answers[CONFIGURATION]
    await misconfigured(/answered with status 404/)
  })

  test.each(['null', '[]', '7', '"text"'])('the configuration is %s', async (body) => {
    issuer.answers[CONFIGURATION] = (_, response) => void response.end(body)
    await misconfigured(/configuration of another issuer/)
  })

  test('the configuration is no JSON', async () => {
    issuer.answers[CONFIGURATION] = (_, response) => void response.end('<html>Welcome</html>')
    await misconfigured(/answered without JSON/)
  })

  test.each([
    undefined,
    7,
    '/keys',
    'http://keys.example/keys',
    'https://user:password@keys.example/keys',
    'file:///etc/passwd',
    'data:application/json,{"keys":[]}',
  ])('the address of the keys is %j', async (address) => {
    issuer.answers[CONFIGURATION] = (_, response) =>
      json(response, { issuer: issuer.url, jwks_uri: address })
    await misconfigured(/jwks_uri in .* is not an https address/)
  })

  test('it redirects to another host, which is never asked', async () => {
    for (const path of [CONFIGURATION, '/keys']) {
      await using evil = await Issuer.start(second)
      await using redirecting = await Issuer.start(first)
      redirecting.answers[path] = (_, response) =>
        void response.writeHead(302, { location: `${evil.url}${path}` }).end()
      const actorOf = make({ issuer: redirecting.url })
      const token = await sign(second, claimsFrom(redirecting.url))
      await expectRefused(actorOf, token, {
        code: 'MISCONFIGURED',
        message: /answered with status 302/,
      })
      expect(evil.requests).toEqual([])
    }
  })

  test.each(['<html>', '{}', '{"keys":{}}', '{"keys":[7]}', 'null'])(
    'the keys are %s',
    async (body) => {
      issuer.answers['/keys'] = (_, response) => void response.end(body)
      await misconfigured(/no JSON Web Key Set/)
    },
  )

  test('it is corrected, tokens are accepted', async () => {
    const { [CONFIGURATION]: right } = issuer.answers
    delete issuer.answers[CONFIGURATION]
    const actorOf = make()
    const token = await by(first)
    await expect(actorOf(token)).rejects.toMatchObject({ code: 'MISCONFIGURED' })
    issuer.answers[CONFIGURATION] = right as never
    expect(await actorOf(token)).toEqual(ACTOR)
  })
})

test('an issuer elsewhere cannot send the service to an address of its own machine', async () => {
  const requests: string[] = []
  vi.stubGlobal('fetch', async (url: string) => {
    requests.push(url)
    return Response.json({ issuer: 'https://issuer.example', jwks_uri: `${issuer.url}/keys` })
  })
  try {
    const actorOf = make({ issuer: 'https://issuer.example' })
    const token = await sign(first, claimsFrom('https://issuer.example'))
    await expectRefused(actorOf, token, { code: 'MISCONFIGURED', message: /not an https address/ })
    expect(requests).toEqual(['https://issuer.example/.well-known/openid-configuration'])
    expect(issuer.requests).toEqual([])
  } finally {
    vi.unstubAllGlobals()
  }
})
