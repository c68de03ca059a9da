import { HoldfastError, isHoldfastError } from '@holdfast/core'
import { errors } from 'jose'

/** An `UNAUTHENTICATED` error. It never has a cause: the errors of jose quote claims and parts of the token. */
export const unauthenticated = (message: string, claim?: string): HoldfastError =>
  new HoldfastError('UNAUTHENTICATED', message, { field: claim })

const OTHER_VALUE: Readonly<Record<string, string>> = {
  iss: 'The token is from another issuer. Send one from the issuer that option issuer names.',
  aud: 'The token is meant for another audience. Ask the issuer for one for this service, or name its audience in option audience.',
  typ: 'The token is of another type than option typ says. Send an access token where one is asked for.',
  nbf: 'The token is not valid yet. Send it later, or set the clocks right.',
}

const claimRefusal = ({ claim, reason }: errors.JWTClaimValidationFailed): HoldfastError => {
  if (reason === 'missing')
    return unauthenticated(
      `The token lacks the claim ${claim}. Have the issuer put it into its tokens.`,
      claim,
    )
  if (reason === 'invalid')
    return unauthenticated(
      `The claim ${claim} of the token must be a number of seconds. Have the issuer correct it.`,
      claim,
    )
  return unauthenticated(OTHER_VALUE[claim] ?? `The token's ${claim} is refused.`, claim)
}

/** By the codes of jose. */
const MESSAGES: Readonly<Record<string, string>> = {
  ERR_JWT_EXPIRED: 'The token has expired. Ask the issuer for a new one.',
  ERR_JOSE_ALG_NOT_ALLOWED:
    'The token is signed by an algorithm that option algorithms does not name.',
  ERR_JWKS_NO_MATCHING_KEY:
    'No key of the issuer fits the token. Send one that the issuer signed with a current key.',
  ERR_JWKS_MULTIPLE_MATCHING_KEYS:
    'Several keys of the issuer fit the token. Have the issuer name the key in the header kid.',
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED:
    'The signature of the token is wrong. Send a token as the issuer made it.',
  ERR_JOSE_NOT_SUPPORTED:
    'The header crit of the token asks for an extension that is not supported.',
}

/** What is wrong with a token, from the error of jose. Holds neither the token nor any value of it. */
export const refusal = (error: unknown): HoldfastError => {
  if (isHoldfastError(error)) return error
  if (error instanceof errors.JWTClaimValidationFailed) return claimRefusal(error)
  if (!(error instanceof errors.JOSEError))
    return unauthenticated('The token cannot be verified with the key that it names.')
  return unauthenticated(
    MESSAGES[error.code] ?? 'This is not a signed JSON Web Token. Send the token alone, unchanged.',
    error instanceof errors.JWTExpired ? 'exp' : undefined,
  )
}
