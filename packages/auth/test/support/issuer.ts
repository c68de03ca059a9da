import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, type CryptoKey, type JWK, SignJWT } from 'jose'

/** What tokens of the tests are for. */
export const AUDIENCE = 'https://orders.example'

/** A key pair of an issuer. */
export interface Pair {
  readonly kid: string
  readonly algorithm: string
  readonly privateKey: CryptoKey
  readonly publicKey: CryptoKey
  readonly jwk: JWK
}

export const pairOf = async (kid: string, algorithm = 'ES256'): Promise<Pair> => {
  const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true })
  const jwk = { ...(await exportJWK(publicKey)), kid, alg: algorithm, use: 'sig' }
  return { kid, algorithm, privateKey, publicKey, jwk }
}

/** The claims of a token that is good for a minute, but for what `changes` says; `undefined` removes one. */
export const claimsFrom = (
  issuer: string,
  changes: Record<string, unknown> = {},
): Record<string, unknown> => ({
  iss: issuer,
  aud: AUDIENCE,
  sub: 'subject-5f1c7a',
  tenant: 'tenant-90bd3e',
  exp: Math.floor(Date.now() / 1000) + 60,
  ...changes,
})

export const sign = (
  { privateKey, algorithm, kid }: Pair,
  claims: Record<string, unknown>,
  header: Record<string, unknown> = {},
): Promise<string> =>
  new SignJWT(claims).setProtectedHeader({ alg: algorithm, kid, ...header }).sign(privateKey)

type Answer = (request: IncomingMessage, response: ServerResponse) => void

/** A real HTTP server with an OpenID configuration and keys, on this machine. */
export class Issuer {
  readonly #server = createServer((request, response) => {
    const path = request.url ?? ''
    this.requests.push(path)
    const answer = this.answers[path]
    if (answer === undefined) response.writeHead(404).end()
    else answer(request, response)
  })
  /** Paths, in the order of the requests. */
  requests: string[] = []
  keys: readonly JWK[] = []
  answers: Record<string, Answer> = {
    '/.well-known/openid-configuration': (_, response) =>
      json(response, { issuer: this.url, jwks_uri: `${this.url}/keys` }),
    '/keys': (_, response) => json(response, { keys: this.keys }),
  }
  url = ''

  static async start(...pairs: readonly Pair[]): Promise<Issuer> {
    const issuer = new Issuer()
    issuer.keys = pairs.map(({ jwk }) => jwk)
    await issuer.#listen(0)
    return issuer
  }

  async #listen(port: number): Promise<void> {
    this.#server.listen(port, '127.0.0.1')
    await once(this.#server, 'listening')
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** How often a path was asked for. */
  count(path: string): number {
    return this.requests.filter((one) => one === path).length
  }

  async stop(): Promise<void> {
    if (!this.#server.listening) return
    this.#server.close()
    this.#server.closeAllConnections()
    await once(this.#server, 'close')
  }

  /** Answers again, under the same address. */
  async restart(): Promise<void> {
    await this.#listen(Number(new URL(this.url).port))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }
}

export const json = (response: ServerResponse, value: unknown): void => {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}
