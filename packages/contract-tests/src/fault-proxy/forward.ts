import { request, type IncomingMessage } from 'node:http'

/** A request as it came, or an answer, with its whole body. */
export interface Message {
  readonly head: IncomingMessage
  readonly body: Buffer
}

/** Reads a message to its end. */
export const readWhole = async (head: IncomingMessage): Promise<Message> => {
  const chunks: Buffer[] = []
  for await (const chunk of head) chunks.push(chunk as Buffer)
  return { head, body: Buffer.concat(chunks) }
}

// Between two neighbours only: the proxy decides about its own connections.
const HOP = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length'])

/** The headers of a message in their spelling and order, for a body of known length. */
export const passedHeaders = ({ head, body }: Message): string[] => {
  const headers: string[] = []
  for (let at = 0; at < head.rawHeaders.length; at += 2) {
    const [name = '', value = ''] = head.rawHeaders.slice(at, at + 2)
    if (!HOP.has(name.toLowerCase())) headers.push(name, value)
  }
  return [...headers, 'content-length', String(body.length)]
}

/** Sends a request to the target, over a connection of its own, and returns the whole answer. */
export const forward = (target: URL, message: Message): Promise<Message> =>
  new Promise((resolve, reject) => {
    const { method = 'GET', url = '/' } = message.head
    const sent = request(
      {
        hostname: target.hostname,
        port: target.port,
        method,
        path: url,
        headers: passedHeaders(message),
        agent: false,
      },
      (head) => readWhole(head).then(resolve, reject),
    )
    sent.on('error', reject).end(message.body)
  })
