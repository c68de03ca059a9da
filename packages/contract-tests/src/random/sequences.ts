import { append, increment, isHoldfastError, remove } from '@holdfast/core'
import { memory } from '@holdfast/core/memory'
import fc from 'fast-check'
import { collect, type Context } from '../case.ts'
import { same } from '../expect.ts'
import { type Clock, type Opened, openStore, virtualClock } from '../fixtures.ts'
import {
  command,
  CONDITIONS,
  INDEXES,
  type Command,
  type PatchSpec,
  type Single,
  type Target,
  type VersionChoice,
} from './commands.ts'

const { add, suite } = collect('model')

/** Random command sequences on the store and on the in-memory reference: every answer is the same. */
export const modelSuite = suite

const SEQUENCES = 200
const LENGTH = 40
const WORKERS = 4
const SEED = 20_261_123
const LIMIT_MS = 100_000

type Fields = Record<string, unknown>

/** A repository without the types of its entity. */
interface Repository {
  get(key: Fields): Promise<Fields | undefined>
  getMany(keys: readonly Fields[]): Promise<(Fields | undefined)[]>
  find(query: Fields): Promise<{ readonly items: Fields[]; readonly cursor?: string }>
  count(query: Fields): Promise<number>
  create(input: Fields): Promise<Fields>
  put(input: Fields): Promise<Fields>
  update(key: Fields, patch: Fields, options: Fields): Promise<Fields>
  delete(key: Fields, options: Fields): Promise<Fields | undefined>
  createMany(inputs: readonly Fields[]): Promise<readonly unknown[]>
  putMany(inputs: readonly Fields[]): Promise<readonly unknown[]>
  deleteMany(keys: readonly Fields[]): Promise<readonly unknown[]>
  updateWhere(query: Fields, patch: Fields): Promise<unknown>
  deleteWhere(query: Fields): Promise<unknown>
}

class Rollback extends Error {}

/** One of the two stores, with what it has answered so far. */
class Side {
  readonly #opened: Opened
  readonly #place: string
  readonly #clock: Clock
  readonly #versions = new Map<string, number>()
  readonly #seen = new Map<string, string[]>()

  constructor(opened: Opened, place: string, clock: Clock) {
    this.#opened = opened
    this.#place = place
    this.#clock = clock
  }

  /** Runs a command and returns its answer or error in comparable form. */
  async run(one: Command): Promise<unknown> {
    try {
      return this.#told(await this.#answer(one))
    } catch (error) {
      if (error instanceof Rollback) return 'rolled back'
      if (!isHoldfastError(error)) throw error
      return this.#told(error)
    }
  }

  #repository(target: Target): Repository {
    return this.#opened.db[target] as unknown as Repository
  }

  #key(target: Target, id: string): Fields {
    return target === 'accounts'
      ? { tenantId: this.#place, accountId: id }
      : { place: this.#place, id }
  }

  #fields(fields: object): Fields {
    const { endsIn, ...rest } = fields as Fields
    if (endsIn === undefined) return rest
    const endsAt = typeof endsIn === 'number' ? new Date(this.#clock.now() + endsIn * 1000) : null
    return { ...rest, endsAt }
  }

  #patch({
    set = {},
    increment: added = {},
    append: appended = {},
    remove: removed = [],
  }: PatchSpec): Fields {
    const patch = this.#fields(set)
    for (const [field, by] of Object.entries(added)) patch[field] = increment(by)
    for (const [field, values] of Object.entries(appended)) patch[field] = append(...values)
    for (const field of removed) patch[field] = remove()
    return patch
  }

  #where(target: Target, query: number): object {
    const partition = target === 'accounts' ? { tenantId: this.#place } : { place: this.#place }
    const condition = CONDITIONS[target][query] ?? {}
    const isPlain = Reflect.ownKeys(condition).every((name) => typeof name === 'string')
    return isPlain ? { ...partition, ...condition } : partition
  }

  #options(
    target: Target,
    id: string,
    version: VersionChoice,
    condition: number | undefined,
  ): Fields {
    const seen = this.#seen.get(`${target} ${id}`) ?? []
    const known = version === 'newest' ? seen.at(-1) : version === 'oldest' ? seen[0] : undefined
    return {
      ...(version === undefined ? {} : { ifVersion: known ?? 'invented' }),
      ...(condition === undefined ? {} : { if: CONDITIONS[target][condition] }),
    }
  }

  async #single(
    repository: Pick<Repository, 'get' | 'create' | 'put' | 'update' | 'delete'>,
    one: Single,
  ): Promise<unknown> {
    const key = this.#key(one.on, one.id)
    switch (one.do) {
      case 'get':
        return repository.get(key)
      case 'create':
        return repository.create({ ...key, ...this.#fields(one.fields) })
      case 'put':
        return repository.put({ ...key, ...this.#fields(one.fields) })
      case 'update':
        return repository.update(
          key,
          this.#patch(one.patch),
          this.#options(one.on, one.id, one.version, one.condition),
        )
      case 'delete':
        return repository.delete(key, this.#options(one.on, one.id, one.version, one.condition))
    }
  }

  async #answer(one: Command): Promise<unknown> {
    if (one.do === 'advance') return undefined
    if (one.do === 'transaction')
      return this.#opened.db.transaction(async (tx) => {
        const answers: unknown[] = []
        for (const step of one.steps)
          answers.push(await this.#single(tx[step.on] as unknown as Repository, step))
        if (one.fails) throw new Rollback()
        return answers
      })
    const repository = this.#repository(one.on)
    const inputs = (items: readonly { readonly id: string; readonly fields: object }[]): Fields[] =>
      items.map(({ id, fields }) => ({ ...this.#key(one.on, id), ...this.#fields(fields) }))
    const keys = (ids: readonly string[]): Fields[] => ids.map((id) => this.#key(one.on, id))
    switch (one.do) {
      case 'getMany':
        return repository.getMany(keys(one.ids))
      case 'createMany':
      case 'putMany':
        return repository[one.do](inputs(one.items))
      case 'deleteMany':
        return repository.deleteMany(keys(one.ids))
      case 'updateWhere':
        return repository.updateWhere(
          { where: this.#where(one.on, one.query) },
          this.#patch(one.patch),
        )
      case 'deleteWhere':
        return repository.deleteWhere({ where: this.#where(one.on, one.query) })
      case 'find': {
        const where = this.#where(one.on, one.query)
        const index = one.query === 5 && one.on !== 'sessions' ? { index: INDEXES[one.on] } : {}
        const rows: Fields[] = []
        let cursor: string | undefined
        do {
          const { limit, orderBy } = one
          const page = await repository.find({
            where,
            orderBy,
            limit,
            ...index,
            ...(cursor === undefined ? {} : { cursor }),
          })
          rows.push(...page.items)
          cursor = page.cursor
          if (rows.length > 100) throw new Error('Paging does not come to an end.')
        } while (cursor !== undefined)
        return [rows, await repository.count({ where, ...index })]
      }
      default:
        return this.#single(repository, one)
    }
  }

  /** Versions by order of appearance, so that only their equality is compared; errors by what they promise. */
  #told(answer: unknown): unknown {
    if (isHoldfastError(answer)) {
      const { code, entity, field, rule, write, outcome, retryable } = answer
      return { code, entity, field, rule, write, outcome, retryable }
    }
    if (Array.isArray(answer)) return answer.map((one) => this.#told(one))
    if (typeof answer !== 'object' || answer === null) return answer
    const row = answer as Fields
    if ('ok' in row)
      return row['ok'] === true ? { value: this.#told(row['value']) } : this.#told(row['error'])
    const { revision } = row
    if (typeof revision !== 'string') return row
    const known = this.#versions.get(revision) ?? this.#versions.size
    this.#versions.set(revision, known)
    const name = `counters ${String(row['id'])}`
    const seen = this.#seen.get(name) ?? []
    if (!seen.includes(revision)) this.#seen.set(name, [...seen, revision])
    return { ...row, revision: known }
  }
}

const HOUR = 3_600_000

const compare = async (
  context: Context,
  place: string,
  commands: readonly Command[],
): Promise<void> => {
  // Ahead of real time, so that no vendor removes what has not expired here.
  const clock = virtualClock()
  clock.set(Math.floor(Date.now() / 1000) * 1000 + HOUR)
  const reference = memory()
  const tested = new Side(openStore(context, { clock }), place, clock)
  const model = new Side(openStore({ driver: reference }, { clock }), place, clock)
  for (const [at, one] of commands.entries()) {
    if (one.do === 'advance') clock.advance(one.seconds * 1000)
    const [actual, expected] = [await tested.run(one), await model.run(one)]
    same(actual, expected, `answer to command ${at}: ${fc.stringify(one)}`)
  }
  for (const on of ['counters', 'sessions', 'accounts'] as const) {
    const one: Command = { do: 'getMany', on, ids: ['a', 'b', 'c', 'd'] }
    same(await tested.run(one), await model.run(one), `what is stored of ${on} at the end`)
  }
  await reference.close()
}

add('random command sequences get the answers of the in-memory reference', async (context) => {
  const total = Math.max(8, Math.round(SEQUENCES * (context.harness.scale ?? 1)))
  let made = 0
  // Up to twice the length wanted, so that it is the mean and a failure still shrinks to few commands.
  const sequence = fc.array(command, { maxLength: 2 * LENGTH, size: 'max' })
  const property = fc.asyncProperty(sequence, (commands) =>
    compare(context, `${context.unique}-${made++}`, commands),
  )
  const worker = (_: unknown, at: number): Promise<void> =>
    fc.assert(property, {
      seed: SEED + at,
      numRuns: Math.ceil(total / WORKERS),
      interruptAfterTimeLimit: LIMIT_MS,
      markInterruptAsFailure: true,
    })
  await Promise.all(Array.from({ length: WORKERS }, worker))
})
