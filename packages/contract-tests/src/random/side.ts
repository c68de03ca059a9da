import { append, type Driver, increment, isHoldfastError, remove } from '@holdfast/core'
import { type Clock, type Opened, openStore } from '../fixtures.ts'
import {
  CONDITIONS,
  INDEXES,
  type Command,
  type PatchSpec,
  type Single,
  type Target,
  type VersionChoice,
} from './commands.ts'

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

/** How a process reaches its store. */
type Open = () => Promise<Driver>

/** One of the two stores, with what it has answered so far. */
export class Side {
  readonly #open: Open
  readonly #place: string
  readonly #clock: Clock
  readonly #versions = new Map<string, number>()
  readonly #seen = new Map<string, string[]>()
  readonly #drivers: Driver[] = []
  #opened: Opened
  /** The query of the last page, and where the next one begins. */
  #left: { readonly on: Target; readonly query: Fields } | undefined

  private constructor(open: Open, place: string, clock: Clock, driver: Driver) {
    this.#open = open
    this.#place = place
    this.#clock = clock
    this.#opened = openStore({ driver }, { clock })
  }

  static async make(open: Open, place: string, clock: Clock): Promise<Side> {
    const driver = await open()
    const side = new Side(open, place, clock, driver)
    side.#drivers.push(driver)
    return side
  }

  async close(): Promise<void> {
    await Promise.all(this.#drivers.map((driver) => driver.close()))
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
    if (one.do === 'reopen') return this.#reopen()
    if (one.do === 'resume') return this.#resume()
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
      case 'page': {
        const { on, limit, orderBy } = one
        this.#left = { on, query: { where: this.#where(on, one.query), limit, orderBy } }
        return this.#resume()
      }
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

  /** Goes on as another process on the same data does: with nothing but what is stored, and cursors. */
  async #reopen(): Promise<void> {
    const driver = await this.#open()
    this.#drivers.push(driver)
    this.#opened = openStore({ driver }, { clock: this.#clock })
  }

  async #resume(): Promise<unknown> {
    if (this.#left === undefined) return 'nothing left to read'
    const { on, query } = this.#left
    const { items, cursor } = await this.#repository(on).find(query)
    this.#left = cursor === undefined ? undefined : { on, query: { ...query, cursor } }
    return [items, cursor !== undefined]
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
