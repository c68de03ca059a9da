import { unauthenticated } from './refusal.ts'

const MAX_DEPTH = 16

/**
 * The claims of a token whose signature and times were verified: a copy without prototypes, so that
 * `claims['constructor']` is undefined unless the token says otherwise, and without anything named
 * `__proto__`.
 */
export interface Claims {
  /** Equal to option `issuer`. */
  readonly iss: string
  /** One of the audiences named in option `audience`, or a list that holds one. */
  readonly aud: string | readonly string[]
  /** Whom the token is about. Never empty. */
  readonly sub: string
  /** When the token expires, in seconds since 1970. */
  readonly exp: number
  readonly [claim: string]: unknown
}

const withoutPrototypes = (value: unknown, depth = 0): unknown => {
  if (typeof value !== 'object' || value === null) return value
  if (depth > MAX_DEPTH)
    throw unauthenticated(
      `The claims of the token are nested deeper than ${MAX_DEPTH} levels. Have the issuer put less into it.`,
    )
  if (Array.isArray(value)) return value.map((one) => withoutPrototypes(one, depth + 1))
  const copy = Object.create(null) as Record<string, unknown>
  for (const [name, one] of Object.entries(value))
    if (name !== '__proto__') copy[name] = withoutPrototypes(one, depth + 1)
  return copy
}

/** The payload of a verified token as `map` receives it. @throws `UNAUTHENTICATED` */
export const claimsOf = (payload: object): Claims => {
  const claims = withoutPrototypes(payload) as Claims
  if (typeof claims.sub !== 'string' || claims.sub === '')
    throw unauthenticated('The claim sub of the token must be a text that is not empty.', 'sub')
  return claims
}
