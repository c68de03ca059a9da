import { CompactSign, exportSPKI, FlattenedSign, SignJWT, UnsecuredJWT } from 'jose'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { actorFromJwt, type Claims } from '@holdfast/auth'
import { AUDIENCE, claimsFrom, Issuer, type Pair, pairOf, sign } from './support/issuer.ts'
import { expectRefused } from './support/refusals.ts'

const map = (claims: Claims) => ({ id: claims.sub, tenantId: claims['tenant'], roles: ['clerk'] })
const ACTOR = { id: 'subject-5f1c7a', tenantId: 'tenant-90bd3e', roles: ['clerk'] }

let issuer: Issuer
let pair: Pair
let stranger: Pair
let actorOf: (token: string) => Promise<unknown>

beforeAll(async () => {
  pair = await pairOf('k1', 'RS256')
  stranger = await pairOf('k1', 'RS256')
  issuer = await Issuer.start(pair)
  actorOf = actorFromJwt({ issuer: issuer.url, audience: AUDIENCE, map })
})
afterAll(() => issuer.stop())
afterEach(() => void vi.useRealTimers())

const token = (changes: Record<string, unknown> = {}, header: Record<string, unknown> = {}) =>
  sign(pair, claimsFrom(issuer.url, changes), header)

describe('a good token', () => {
  test('becomes what map makes of its claims', async () => {
    expect(await actorOf(await token())).toEqual(ACTOR)
  })

  test.each(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'])(
    'may be signed by RSA with %s',
    async (algorithm) => {
      const own = await pairOf('k1', algorithm)
      await using server = await Issuer.start(own)
      const of = actorFromJwt({ issuer: server.url, audience: AUDIENCE, map })
      expect(await of(await sign(own, claimsFrom(server.url)))).toEqual(ACTOR)
    },
  )

  test.each(['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'])(
    'may be signed on a curve with %s',
    async (algorithm) => {
      const own = await pairOf('k1', algorithm)
      await using server = await Issuer.start(own)
      const of = actorFromJwt({ issuer: server.url, audience: AUDIENCE, map })
      expect(await of(await sign(own, claimsFrom(server.url)))).toEqual(ACTOR)
    },
  )

  test('may have several audiences, of which one is ours', async () => {
    expect(await actorOf(await token({ aud: ['https://mail.example', AUDIENCE] }))).toEqual(ACTOR)
  })

  test('may be for any of several audiences of ours', async () => {
    const of = actorFromJwt({ issuer: issuer.url, audience: ['https://a.example', AUDIENCE], map })
    expect(await of(await token())).toEqual(ACTOR)
  })

  test('is of the type that typ names, with or without application/', async () => {
    const of = actorFromJwt({ issuer: issuer.url, audience: AUDIENCE, typ: 'at+jwt', map })
    expect(await of(await token({}, { typ: 'application/at+jwt' }))).toEqual(ACTOR)
  })
})

describe('a token is refused, in words that hold nothing of it, when', () => {
  test('it has expired', async () => {
    await expectRefused(actorOf, await token({ exp: 1_700_000_000 }), {
      message: /has expired/,
      field: 'exp',
    })
  })

  test('it is not valid yet', async () => {
    const nbf = Math.floor(Date.now() / 1000) + 600
    await expectRefused(actorOf, await token({ nbf, exp: nbf + 60 }), {
      message: /not valid yet/,
      field: 'nbf',
    })
  })

  test('it never expires', async () => {
    await expectRefused(actorOf, await token({ exp: undefined }), {
      message: /lacks the claim exp/,
      field: 'exp',
    })
  })

  test.each(['exp', 'nbf', 'iat'])('its %s is no number', async (claim) => {
    await expectRefused(actorOf, await token({ [claim]: 'tomorrow-or-later' }), {
      message: /must be a number of seconds/,
      field: claim,
    })
  })

  test.each(['https://evil.example', undefined, ['x'], ''])('its issuer is %j', async (iss) => {
    await expectRefused(actorOf, await token({ iss }), {
      message: iss === undefined ? /lacks the claim iss/ : /another issuer/,
      field: 'iss',
    })
  })

  test('its issuer differs by a slash', async () => {
    await expectRefused(actorOf, await token({ iss: `${issuer.url}/` }), {
      message: /another issuer/,
      field: 'iss',
    })
  })

  test.each(['https://mail.example', ['https://mail.example'], [], `${AUDIENCE}/admin`, 7])(
    'its audience is %j',
    async (aud) => {
      await expectRefused(actorOf, await token({ aud }), {
        message: /another audience/,
        field: 'aud',
      })
    },
  )

  test('it names no audience', async () => {
    await expectRefused(actorOf, await token({ aud: undefined }), {
      message: /lacks the claim aud/,
      field: 'aud',
    })
  })

  test.each(['', 12, null, {}, undefined])('its subject is %j', async (sub) => {
    await expectRefused(actorOf, await token({ sub }), { message: /claim sub/, field: 'sub' })
  })

  test('it lacks a claim that requiredClaims names', async () => {
    const of = actorFromJwt({
      issuer: issuer.url,
      audience: AUDIENCE,
      requiredClaims: ['tenant'],
      map,
    })
    await expectRefused(of, await token({ tenant: undefined }), {
      message: /lacks the claim tenant/,
      field: 'tenant',
    })
    expect(await of(await token())).toEqual(ACTOR)
  })

  test.each([{ typ: 'JWT' }, {}])('its header is %j where typ is at+jwt', async (header) => {
    const of = actorFromJwt({ issuer: issuer.url, audience: AUDIENCE, typ: 'at+jwt', map })
    await expectRefused(of, await token({}, header), { message: /another type/, field: 'typ' })
  })

  test('it is signed by another key of the same name', async () => {
    await expectRefused(actorOf, await sign(stranger, claimsFrom(issuer.url)), {
      message: /signature/,
    })
  })

  test('its claims were changed', async () => {
    const [header, , signature] = (await token()).split('.')
    const claims = claimsFrom(issuer.url, { tenant: 'tenant-of-somebody-else' })
    const payload = Buffer.from(JSON.stringify(claims)).toString('base64url')
    await expectRefused(actorOf, `${header}.${payload}.${signature}`, { message: /signature/ })
  })

  test('its claims are nested too deeply', async () => {
    let nested: unknown = 'deep'
    for (let level = 0; level < 20; level += 1) nested = [nested]
    await expectRefused(actorOf, await token({ nested }), { message: /nested deeper than 16/ })
  })
})

describe('an attack by algorithm is refused:', () => {
  test('none', async () => {
    const unsigned = new UnsecuredJWT(claimsFrom(issuer.url)).encode()
    await expectRefused(actorOf, unsigned, { message: /algorithm that option algorithms/ })
  })

  test.each(['None', 'NONE', 'nOnE', 'none'])('%s with a signature', async (alg) => {
    const [, payload, signature] = (await token()).split('.')
    const header = Buffer.from(JSON.stringify({ alg, kid: 'k1' })).toString('base64url')
    await expectRefused(actorOf, `${header}.${payload}.${signature}`, { message: /algorithm/ })
  })

  test.each(['HS256', 'HS384', 'HS512'])(
    '%s with the public key of the issuer as secret',
    async (alg) => {
      const secrets = [await exportSPKI(pair.publicKey), JSON.stringify(pair.jwk)]
      for (const secret of secrets) {
        const forged = await new SignJWT(claimsFrom(issuer.url))
          .setProtectedHeader({ alg, kid: 'k1' })
          .sign(new TextEncoder().encode(secret))
        await expectRefused(actorOf, forged, { message: /algorithm that option algorithms/ })
      }
    },
  )

  test('one that algorithms leaves out, though the key would fit', async () => {
    const of = actorFromJwt({
      issuer: issuer.url,
      audience: AUDIENCE,
      algorithms: ['ES256', 'PS256'],
      map,
    })
    await expectRefused(of, await token(), { message: /algorithm that option algorithms/ })
  })

  test('a key inside the token', async () => {
    const forged = await sign(stranger, claimsFrom(issuer.url), { jwk: stranger.jwk })
    await expectRefused(actorOf, forged, { message: /signature/ })
  })

  test('a key set named by the token is never asked for', async () => {
    await using evil = await Issuer.start(stranger)
    const forged = await sign(stranger, claimsFrom(issuer.url), {
      jku: `${evil.url}/keys`,
      x5u: `${evil.url}/keys`,
    })
    await expectRefused(actorOf, forged, { message: /signature/ })
    expect(evil.requests).toEqual([])
  })

  test('a critical extension', async () => {
    const payload = Buffer.from(JSON.stringify(claimsFrom(issuer.url)))
    const critical = await new CompactSign(payload)
      .setProtectedHeader({
        alg: 'RS256',
        kid: 'k1',
        crit: ['urn:x:extension'],
        'urn:x:extension': 1,
      })
      .sign(pair.privateKey, { crit: { 'urn:x:extension': true } })
    await expectRefused(actorOf, critical, { message: /header crit/ })
  })

  test('a payload that is not encoded', async () => {
    const payload = Buffer.from(JSON.stringify(claimsFrom(issuer.url))).toString('base64url')
    const { protected: header, signature } = await new FlattenedSign(Buffer.from(payload))
      .setProtectedHeader({ alg: 'RS256', kid: 'k1', crit: ['b64'], b64: false })
      .sign(pair.privateKey)
    await expectRefused(actorOf, `${header}.${payload}.${signature}`, {
      message: /not a signed JSON Web Token/,
    })
  })
})

describe('what is no token is refused:', () => {
  test.each([
    ['an empty text', ''],
    ['undefined', undefined],
    ['null', null],
    ['a number', 7],
    ['an object', { token: 'x' }],
    ['a list', ['a.b.c']],
    ['bytes', new Uint8Array([97, 46, 98, 46, 99])],
  ])('%s', async (_, given) => {
    await expectRefused(actorOf as (given: unknown) => Promise<unknown>, '', {
      message: /There is no token/,
    })
    await expect(actorOf(given as string)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  })

  test.each([
    'garbage-that-is-one-word',
    'two.parts-of-something',
    'four.parts.of-some.thing-else',
    '..',
    '.e30.',
    'not base64.e30.e30',
    'e30.e30.e30',
    `${Buffer.from('null').toString('base64url')}.e30.e30`,
    `${Buffer.from('{"alg":"RS256"').toString('base64url')}.e30.e30`,
    '{"alg":"RS256"}.{}.x',
    '\u{1F600}.\u{1F600}.\u{1F600}',
    'a.b.c.d.e',
  ])('%j', async (garbage) => {
    await expectRefused(actorOf, garbage, { message: /not a signed JSON Web Token/ })
  })

  test('a token with the word Bearer before it', async () => {
    await expectRefused(actorOf, `Bearer ${await token()}`, {
      message: /not a signed JSON Web Token. Send the token alone/,
    })
  })

  test('a payload that is no object', async () => {
    for (const payload of ['[]', 'null', '"text-of-a-payload"', 'not json at all']) {
      const signed = await new CompactSign(Buffer.from(payload))
        .setProtectedHeader({ alg: 'RS256', kid: 'k1' })
        .sign(pair.privateKey)
      await expectRefused(actorOf, signed, { message: /not a signed JSON Web Token/ })
    }
  })

  test('more than 16 384 characters, without looking at them', async () => {
    const padding = 'x'.repeat(16_384)
    await expectRefused(actorOf, await token({ padding }), { message: /longer than 16384/ })
    const started = performance.now()
    await expect(actorOf('.'.repeat(50_000_000))).rejects.toThrow(/longer than 16384/)
    expect(performance.now() - started).toBeLessThan(1000)
  })
})

describe('the clocks may be apart', () => {
  const at = async (
    clockTolerance: number | undefined,
    changes: (now: number) => Record<string, unknown>,
  ) => {
    // In the middle of a second, so that none passes on the way.
    vi.useFakeTimers({ toFake: ['Date'], now: 1_790_000_000_500 })
    const of = actorFromJwt({
      issuer: issuer.url,
      audience: AUDIENCE,
      map,
      ...(clockTolerance === undefined ? {} : { clockTolerance }),
    })
    return of(await token(changes(1_790_000_000)))
  }

  test.each([
    [undefined, 4, true],
    [undefined, 5, false],
    [0, -1, true],
    [0, 0, false],
    [300, 299, true],
    [300, 300, false],
  ])('tolerance %s: expired %s s ago is accepted: %s', async (tolerance, ago, accepted) => {
    const outcome = at(tolerance, (now) => ({ exp: now - ago }))
    if (accepted) expect(await outcome).toEqual(ACTOR)
    else await expect(outcome).rejects.toMatchObject({ code: 'UNAUTHENTICATED', field: 'exp' })
  })

  test.each([
    [undefined, 5, true],
    [undefined, 6, false],
    [0, 0, true],
    [0, 1, false],
    [300, 300, true],
    [300, 301, false],
  ])('tolerance %s: valid in %s s is accepted: %s', async (tolerance, ahead, accepted) => {
    const outcome = at(tolerance, (now) => ({ nbf: now + ahead, exp: now + 900 }))
    if (accepted) expect(await outcome).toEqual(ACTOR)
    else await expect(outcome).rejects.toMatchObject({ code: 'UNAUTHENTICATED', field: 'nbf' })
  })
})
