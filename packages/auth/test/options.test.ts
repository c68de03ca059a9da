import { describe, expect, test } from 'vitest'
import { actorFromJwt, type JwtOptions } from '@holdfast/auth'
import { AUDIENCE, claimsFrom, Issuer, pairOf, sign } from './support/issuer.ts'
import { errorOf } from './support/refusals.ts'

const right = {
  issuer: 'https://issuer.example',
  audience: AUDIENCE,
  map: () => ({ roles: ['clerk'] }),
}

test('the options that must be given are enough', () => {
  expect(actorFromJwt(right)).toBeTypeOf('function')
})

describe('an option is refused at once, by its name:', () => {
  test.each<[string, unknown]>([
    ['issuer', undefined],
    ['issuer', ''],
    ['issuer', '  '],
    ['issuer', ['https://issuer.example']],
    ['issuer', 'issuer.example'],
    ['issuer', 'http://issuer.example'],
    ['issuer', 'http://127.0.0.1.example'],
    ['issuer', 'https://user@issuer.example'],
    ['issuer', 'https://issuer.example/?tenant=1'],
    ['issuer', 'https://issuer.example/#a'],
    ['issuer', 'file:///issuer'],
    ['audience', undefined],
    ['audience', ''],
    ['audience', []],
    ['audience', [AUDIENCE, '']],
    ['audience', [AUDIENCE, undefined]],
    ['audience', /orders/],
    ['map', undefined],
    ['map', { roles: [] }],
    ['jwksUri', ''],
    ['jwksUri', 'keys'],
    ['jwksUri', 'http://issuer.example/keys'],
    ['jwksUri', 'ftp://issuer.example/keys'],
    ['jwksUri', new URL('https://issuer.example/keys')],
    ['typ', ''],
    ['typ', 7],
    ['requiredClaims', ['']],
    ['requiredClaims', [7]],
    ['requiredClaims', 'tenant'],
    ['requiredClaims', 7],
    ['clockTolerance', -1],
    ['clockTolerance', 301],
    ['clockTolerance', 0.5],
    ['clockTolerance', NaN],
    ['clockTolerance', '5 minutes'],
    ['timeoutMs', 0],
    ['timeoutMs', 60_001],
    ['timeoutMs', Infinity],
    ['cacheMs', -1],
    ['cacheMs', NaN],
    ['cacheMs', Infinity],
    ['cooldownMs', -1],
    ['cooldownMs', '1 s'],
  ])('%s %j', async (name, value) => {
    const error = await errorOf(() =>
      actorFromJwt({ ...right, [name]: value } as unknown as JwtOptions<{ roles: string[] }>),
    )
    expect(error).toMatchObject({ code: 'INVALID', field: name })
    expect(error.message).toContain(`Option ${name} `)
  })
})

test.each(['issuer', 'orders', 'accounts.example'])(
  'an issuer named %j needs an address of its keys',
  async (issuer) => {
    expect(await errorOf(() => actorFromJwt({ ...right, issuer }))).toMatchObject({
      field: 'issuer',
    })
    expect(actorFromJwt({ ...right, issuer, jwksUri: 'https://keys.example/' })).toBeTypeOf(
      'function',
    )
  },
)

test('later changes of the options do nothing', async () => {
  const pair = await pairOf('k1')
  await using issuer = await Issuer.start(pair)
  const audience = [AUDIENCE]
  const algorithms: JwtOptions<{ roles: string[] }>['algorithms'] = ['ES256']
  const options = { issuer: issuer.url, audience, algorithms, map: () => ({ roles: ['clerk'] }) }
  const actorOf = actorFromJwt(options)
  audience[0] = 'https://evil.example'
  options.issuer = 'https://evil.example'
  options.map = () => ({ roles: ['owner'] })
  Object.assign(algorithms, ['RS256'])
  expect(await actorOf(await sign(pair, claimsFrom(issuer.url)))).toEqual({ roles: ['clerk'] })
})
