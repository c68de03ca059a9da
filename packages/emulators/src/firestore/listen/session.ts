import { Failure } from '../failure.ts'
import type { Query } from '../query/query.ts'
import { toDocument } from '../storage.ts'
import type { Storage, Stored } from '../storage.ts'
import { toTimestamp } from '../time.ts'
import type { Clock } from '../time.ts'
import type { ListenRequest, ListenResponse, Target } from '../wire/listen.ts'
import type { ResumePoints } from './resume.ts'
import { watch } from './watched.ts'
import type { Watched } from './watched.ts'

/** What listening needs of the emulator. */
export interface ListenParts {
  storage: Storage
  clock: Clock
  points: ResumePoints
  checkIndexes: (query: Query) => void
}

interface Shown {
  watched: Watched
  documents: Map<string, Stored>
}

/** One client that listens, over one stream. */
export class ListenSession {
  readonly #parts: ListenParts
  readonly #send: (message: ListenResponse) => void
  readonly #targets = new Map<number, Shown>()

  constructor(parts: ListenParts, send: (message: ListenResponse) => void) {
    this.#parts = parts
    this.#send = send
  }

  /** Takes a request: a target comes or goes. One that cannot be is removed with the reason. */
  receive({ addTarget, removeTarget }: ListenRequest): void {
    if (addTarget !== undefined) this.#add(addTarget)
    if (removeTarget !== undefined && this.#targets.delete(removeTarget)) this.#remove(removeTarget)
  }

  /** Tells of what changed since the last time, for the targets that these documents concern; of all without names. */
  refresh(names?: ReadonlySet<string>): void {
    const time = this.#parts.clock.latest()
    let isNew = false
    for (const [id, shown] of this.#targets) {
      if (names !== undefined && ![...names].some((name) => shown.watched.concerns(name))) continue
      const documents = shown.watched.at(time)
      isNew = this.#tell(id, { ...shown, documents }, shown.documents) || isNew
      this.#targets.set(id, { ...shown, documents })
    }
    if (isNew) this.#snapshot(time)
  }

  #add(target: Target): void {
    const { targetId } = target
    try {
      const { storage, clock, points, checkIndexes } = this.#parts
      const watched = watch(storage, target, checkIndexes)
      this.#send({ targetChange: { targetChangeType: 'ADD', targetIds: [targetId] } })
      const time = clock.latest()
      const since = points.of(target, time)
      if (since === 'lost')
        this.#send({ targetChange: { targetChangeType: 'RESET', targetIds: [targetId] } })
      const shown = { watched, documents: watched.at(time) }
      const isResumed = since !== undefined && since !== 'lost'
      this.#tell(targetId, shown, isResumed ? watched.at(since) : new Map())
      if (isResumed) this.#send({ filter: { targetId, count: shown.documents.size } })
      for (const name of watched.names)
        if (!shown.documents.has(name)) this.#tellDeleted(targetId, name, time)
      this.#targets.set(targetId, shown)
      this.#current(targetId, time)
      if (target.once && this.#targets.delete(targetId)) this.#remove(targetId)
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      this.#remove(targetId, { code: error.code, message: error.message })
    }
  }

  // Whether there was anything to tell.
  #tell(id: number, { watched, documents }: Shown, before: Map<string, Stored>): boolean {
    const { storage, clock } = this.#parts
    let isNew = false
    for (const document of documents.values()) {
      if (before.get(document.name)?.updateTime === document.updateTime) continue
      this.#tellChanged(document, watched, { targetIds: [id], removedTargetIds: [] })
      isNew = true
    }
    for (const name of before.keys()) {
      if (documents.has(name)) continue
      const still = storage.get(name)
      if (still === undefined) this.#tellDeleted(id, name, clock.latest())
      else this.#tellChanged(still, watched, { targetIds: [], removedTargetIds: [id] })
      isNew = true
    }
    return isNew
  }

  #tellChanged(
    document: Stored,
    watched: Watched,
    ids: { targetIds: number[]; removedTargetIds: number[] },
  ): void {
    this.#send({
      documentChange: { document: toDocument(document, watched.fieldsOf(document)), ...ids },
    })
  }

  #tellDeleted(id: number, document: string, time: bigint): void {
    this.#send({
      documentDelete: { document, removedTargetIds: [id], readTime: toTimestamp(time) },
    })
  }

  #current(id: number, time: bigint): void {
    const [resumeToken, readTime] = [this.#parts.points.tokenOf(time), toTimestamp(time)]
    this.#send({
      targetChange: { targetChangeType: 'CURRENT', targetIds: [id], resumeToken, readTime },
    })
    this.#snapshot(time)
  }

  // A change without targets says that everything up to its time has been told.
  #snapshot(time: bigint): void {
    const [resumeToken, readTime] = [this.#parts.points.tokenOf(time), toTimestamp(time)]
    this.#send({
      targetChange: { targetChangeType: 'NO_CHANGE', targetIds: [], resumeToken, readTime },
    })
  }

  #remove(id: number, cause?: { code: number; message: string }): void {
    this.#targets.delete(id)
    const change = { targetChangeType: 'REMOVE' as const, targetIds: [id] }
    this.#send({ targetChange: cause === undefined ? change : { ...change, cause } })
  }
}
