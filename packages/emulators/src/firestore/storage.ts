import { collectionOf, idOf } from './names.ts'
import { toTimestamp } from './time.ts'
import type { Document } from './wire/document.ts'
import type { Fields } from './wire/value.ts'

/** A document as it is stored. It is never changed in place. Times are microseconds since 1970. */
export interface Stored {
  readonly name: string
  readonly fields: Fields
  readonly createTime: bigint
  readonly updateTime: bigint
}

interface Revision {
  time: bigint
  document: Stored | undefined
}

/** What one commit did to one document; undefined stands for "not there". */
export interface Change {
  name: string
  before: Stored | undefined
  after: Stored | undefined
}

/** How long old states can be read: one hour, as `read_time` is documented. */
export const HISTORY_MICROS = 3_600_000_000n

/** All documents, with their states of the last hour. */
export class Storage {
  // Collection name to document id to states, oldest first.
  readonly #collections = new Map<string, Map<string, Revision[]>>()
  // What was written in the last hour, oldest first.
  readonly #recent: { name: string; time: bigint }[] = []

  /** The document as it was at `time`; as it is now without one. */
  get(name: string, time?: bigint): Stored | undefined {
    const revisions = this.#collections.get(collectionOf(name))?.get(idOf(name))
    return revisions === undefined ? undefined : stateAt(revisions, time)
  }

  /** The names of all collections that ever held a document. */
  collections(): Iterable<string> {
    return this.#collections.keys()
  }

  /** @yields the documents directly in a collection at `time`, in no order */
  *documents(collection: string, time?: bigint): Iterable<Stored> {
    for (const revisions of this.#collections.get(collection)?.values() ?? []) {
      const document = stateAt(revisions, time)
      if (document !== undefined) yield document
    }
  }

  /** Stores what a commit did at `time`, which is later than all before. */
  apply(changes: readonly Change[], time: bigint): void {
    for (const { name, after } of changes) {
      const collection = collectionOf(name)
      const documents = this.#collections.get(collection) ?? new Map<string, Revision[]>()
      this.#collections.set(collection, documents)
      const revisions = documents.get(idOf(name)) ?? []
      revisions.push({ time, document: after })
      documents.set(idOf(name), revisions)
      this.#recent.push({ name, time })
    }
    this.#forget(time - HISTORY_MICROS)
  }

  /** Takes out everything, the history too. */
  clear(): void {
    this.#collections.clear()
    this.#recent.length = 0
  }

  // Keeps the newest state from before the horizon: it is what was to be seen there. Nothing needs no keeping.
  #forget(horizon: bigint): void {
    const young = this.#recent.findIndex(({ time }) => time > horizon)
    for (const { name } of this.#recent.splice(0, young)) {
      const documents = this.#collections.get(collectionOf(name))
      const revisions = documents?.get(idOf(name))
      if (documents === undefined || revisions === undefined) continue
      const kept = revisions.findLastIndex((revision) => revision.time <= horizon)
      if (kept > 0) revisions.splice(0, kept)
      if (revisions.length === 1 && revisions[0]?.document === undefined)
        documents.delete(idOf(name))
    }
  }
}

const stateAt = (revisions: Revision[], time?: bigint): Stored | undefined =>
  time === undefined
    ? revisions.at(-1)?.document
    : revisions.findLast((revision) => revision.time <= time)?.document

/** The document as it is sent to a client. */
export const toDocument = (stored: Stored, fields: Fields = stored.fields): Document => ({
  name: stored.name,
  fields,
  createTime: toTimestamp(stored.createTime),
  updateTime: toTimestamp(stored.updateTime),
})
