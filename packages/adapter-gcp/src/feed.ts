import { keyOf, type Key, type StoredChange } from '@holdfast/core/driver'
import type { Collection, Document } from './collection.ts'
import { keyOfId } from './key-values.ts'
import { deletedCollection } from './names.ts'
import { type FeedPosition, positionText } from './position.ts'
import type { Timestamp } from './value.ts'

/** Numbers of the two queries that a feed listens to. */
export const RECORDS = 1
export const DELETIONS = 2

/** A message of Firestore's `Listen`. Exactly one member is given. */
export interface Message {
  readonly targetChange?: {
    readonly targetChangeType?: string | number
    readonly targetIds?: readonly number[]
    readonly resumeToken?: Uint8Array
    readonly readTime?: Timestamp | null
    readonly cause?: { readonly code?: number; readonly message?: string } | null
  } | null
  readonly documentChange?: { readonly document?: Document | null } | null
  readonly documentDelete?: { readonly document?: string } | null
  readonly documentRemove?: { readonly document?: string } | null
}

/** Most changes held back, to be told in the order of their writes, while the first state is being read. */
const MAX_HELD = 10_000

/** A change without the place where it resumes, and when it was made, in microseconds. */
interface Timed {
  readonly change: Omit<StoredChange, 'position'>
  readonly time: number
}

const timeOf = ({ updateTime }: Document): number =>
  Number(updateTime?.seconds ?? 0) * 1_000_000 + Math.floor((updateTime?.nanos ?? 0) / 1000)

const idOf = (name: string): string => name.slice(name.lastIndexOf('/') + 1)

/** What one collection's messages amount to, from one consistent state to the next. */
export class Feed {
  readonly #collection: Collection
  readonly #recordPath: string
  readonly #deletionPath: string
  readonly #records = new Map<string, Document>()
  readonly #deletions = new Map<string, Document>()
  readonly #gone = new Set<string>()
  readonly #current = new Set<number>()
  /** Whether the state of all records is still being read. */
  isFirst: boolean
  #position: FeedPosition
  #reached: FeedPosition

  constructor(collection: Collection, root: string, position: FeedPosition) {
    this.#collection = collection
    this.#recordPath = `${root}/${collection.id}/`
    this.#deletionPath = `${root}/${deletedCollection(collection.id)}/`
    this.#position = position
    this.#reached = position
    this.isFirst = position.token === ''
  }

  /** Behind all that has been handed on. */
  get position(): FeedPosition {
    return this.#position
  }

  /** Whether all that was in a query when it began has been sent. */
  isCurrent(target: number): boolean {
    return this.#current.has(target)
  }

  /** Names of records that were noted as deleted while the state of all was being read: they may be back. */
  doubtful(): readonly string[] {
    return this.isFirst ? [...this.#deletions.keys()].map((id) => this.#recordPath + id) : []
  }

  /** Takes a message. Returns whether a consistent state is reached, so that changes can be handed on. */
  take(message: Message): boolean {
    const { targetChange, documentChange, documentDelete, documentRemove } = message
    const changed = documentChange?.document
    if (changed?.name !== undefined && changed.name !== null) this.#changed(changed.name, changed)
    const gone = documentDelete?.document ?? documentRemove?.document
    if (gone?.startsWith(this.#recordPath) === true) {
      this.#records.delete(idOf(gone))
      this.#gone.add(idOf(gone))
    }
    if (targetChange === undefined || targetChange === null) return false
    const { targetChangeType: type, targetIds = [], readTime, resumeToken } = targetChange
    if (type === 'CURRENT' || type === 3) for (const id of targetIds) this.#current.add(id)
    // A snapshot of all queries together names none of them.
    if (targetIds.length > 0 || readTime === undefined || readTime === null) return false
    if (this.#current.size < 2 || resumeToken === undefined || resumeToken.length === 0)
      return false
    this.#reached = {
      time: Number(readTime.seconds ?? 0) * 1000 + Math.floor((readTime.nanos ?? 0) / 1_000_000),
      token: Buffer.from(resumeToken).toString('base64'),
    }
    return true
  }

  /** The deletes noted before the feed began. They come first: who is there again has come back. */
  firstDeletes(): readonly StoredChange[] {
    return this.#placed(this.#deleted(new Set()))
  }

  /** What of the first state need not wait, once there is much: deletes noted before, then records. */
  early(): readonly StoredChange[] {
    if (!this.isFirst) return []
    if (this.#records.size >= MAX_HELD) return this.#placed(this.#upserted())
    const isEarly = !this.isCurrent(DELETIONS) && this.#deletions.size >= MAX_HELD
    return isEarly ? this.firstDeletes() : []
  }

  /**
   * All changes up to the state just reached, without the deletes of records that are `back`. Each resumes
   * from before all of them, the last from behind.
   */
  flush(back: ReadonlySet<string>): readonly StoredChange[] {
    const changes = [...this.#deleted(new Set([...back].map(idOf))), ...this.#upserted()]
    const last = changes.sort((a, b) => a.time - b.time).pop()
    const placed = this.#placed(changes)
    this.isFirst = false
    this.#position = this.#reached
    return last === undefined ? placed : [...placed, ...this.#placed([last])]
  }

  #placed(changes: readonly Timed[]): readonly StoredChange[] {
    const position = positionText(this.#position)
    return changes
      .toSorted((a, b) => a.time - b.time)
      .map(({ change }) => ({ ...change, position }))
  }

  #changed(name: string, document: Document): void {
    const id = idOf(name)
    if (name.startsWith(this.#deletionPath)) this.#deletions.set(id, document)
    if (!name.startsWith(this.#recordPath)) return
    this.#gone.delete(id)
    this.#records.set(id, document)
  }

  #deleted(returned: ReadonlySet<string>): readonly Timed[] {
    const { entity, keyKinds } = this.#collection
    const noted = [...this.#deletions].filter(([id]) => !returned.has(id))
    const unnoted = [...this.#gone].filter((id) => !this.#deletions.has(id))
    this.#deletions.clear()
    this.#gone.clear()
    const type = 'delete' as const
    return [
      ...noted.map(([, document]) => {
        const key = keyOf(entity, this.#collection.read(document).value)
        return { change: { type, key }, time: timeOf(document) }
      }),
      ...unnoted.flatMap((id) => {
        const key: Key | undefined = keyOfId(id, keyKinds)
        return key === undefined ? [] : [{ change: { type, key }, time: Infinity }]
      }),
    ]
  }

  #upserted(): readonly Timed[] {
    const documents = [...this.#records.values()]
    this.#records.clear()
    const { entity } = this.#collection
    return documents.map((document) => {
      const record = this.#collection.read(document)
      const key = keyOf(entity, record.value)
      return { change: { type: 'upsert', key, record }, time: timeOf(document) }
    })
  }
}
