import { createPublicKey, createSecretKey, randomBytes } from 'node:crypto'
import { exportPKCS8, exportSPKI, SignJWT } from 'jose'
import { beforeAll, describe, expect, test } from 'vitest'
import { actorFromJwt, type JwtAlgorithm, type JwtOptions } from '@holdfast/auth'
import { AUDIENCE, claimsFrom, type Pair, pairOf, sign } from './support/issuer.ts'
import { errorOf, expectRefused } from './support/refusals.ts'

const ACTOR = { roles: ['clerk'] }
const ISSUER = 'orders-tests'
const make = (options: Partial<JwtOptions<typeof ACTOR>>) =>
  actorFromJwt({ issuer: ISSUER, audience: AUDIENCE, map: () => ACTOR, ...options })
const invalid = async (options: object, message: RegExp, field = 'keys') => {
  const error = await errorOf(() => make(options))
  expect(error).toMatchObject({ code: 'INVALID', field })
  expect(error.message).toMatch(message)
}

let pair: Pair
let stranger: Pair
beforeAll(async () => {
  pair = await pairOf('k1', 'RS256')
  stranger = await pairOf('k1', 'RS256')
})

describe('keys may be', () => {
  test('a set of public keys', async () => {
    const actorOf = make({ keys: { keys: [pair.jwk] } })
    expect(await actorOf(await sign(pair, claimsFrom(ISSUER)))).toEqual(ACTOR)
    await expectRefused(actorOf, await sign(stranger, claimsFrom(ISSUER)), { message: /signature/ })
    await expectRefused(actorOf, await sign({ ...pair, kid: 'k2' }, claimsFrom(ISSUER)), {
      message: /No key/,
    })
  })

  test('a set of public keys, which later changes of it do not touch', async () => {
    const set = { keys: [pair.jwk] }
    const actorOf = make({ keys: set })
    set.keys[0] = stranger.jwk
    expect(await actorOf(await sign(pair, claimsFrom(ISSUER)))).toEqual(ACTOR)
    await expectRefused(actorOf, await sign(stranger, claimsFrom(ISSUER)), { message: /signature/ })
  })

  test('a public KeyObject or CryptoKey', async () => {
    const pem = await exportSPKI(pair.publicKey)
    for (const keys of [createPublicKey(pem), pair.publicKey]) {
      const actorOf = make({ keys })
      expect(await actorOf(await sign(pair, claimsFrom(ISSUER)))).toEqual(ACTOR)
      await expectRefused(actorOf, await sign(stranger, claimsFrom(ISSUER)), {
        message: /signature/,
      })
    }
  })

  test('a key that the algorithm of the token does not fit', async () => {
    const other = await pairOf('k1', 'ES256')
    await expectRefused(make({ keys: pair.publicKey }), await sign(other, claimsFrom(ISSUER)), {
      message: /cannot be verified with the key/,
    })
  })

  test.each([
    ['HS256', 32],
    ['HS384', 48],
    ['HS512', 64],
  ] as const)('a secret for %s of %s bytes or more', async (algorithm, length) => {
    const secret = randomBytes(length)
    const token = await new SignJWT(claimsFrom(ISSUER))
      .setProtectedHeader({ alg: algorithm })
      .sign(secret)
    const wrong = await new SignJWT(claimsFrom(ISSUER))
      .setProtectedHeader({ alg: algorithm })
      .sign(randomBytes(length))
    const subtle = { name: 'HMAC', hash: `SHA-${algorithm.slice(2)}`, length: length * 8 }
    const cryptoKey = await crypto.subtle.importKey('raw', secret, subtle, true, ['verify'])
    for (const keys of [new Uint8Array(secret), createSecretKey(secret), cryptoKey]) {
      const actorOf = make({ keys, algorithms: [algorithm] })
      expect(await actorOf(token)).toEqual(ACTOR)
      await expectRefused(actorOf, wrong, { message: /signature/ })
      await expectRefused(actorOf, await sign(pair, claimsFrom(ISSUER)), { message: /algorithm/ })
    }
    const short = { name: 'HMAC', hash: 'SHA-256', length: length * 8 - 8 }
    for (const keys of [
      secret.subarray(1),
      createSecretKey(secret.subarray(1)),
      await crypto.subtle.importKey('raw', secret.subarray(1), short, true, ['verify']),
    ])
      await invalid({ keys, algorithms: [algorithm] }, new RegExp(`at least ${length} bytes`))
  })

  test('the bytes of a secret, which later changes of them do not touch', async () => {
    const secret = new Uint8Array(randomBytes(32))
    const token = await new SignJWT(claimsFrom(ISSUER))
      .setProtectedHeader({ alg: 'HS256' })
      .sign(secret.slice())
    const actorOf = make({ keys: secret, algorithms: ['HS256'] })
    secret.fill(0)
    expect(await actorOf(token)).toEqual(ACTOR)
  })
})

describe('keys are refused when', () => {
  test('they are private', async () => {
    const { createPrivateKey } = await import('node:crypto')
    await invalid({ keys: pair.privateKey }, /private key/)
    await invalid({ keys: createPrivateKey(await exportPKCS8(pair.privateKey)) }, /private key/)
    await invalid({ keys: { keys: [{ ...pair.jwk, d: 'x' }] } }, /private key or a secret/)
  })

  test('a secret stands in a key set', async () => {
    const keys = { keys: [{ kty: 'oct', k: 'c2VjcmV0' }] }
    await invalid({ keys }, /private key or a secret/)
    await invalid({ keys, algorithms: ['HS256'] }, /only where keys is a secret/, 'algorithms')
  })

  test('a public key in text is given as secret, in bytes too', async () => {
    const pem = await exportSPKI(pair.publicKey)
    const algorithms: JwtAlgorithm[] = ['HS256']
    await invalid({ keys: Buffer.from(pem), algorithms }, /PEM/)
    await invalid({ keys: Buffer.from(`\n  ${pem}`), algorithms }, /PEM/)
    await invalid({ keys: createSecretKey(Buffer.from(pem)), algorithms }, /PEM/)
    await invalid({ keys: pem }, /must be a JSON Web Key Set/)
  })

  test.each([{ keys: [] }, {}, { keys: [7] }, null, 7, [], 'secret', () => undefined])(
    'they are %j',
    async (keys) => {
      await invalid({ keys }, /must be a JSON Web Key Set|must hold a key/)
    },
  )

  test('they are given together with jwksUri', async () => {
    await invalid(
      { keys: pair.publicKey, jwksUri: 'https://issuer.example/keys' },
      /exclude each other/,
      'jwksUri',
    )
  })
})

describe('algorithms are refused when', () => {
  const secret = randomBytes(64)

  test('a secret is given and none is named', async () => {
    await invalid({ keys: secret }, /must name HS256/, 'algorithms')
  })

  test.each(['HS256', 'HS384', 'HS512'])('%s is named without a secret', async (algorithm) => {
    const algorithms = [algorithm]
    for (const source of [
      { keys: { keys: [pair.jwk] } },
      { keys: pair.publicKey },
      { issuer: 'https://issuer.example' },
      { jwksUri: 'https://issuer.example/keys' },
    ])
      await invalid({ ...source, algorithms }, /only where keys is a secret/, 'algorithms')
  })

  test('a secret is given and another kind is named too', async () => {
    await invalid({ keys: secret, algorithms: ['HS256', 'RS256'] }, /only HS256/, 'algorithms')
  })

  test.each([
    ['none'],
    [['none', 'RS256']],
    [['rs256']],
    [[]],
    ['RS256'],
    [[7]],
    [[undefined]],
    [null],
  ])('they are %j', async (algorithms) => {
    await invalid({ keys: pair.publicKey, algorithms }, /algorithms (may hold|must)/, 'algorithms')
  })
})
