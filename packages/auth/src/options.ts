import type { ActorShape } from '@holdfast/core'
import type { JWTVerifyGetKey } from 'jose'
import { allowedAlgorithms, type JwtAlgorithm } from './algorithms.ts'
import type { Claims } from './claims.ts'
import { givenKeys, isSecret, type VerificationKeys } from './given-keys.ts'
import { invalid } from './invalid.ts'
import { issuerKeys } from './issuer-keys.ts'
import { secureUrl } from './secure-url.ts'

/** What `actorFromJwt` takes. */
export interface JwtOptions<A extends ActorShape> {
  /** The `iss` that every token must carry, letter by letter; an https address unless `keys` or `jwksUri` is given. */
  readonly issuer: string
  /** The `aud` of this service; of several, a token must carry one. */
  readonly audience: string | readonly string[]
  /**
   * Makes the actor from verified claims, synchronously. What it throws makes the token
   * `UNAUTHENTICATED` without a word of what it said; a `HoldfastError` is passed on as it is.
   */
  readonly map: (claims: Claims) => A
  /** Keys to verify with, instead of those that the issuer publishes. */
  readonly keys?: VerificationKeys
  /** Where the issuer publishes its keys, https. Default: what its OpenID configuration says. */
  readonly jwksUri?: string
  /** Default: every RS, PS, ES and Ed algorithm. HS algorithms must be named, and need a secret in `keys`. */
  readonly algorithms?: readonly JwtAlgorithm[]
  /** The `typ` that a token's header must carry, for example `'at+jwt'` for access tokens of RFC 9068. Default: any. */
  readonly typ?: string
  /** Claims a token must carry beside `iss`, `aud`, `sub` and `exp`. */
  readonly requiredClaims?: readonly string[]
  /** How far clocks may be apart, in seconds, 0 to 300. Default 5. */
  readonly clockTolerance?: number
  /** When a request to the issuer is given up, in milliseconds. Default 5000. */
  readonly timeoutMs?: number
  /** How long the issuer's keys are used before they are requested again, in milliseconds. Default 600 000. */
  readonly cacheMs?: number
  /** Least time between a request for keys and the next one because of an unknown key, in milliseconds. Default 30 000. */
  readonly cooldownMs?: number
}

/** Checked options, in the form that verification uses. */
export interface JwtSettings {
  readonly keyFor: JWTVerifyGetKey
  readonly verify: {
    readonly issuer: string
    readonly audience: string[]
    readonly algorithms: string[]
    readonly requiredClaims: string[]
    readonly clockTolerance: number
    readonly typ?: string
  }
}

const MAX_TOLERANCE = 300
const MAX_TIMEOUT = 60_000
const MAX_AGE = 86_400_000

const text = (name: string, given: unknown): string => {
  if (typeof given === 'string' && given.trim() !== '') return given
  throw invalid(name, 'must be a text that is not empty.')
}

const texts = (name: string, given: unknown): string[] => {
  if (!Array.isArray(given)) throw invalid(name, 'must be a list of texts.')
  return given.map((one: unknown) => text(name, one))
}

const audiences = (given: unknown): string[] => {
  const list = texts('audience', Array.isArray(given) ? given : [given])
  if (list.length > 0) return list
  throw invalid('audience', 'must name an audience.')
}

const numberWithin = (
  name: string,
  given: unknown,
  [least, standard, most]: readonly [number, number, number],
): number => {
  if (given === undefined) return standard
  if (Number.isInteger(given) && Number(given) >= least && Number(given) <= most)
    return Number(given)
  throw invalid(name, `must be a whole number from ${least} to ${most}.`)
}

const keySource = (options: JwtOptions<ActorShape>, algorithms: string[]): JWTVerifyGetKey => {
  const { issuer, keys } = options
  if (keys !== undefined && options.jwksUri !== undefined)
    throw invalid('jwksUri', 'and option keys exclude each other.')
  const jwksUri = secureUrl(options.jwksUri)
  if (options.jwksUri !== undefined && jwksUri === undefined)
    throw invalid('jwksUri', 'must be an https address.')
  const url = secureUrl(issuer)
  const canDiscover = url !== undefined && url.search === '' && url.hash === ''
  if (keys === undefined && jwksUri === undefined && !canDiscover)
    throw invalid('issuer', 'must be an https address, unless keys or jwksUri is given.')
  const times = {
    timeoutMs: numberWithin('timeoutMs', options.timeoutMs, [1, 5000, MAX_TIMEOUT]),
    cacheMs: numberWithin('cacheMs', options.cacheMs, [0, 600_000, MAX_AGE]),
    cooldownMs: numberWithin('cooldownMs', options.cooldownMs, [0, 30_000, MAX_AGE]),
  }
  return keys === undefined
    ? issuerKeys({ issuer, jwksUri, ...times })
    : givenKeys(keys, algorithms)
}

/** Checks and copies options. @throws `INVALID` naming the option */
export const checkedOptions = (options: JwtOptions<ActorShape>): JwtSettings => {
  const { issuer, audience, map, keys, typ, requiredClaims = [] } = options
  const algorithms = allowedAlgorithms(options.algorithms, isSecret(keys))
  if (typeof map !== 'function') throw invalid('map', 'must be a function of the claims.')
  const verify = {
    issuer: text('issuer', issuer),
    audience: audiences(audience),
    algorithms,
    requiredClaims: ['exp', ...texts('requiredClaims', requiredClaims)],
    clockTolerance: numberWithin('clockTolerance', options.clockTolerance, [0, 5, MAX_TOLERANCE]),
    ...(typ === undefined ? {} : { typ: text('typ', typ) }),
  }
  return { keyFor: keySource(options, algorithms), verify }
}
