import { request as send } from 'node:http'
import { Readable } from 'node:stream'
import { setTimeout } from 'node:timers/promises'
import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb'
import { DYNAMODB_CLIENT } from '@holdfast/engines'

/** How `dynamodb()` makes its own client. The document client cannot do with a stack made once. */
export const OWN_CLIENT: DynamoDBClientConfig = {
  maxAttempts: 1,
  cacheMiddleware: true,
  logger: { debug: () => {}, warn: () => {}, error: () => {} } as never,
}

/** What the SDK hands to its request handler, as far as it is used. */
interface SdkRequest {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array
}

interface SdkResponse {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Readable
}

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

const ask = (endpoint: URL, { path, headers, body }: SdkRequest): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const options = { host: endpoint.hostname, port: endpoint.port, method: 'POST', path, headers }
    const sent = send(options, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers as Record<string, string>,
          body: Buffer.concat(chunks),
        }),
      )
    })
    sent.on('error', reject).end(body)
  })

const given = ({ status, headers, body }: Answer): { response: SdkResponse } => ({
  response: { statusCode: status, headers, body: Readable.from([body], { objectMode: false }) },
})

/**
 * A transport that first passes calls on to DynamoDB Local and keeps the last answer to each kind of
 * call. From `replay` on it gives those answers itself, so that everything but the network runs.
 */
export class Transport {
  readonly client: DynamoDBClient
  readonly #endpoint: URL
  readonly #kept = new Map<string, Answer>()
  #delayMs: number | undefined

  constructor(endpoint: string, settings: DynamoDBClientConfig = {}) {
    this.#endpoint = new URL(endpoint)
    this.client = new DynamoDBClient({
      ...DYNAMODB_CLIENT,
      ...settings,
      endpoint,
      requestHandler: {
        handle: (request: SdkRequest) => this.#handle(request),
      } as never,
    })
  }

  /** From now on answers come from here, so many milliseconds after the call; at once for 0. */
  replay(delayMs = 0): void {
    this.#delayMs = delayMs
  }

  async #handle(request: SdkRequest): Promise<{ response: SdkResponse }> {
    const call = request.headers['x-amz-target'] ?? ''
    if (this.#delayMs === undefined) {
      const answer = await ask(this.#endpoint, request)
      this.#kept.set(call, answer)
      return given(answer)
    }
    const kept = this.#kept.get(call)
    if (kept === undefined) throw new Error(`${call} was not called before its answer is repeated.`)
    if (this.#delayMs > 0) await setTimeout(this.#delayMs)
    return given(kept)
  }
}
