import type { HoldfastError } from '@holdfast/core'
import {
  createRemoteJWKSet,
  customFetch,
  errors,
  type JWTVerifyGetKey,
  type RemoteJWKSet,
} from 'jose'
import { issuerFetch, misconfigured, unavailable } from './issuer-fetch.ts'
import { isLoopback, secureUrl } from './secure-url.ts'

/** Where an issuer's keys are, and how long to wait for them and keep them. */
export interface IssuerKeysOptions {
  readonly issuer: string
  /** Default: what the issuer's OpenID configuration says. */
  readonly jwksUri: URL | undefined
  readonly timeoutMs: number
  readonly cacheMs: number
  readonly cooldownMs: number
}

const fetchConfiguration = async (url: URL, timeoutMs: number): Promise<unknown> => {
  const init = { signal: AbortSignal.timeout(timeoutMs), headers: { accept: 'application/json' } }
  const response = await issuerFetch(url.href, init)
  try {
    return await response.json()
  } catch (error) {
    if (error instanceof SyntaxError) throw misconfigured(`${url.href} answered without JSON.`)
    throw unavailable(error)
  }
}

/** The address of an issuer's keys from its OpenID configuration. @throws `UNAVAILABLE`, `MISCONFIGURED` */
const discover = async ({ issuer, timeoutMs }: IssuerKeysOptions): Promise<URL> => {
  const url = new URL(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`)
  const configuration = (await fetchConfiguration(url, timeoutMs)) as {
    readonly issuer?: unknown
    readonly jwks_uri?: unknown
  } | null
  // Otherwise whoever answers here could name keys for an issuer that is not theirs.
  if (configuration?.issuer !== issuer)
    throw misconfigured(`${url.href} is the configuration of another issuer.`)
  const keys = secureUrl(configuration.jwks_uri)
  if (keys === undefined || (isLoopback(keys) && !isLoopback(url)))
    throw misconfigured(`The jwks_uri in ${url.href} is not an https address.`)
  return keys
}

/** Why there are no keys: the issuer does not answer, or not with keys. */
const keysError = (error: unknown): HoldfastError =>
  error instanceof errors.JWKSInvalid ||
  (error instanceof errors.JOSEError && error.cause instanceof SyntaxError)
    ? misconfigured('What the issuer publishes as its keys is no JSON Web Key Set of public keys.')
    : unavailable(error)

const isAboutToken = (error: unknown): boolean =>
  error instanceof errors.JWKSNoMatchingKey ||
  error instanceof errors.JWKSMultipleMatchingKeys ||
  error instanceof errors.JOSENotSupported

/**
 * The keys of an issuer, requested when the first token comes and kept. Concurrent calls share one
 * request; a failed one is forgotten.
 */
export const issuerKeys = (options: IssuerKeysOptions): JWTVerifyGetKey => {
  const open = async (): Promise<RemoteJWKSet> =>
    createRemoteJWKSet(options.jwksUri ?? (await discover(options)), {
      timeoutDuration: options.timeoutMs,
      cacheMaxAge: options.cacheMs,
      cooldownDuration: options.cooldownMs,
      [customFetch]: issuerFetch,
    })
  let opened: Promise<RemoteJWKSet> | undefined
  const forget = (one: Promise<RemoteJWKSet> | undefined): void => {
    if (opened === one) opened = undefined
  }
  return async (header, token) => {
    const current = (opened ??= open())
    let keys: RemoteJWKSet | undefined
    try {
      keys = await current
      return await keys(header, token)
    } catch (error) {
      if (isAboutToken(error)) throw error
      // Keys that are still good outlast a failed search for a newer one; otherwise look anew, also for their address.
      if (keys?.fresh !== true) forget(current)
      throw keysError(error)
    }
  }
}
