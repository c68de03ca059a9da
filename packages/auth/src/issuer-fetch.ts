import { HoldfastError, isHoldfastError } from '@holdfast/core'

/** Worth another try: too early, too many, and everything that is the server's fault. */
const isPassing = (status: number): boolean =>
  status >= 500 || status === 408 || status === 425 || status === 429

/** An `UNAVAILABLE` error: the issuer did not answer, and the same call may succeed later. */
export const unavailable = (cause: unknown): HoldfastError =>
  isHoldfastError(cause)
    ? cause
    : new HoldfastError(
        'UNAVAILABLE',
        'The issuer did not hand out its keys, so the token could not be verified. Try again later.',
        { retryable: true, cause },
      )

/** A `MISCONFIGURED` error: what the issuer publishes does not fit the options. */
export const misconfigured = (problem: string): HoldfastError =>
  new HoldfastError('MISCONFIGURED', `${problem} Correct option issuer, or set option jwksUri.`)

/**
 * Requests what an issuer publishes. Follows no redirect: another host must not be able to speak for
 * the issuer.
 * @throws `UNAVAILABLE` for failures that pass, `MISCONFIGURED` for other answers than 200
 */
export const issuerFetch = async (url: string, init: RequestInit): Promise<Response> => {
  const response = await fetch(url, { ...init, redirect: 'manual' }).catch((error: unknown) => {
    throw unavailable(error)
  })
  const { status } = response
  if (status === 200) return response
  await response.body?.cancel()
  if (isPassing(status)) throw unavailable(new Error(`${url} answered with status ${status}`))
  throw misconfigured(`${url} answered with status ${status} instead of 200.`)
}
