import {
  type CallOptions,
  keyOf,
  refuses,
  type StoredRecord,
  valueAfter,
  type Write,
  type WriteResult,
} from '@holdfast/core/driver'
import type { Collection, Document } from './collection.ts'
import { applied, commit, held, unread } from './commit.ts'
import { classify, isRefusal } from './errors.ts'
import { readDocuments } from './get.ts'
import { pauseBriefly } from './pause-briefly.ts'
import { idOf } from './key-values.ts'
import { type Mutation, mutationsOf, nameOf, pinned } from './mutation.ts'
import type { Place } from './place.ts'
import { type Claim, claimsOf, hasClaims, ownerOf, taken, turnsOf } from './unique.ts'

/** A write with the record that it meets. */
interface Step {
  readonly collection: Collection
  readonly write: Write
  readonly document: Document | undefined
  readonly before: StoredRecord | undefined
  readonly next: Readonly<Record<string, unknown>> | undefined
}

/** All writes without a read; `undefined` when one of them needs it. */
const unreadAll = (
  place: Place,
  root: string,
  writes: readonly Write[],
): readonly Mutation[] | undefined => {
  const all: Mutation[] = []
  for (const write of writes) {
    const mutations = unread(place, place.collections.of(write.entity), root, write)
    if (mutations === undefined) return undefined
    all.push(...mutations)
  }
  return all
}

/** How often a list begins anew when others hold what it needs. */
const MAX_ROUNDS = 5

/** How often a transaction is ended by us before it is left to Firestore. */
const MOST_ROLLBACKS = 3

/** What has been read in one transaction, and what is read further. */
class Transaction {
  readonly root: string
  readonly #place: Place
  readonly #options: CallOptions
  readonly #documents = new Map<string, Document | undefined>()
  #id: Uint8Array | undefined

  constructor(place: Place, root: string, options: CallOptions) {
    this.#place = place
    this.root = root
    this.#options = options
  }

  /**
   * Begins it, in a call of its own: were it begun by its first read and that answer lost, nobody could end
   * it, and others would wait a minute for what it holds.
   */
  async begin(): Promise<void> {
    const { transaction } = await this.#place.connection.call<{ transaction: Uint8Array }>(
      'beginTransaction',
      ({ database }) => ({ database, options: { readWrite: {} } }),
      this.#options,
    )
    this.#id = transaction
  }

  /** Reads what has not been read yet, and holds it until the end. */
  async read(names: readonly string[]): Promise<void> {
    const missing = [...new Set(names)].filter((name) => !this.#documents.has(name))
    if (missing.length === 0) return
    const transaction = this.#id
    const documents = await readDocuments(this.#place, missing, this.#options, { transaction })
    for (const name of missing) this.#documents.set(name, documents.get(name))
  }

  document(name: string): Document | undefined {
    return this.#documents.get(name)
  }

  commit(mutations: readonly Mutation[]): Promise<void> {
    return commit(this.#place, mutations, this.#options, this.#id)
  }

  /**
   * Lets go of what was read, without anybody waiting for it. It is safe after a commit without an answer
   * too: one that was carried out is over, and one that was not never will be.
   */
  abandon(): void {
    const transaction = this.#id
    if (transaction === undefined) return
    const roll = async (left: number): Promise<void> => {
      const isOver = await this.#place.connection
        .call('rollback', ({ database }) => ({ database, transaction }), {})
        .then(
          () => true,
          (error: unknown) => !classify(error).retryable,
        )
      if (!isOver && left > 1) await roll(left - 1)
    }
    void roll(MOST_ROLLBACKS).catch(() => {})
  }
}

const stepOf = (place: Place, transaction: Transaction, write: Write): Step => {
  const collection = place.collections.of(write.entity)
  const document = transaction.document(nameOf(transaction.root, collection.id, idOf(write.key)))
  const before = held(collection, document)
  return { collection, write, document, before, next: valueAfter(write, before?.value) }
}

const judge = ({ before, write }: Step): WriteResult =>
  refuses(before, write) ? { applied: false, current: before ?? null } : { applied: true }

/**
 * The writes that the claims of these steps take. A claim outlives its record when Firestore has removed
 * that as expired; then it is taken over.
 * @throws `ALREADY_EXISTS` when another record holds a value.
 */
const claimAll = async (
  transaction: Transaction,
  steps: readonly Step[],
): Promise<readonly Mutation[]> => {
  const { root } = transaction
  const claiming = steps.filter(({ collection, write }) => hasClaims(collection, write))
  const claims = (of: 'before' | 'next'): readonly Claim[] =>
    claiming.flatMap(({ collection, write, before, next }) =>
      claimsOf(collection, root, write.key, of === 'next' ? next : before?.value),
    )
  const { given, made } = turnsOf(claims('before'), claims('next'))
  await transaction.read([...given, ...made].map(({ name }) => name))
  const changed = new Set(claiming.map(({ collection, write }) => collection.id + idOf(write.key)))
  const foreign = made.filter((claim) => {
    const owner = ownerOf(transaction.document(claim.name))
    return owner !== undefined && !changed.has(claim.collection.id + owner)
  })
  const ownerName = ({ collection, name }: Claim): string =>
    nameOf(root, collection.id, ownerOf(transaction.document(name)) ?? '')
  await transaction.read(foreign.map(ownerName))
  for (const claim of foreign) {
    const { collection, name } = claim
    const owner = held(collection, transaction.document(ownerName(claim)))
    if (claimsOf(collection, root, [], owner?.value).some((one) => one.name === name))
      throw taken(collection)
  }
  const isKept = ({ collection, name, owner }: Claim): boolean =>
    collection.entity.expiresAt === undefined && ownerOf(transaction.document(name)) === owner
  const free = given.filter(({ name, owner }) => ownerOf(transaction.document(name)) === owner)
  return [
    ...free.map(({ name }) => ({ delete: name })),
    ...made
      .filter((claim) => !isKept(claim))
      .map(({ name, fields }) => ({ update: { name, fields } })),
  ]
}

const run = async (
  place: Place,
  transaction: Transaction,
  writes: readonly Write[],
): Promise<readonly WriteResult[]> => {
  const { root } = transaction
  // What is only looked at is read at one moment, which nobody needs to hold.
  const isWriting = writes.some(({ kind }) => kind !== 'check')
  if (isWriting) await transaction.begin()
  await transaction.read(
    writes.map(({ entity, key }) => nameOf(root, place.collections.of(entity).id, idOf(key))),
  )
  const steps = writes.map((write) => stepOf(place, transaction, write))
  const judged = steps.map(judge)
  if (judged.some((result) => !result.applied)) {
    transaction.abandon()
    return judged
  }
  if (!isWriting) return judged
  const claimed = await claimAll(transaction, steps)
  const mutations = steps
    .filter(({ write }) => write.kind !== 'check')
    .flatMap(({ collection, write, next, document }) =>
      mutationsOf({ collection, root, write, next }, pinned(document)),
    )
  await transaction.commit([...mutations, ...claimed])
  return steps.map(({ collection, write, before }) => applied(collection, write, before))
}

/**
 * All writes or none, with the documents of their unique values. First without a read, where each write
 * is a creation or on a version read before; otherwise in a transaction, which reads everything and holds
 * it until the end.
 *
 * @throws `ALREADY_EXISTS` when another record holds a unique value.
 */
export const writeAtomic = async (
  place: Place,
  writes: readonly Write[],
  options: CallOptions,
): Promise<readonly WriteResult[]> => {
  const { root } = await place.connection.open()
  const mutations = unreadAll(place, root, writes)
  if (mutations !== undefined)
    try {
      await commit(place, mutations, options)
      return writes.map(() => ({ applied: true }))
    } catch (error) {
      if (!isRefusal(error)) throw error
    }
  for (let round = 1; ; round += 1) {
    const transaction = new Transaction(place, root, options)
    try {
      return await run(place, transaction, writes)
    } catch (error) {
      transaction.abandon()
      if (classify(error).code !== 'ABORTED' || round === MAX_ROUNDS) throw error
    }
    await pauseBriefly(round, options)
  }
}

/**
 * Claims the unique values of a record that is there, with what else is to be written of it. Does nothing
 * where the record is gone.
 * @throws `ALREADY_EXISTS` when another record holds a value.
 */
export const claimFor = async (
  place: Place,
  collection: Collection,
  name: string,
  further: (collection: Collection, document: Document) => readonly Mutation[],
  options: CallOptions,
): Promise<void> => {
  const { root } = await place.connection.open()
  const transaction = new Transaction(place, root, options)
  try {
    await transaction.begin()
    await transaction.read([name])
    const document = transaction.document(name)
    if (document === undefined) return transaction.abandon()
    const { value, version } = collection.read(document)
    const key = keyOf(collection.entity, value)
    const write: Write = {
      kind: 'put',
      entity: collection.entity,
      key,
      id: version,
      expect: 'present',
      value,
    }
    const step: Step = { collection, write, document, before: undefined, next: value }
    const claimed = await claimAll(transaction, [step])
    await transaction.commit([...further(collection, document), ...claimed])
  } catch (error) {
    transaction.abandon()
    throw error
  }
}
