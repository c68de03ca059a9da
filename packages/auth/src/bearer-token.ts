import { unauthenticated } from './refusal.ts'

const BEARER = /^Bearer +([\w.~+/-]+=*) *$/i

/**
 * The token in the value of an `Authorization` header (RFC 6750). Takes what frameworks hand out for a
 * header that is missing, too.
 * @throws `UNAUTHENTICATED` when there is none, or another scheme
 */
export const bearerToken = (authorization: string | null | undefined): string => {
  const token = typeof authorization === 'string' ? BEARER.exec(authorization)?.[1] : undefined
  if (token === undefined)
    throw unauthenticated(
      'The request has no bearer token. Send the header Authorization: Bearer <token>.',
    )
  return token
}
