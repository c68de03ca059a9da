import { isCryptoKey, isKeyObject } from 'node:util/types'
import {
  createLocalJWKSet,
  type CryptoKey,
  type JSONWebKeySet,
  type JWTVerifyGetKey,
  type KeyObject,
} from 'jose'
import { leastSecretBytes } from './algorithms.ts'
import { invalid } from './invalid.ts'

/**
 * Keys that need no request: a JSON Web Key Set of public keys, a `KeyObject` or `CryptoKey` that is
 * public or a secret, or the bytes of a secret.
 */
export type VerificationKeys =
  | { readonly keys: readonly object[] }
  | { readonly type: 'public' | 'secret' | 'private' }
  | Uint8Array

const WHAT =
  'must be a JSON Web Key Set, a public KeyObject or CryptoKey, or a secret: a KeyObject, a CryptoKey or bytes.'

const isKey = (keys: unknown): keys is CryptoKey | KeyObject =>
  isKeyObject(keys) || isCryptoKey(keys)

/** Whether `keys` is a secret that issuer and service share. */
export const isSecret = (keys: unknown): boolean =>
  keys instanceof Uint8Array || (isKey(keys) && keys.type === 'secret')

/** A `CryptoKey` tells its length, but rarely its bytes. */
const bytesOf = (secret: unknown): Uint8Array =>
  isKeyObject(secret) ? secret.export() : secret instanceof Uint8Array ? secret : new Uint8Array()

const lengthOf = (secret: unknown): number =>
  isCryptoKey(secret)
    ? Number((secret.algorithm as { readonly length?: number }).length) / 8
    : bytesOf(secret).length

const checkSecret = (secret: unknown, algorithms: readonly string[]): void => {
  const start = new TextDecoder('latin1').decode(bytesOf(secret).subarray(0, 64))
  if (start.includes('-----BEGIN'))
    throw invalid(
      'keys',
      'is a PEM text, which is no secret. Pass createPublicKey(pem) of node:crypto.',
    )
  const least = leastSecretBytes(algorithms)
  if (!(lengthOf(secret) >= least))
    throw invalid('keys', `must be a random secret of at least ${least} bytes.`)
}

const keySet = (keys: unknown): JWTVerifyGetKey => {
  let set: ReturnType<typeof createLocalJWKSet>
  try {
    set = createLocalJWKSet(keys as JSONWebKeySet)
  } catch {
    throw invalid('keys', WHAT)
  }
  const members = set.jwks().keys
  if (members.length === 0) throw invalid('keys', 'must hold a key.')
  if (members.some((key) => 'd' in key || 'k' in key || 'priv' in key))
    throw invalid('keys', 'holds a private key or a secret. A key set is made of public keys.')
  return set
}

/** Keys from option `keys`, copied where they could change. @throws `INVALID` */
export const givenKeys = (keys: unknown, algorithms: readonly string[]): JWTVerifyGetKey => {
  if (isSecret(keys)) {
    checkSecret(keys, algorithms)
    const secret = keys instanceof Uint8Array ? keys.slice() : (keys as CryptoKey | KeyObject)
    return () => secret
  }
  if (!isKey(keys)) return keySet(keys)
  if (keys.type === 'public') return () => keys
  throw invalid('keys', 'is a private key. Pass the public one; only the issuer needs the other.')
}
