import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import type { CannedAnswer, Treatment } from './fault.ts'
import { forward, type Message, passedHeaders, readWhole } from './forward.ts'
import { reset } from './reset.ts'

/** What every exchange of one proxy has in common. */
export interface Exchange {
  readonly target: URL
  readonly waitMs: Readonly<Record<'before' | 'after', number>>
  readonly canned: Readonly<Record<'error500' | 'error503' | 'throttle', CannedAnswer>>
  /** Aborts when the proxy stops. */
  readonly signal: AbortSignal
  /** Called before each delivery to the target. */
  readonly onForward: () => void
}

const deliver = async (
  { target, onForward }: Exchange,
  { forwards }: Treatment,
  request: Message,
): Promise<Message | undefined> => {
  let first: Message | undefined
  for (let made = 0; made < forwards; made += 1) {
    onForward()
    const answer = await forward(target, request)
    first ??= answer
  }
  return first
}

const pass = (response: ServerResponse, answer: Message): void => {
  response.writeHead(answer.head.statusCode ?? 502, passedHeaders(answer)).end(answer.body)
}

const truncate = (response: ServerResponse, answer: Message): void => {
  response.writeHead(answer.head.statusCode ?? 502, passedHeaders(answer))
  const half = answer.body.subarray(0, answer.body.length >> 1)
  response.write(half, () => void response.destroy())
}

const give = (
  response: ServerResponse,
  { status, headers = {}, body = '' }: CannedAnswer,
): void => {
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body)
}

/** Takes one request through its treatment. Whatever fails on the way to the target resets the caller. */
export const treat = async (
  exchange: Exchange,
  treatment: Treatment,
  { request, response }: { request: IncomingMessage; response: ServerResponse },
): Promise<void> => {
  const { waits, answer: kind } = treatment
  const wait = async (when: 'before' | 'after'): Promise<void> => {
    if (waits === when)
      await setTimeout(exchange.waitMs[when], undefined, { signal: exchange.signal })
  }
  try {
    const message = await readWhole(request)
    await wait('before')
    const answer = await deliver(exchange, treatment, message)
    await wait('after')
    if (kind === 'hang') return
    if (kind === 'error500' || kind === 'error503' || kind === 'throttle')
      give(response, exchange.canned[kind])
    else if (answer === undefined || kind === 'reset') reset(request.socket)
    else if (kind === 'truncate') truncate(response, answer)
    else pass(response, answer)
  } catch {
    // The caller has left, the target is down or the proxy stops.
    reset(request.socket)
  }
}
