import { type ActorShape, type HoldfastError, isHoldfastError } from '@holdfast/core'
import { jwtVerify } from 'jose'
import { type Claims, claimsOf } from './claims.ts'
import { invalid } from './invalid.ts'
import { checkedOptions, type JwtOptions, type JwtSettings } from './options.ts'
import { refusal, unauthenticated } from './refusal.ts'

/** Characters. What the usual web server takes as all headers of a request. */
const MAX_LENGTH = 16_384

const verified = async (token: unknown, { keyFor, verify }: JwtSettings): Promise<Claims> => {
  if (typeof token !== 'string' || token === '')
    throw unauthenticated('There is no token. Send the text of a signed JSON Web Token.')
  if (token.length > MAX_LENGTH)
    throw unauthenticated(
      `The token is longer than ${MAX_LENGTH} characters. Have the issuer put less into it.`,
    )
  try {
    const { payload } = await jwtVerify(token, keyFor, verify)
    return claimsOf(payload)
  } catch (error) {
    throw refusal(error)
  }
}

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && typeof Reflect.get(value, 'then') === 'function'

/** Not the error itself: it may quote a claim. */
const mapRefusal = (error: unknown): HoldfastError => {
  if (isHoldfastError(error)) return error
  const kind = error instanceof TypeError ? 'a TypeError' : 'an error'
  return unauthenticated(`The claims of the token make no actor: option map threw ${kind}.`)
}

const mapped = <A>(map: (claims: Claims) => A, claims: Claims): A => {
  let actor: A
  try {
    actor = map(claims)
  } catch (error) {
    throw mapRefusal(error)
  }
  if (!isThenable(actor)) return actor
  Promise.resolve(actor).catch(() => undefined)
  throw invalid('map', 'must return the actor, not a promise. Look up what it needs afterwards.')
}

/**
 * Makes the function that turns a token into an actor: it verifies a signed JSON Web Token (RFC 7519)
 * and hands the claims to `map`. Call it once per process; the keys of the issuer are requested with
 * the first token and shared by all. Nothing about a token or an actor is kept.
 *
 * The function throws `UNAUTHENTICATED` for a token that is refused, naming the rule and in `field` the
 * claim, never a value; `UNAVAILABLE`, to be repeated, when the issuer does not hand out its keys;
 * `MISCONFIGURED` when what the issuer publishes does not fit the options; `INVALID` when `map`
 * returns a promise.
 *
 * @throws `INVALID` for options that are missing, unsafe or exclude each other
 */
export const actorFromJwt = <A extends ActorShape>(
  options: JwtOptions<A>,
): ((token: string) => Promise<A>) => {
  const settings = checkedOptions(options)
  const { map } = options
  return async (token) => mapped(map, await verified(token, settings))
}
