import type { Change } from '../storage.ts'
import type { ListenResponse } from '../wire/listen.ts'
import { ListenSession } from './session.ts'
import type { ListenParts } from './session.ts'

/** All clients that listen. They are told of commits a moment later, several at once. */
export class ListenSessions {
  readonly #parts: ListenParts
  readonly #sessions = new Set<ListenSession>()
  #changed: Set<string> | undefined

  constructor(parts: ListenParts) {
    this.#parts = parts
  }

  /** Adds a client that takes messages by `send`. */
  open(send: (message: ListenResponse) => void): ListenSession {
    const session = new ListenSession(this.#parts, send)
    this.#sessions.add(session)
    return session
  }

  /** Takes a client out that is gone. */
  close(session: ListenSession): void {
    this.#sessions.delete(session)
  }

  /** Told of a commit. */
  readonly onCommit = (changes: readonly Change[]): void => {
    if (this.#sessions.size === 0) return
    if (this.#changed === undefined) {
      this.#changed = new Set()
      setImmediate(() => {
        const names = this.#changed
        this.#changed = undefined
        for (const session of this.#sessions) session.refresh(names)
      })
    }
    for (const { name } of changes) this.#changed.add(name)
  }

  /** Told that everything has been deleted. */
  onClear(): void {
    this.#parts.points.invalidate()
    for (const session of this.#sessions) session.refresh()
  }
}
