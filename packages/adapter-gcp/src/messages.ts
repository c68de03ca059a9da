import type { Stream } from './connection.ts'

/** Messages that wait before the stream is asked to. */
const MANY = 1000

/** What a stream sends, one message after the other, until it ends or the signal aborts. */
export class Messages<Message> implements AsyncIterable<Message> {
  readonly #stream: Stream
  readonly #signal: AbortSignal
  readonly #waiting: Message[] = []
  #isOver = false
  #error: unknown
  #wake: (() => void) | undefined

  constructor(stream: Stream, signal: AbortSignal) {
    this.#stream = stream
    this.#signal = signal
    stream.on('data', (message: Message) => {
      this.#waiting.push(message)
      if (this.#waiting.length >= MANY) stream.pause()
      this.#wake?.()
    })
    stream.on('error', (error) => this.#end(error))
    stream.on('end', () => this.#end(undefined))
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Message> {
    const wake = (): void => this.#wake?.()
    this.#signal.addEventListener('abort', wake)
    try {
      while (!this.#signal.aborted) {
        const message = this.#waiting.shift()
        if (message !== undefined) {
          if (this.#waiting.length === 0) this.#stream.resume()
          yield message
        } else if (this.#error !== undefined) throw this.#error
        else if (this.#isOver) return
        else await new Promise<void>((resolve) => (this.#wake = resolve))
      }
    } finally {
      this.#signal.removeEventListener('abort', wake)
    }
  }

  #end(error: unknown): void {
    this.#error ??= error
    this.#isOver = true
    this.#wake?.()
  }
}
