import { invalid } from './invalid.ts'

const ASYMMETRIC = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
] as const

/** Least length of a secret in bytes: that of the hash (RFC 7518, section 3.2). */
const SYMMETRIC = { HS256: 32, HS384: 48, HS512: 64 } as const

/** Signature algorithms of RFC 7518 and RFC 8037. `none` is not one of them. */
export type JwtAlgorithm = (typeof ASYMMETRIC)[number] | keyof typeof SYMMETRIC

const isSymmetric = (name: string): name is keyof typeof SYMMETRIC => Object.hasOwn(SYMMETRIC, name)

/** Least bytes of a secret for all of `algorithms`. */
export const leastSecretBytes = (algorithms: readonly string[]): number =>
  Math.max(0, ...algorithms.map((name) => (isSymmetric(name) ? SYMMETRIC[name] : 0)))

/**
 * The algorithms a token may be signed with. Public keys and secrets never share a list: a token
 * signed with a public key as if it were a secret would pass for the issuer's.
 * @throws `INVALID`
 */
export const allowedAlgorithms = (given: unknown, withSecret: boolean): string[] => {
  if (given === undefined && !withSecret) return [...ASYMMETRIC]
  if (!Array.isArray(given) || given.length === 0)
    throw invalid(
      'algorithms',
      withSecret ? 'must name HS256, HS384 or HS512 where keys is a secret.' : 'must be a list.',
    )
  for (const name of given as unknown[]) {
    const symmetric = typeof name === 'string' && isSymmetric(name)
    if (!symmetric && !ASYMMETRIC.includes(name as never))
      throw invalid(
        'algorithms',
        `may hold ${[...ASYMMETRIC, ...Object.keys(SYMMETRIC)].join(', ')} only.`,
      )
    if (symmetric && !withSecret)
      throw invalid('algorithms', 'may hold HS256, HS384 and HS512 only where keys is a secret.')
    if (!symmetric && withSecret)
      throw invalid('algorithms', 'may hold only HS256, HS384 and HS512 where keys is a secret.')
  }
  return [...(given as string[])]
}
