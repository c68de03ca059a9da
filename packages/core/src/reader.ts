import type {
  CallOptions,
  GetOptions,
  Key,
  Position,
  QueryRequest,
  StoredRecord,
} from './driver.ts'
import { positionOf } from './driver-helpers.ts'
import { HoldfastError, invalid, isHoldfastError } from './error.ts'
import { ALWAYS, conjuncts } from './filter-algebra.ts'
import { compileFilter, type Filter } from './filter.ts'
import { describePlan, planQuery, type Explanation, type Plan } from './plan.ts'
import {
  aliveFilter,
  denied,
  isPlainObject,
  parseKey,
  present,
  visible,
  type Fields,
  type Scope,
} from './scope.ts'
import { encodeTuple } from './tuple.ts'
import { parseWhere } from './where.ts'
import { attemptRead } from './write-guard.ts'

/** A query as core sees it: types are the repository's business. */
export interface RawQuery extends CallOptions {
  readonly where?: unknown
  readonly index?: string
  readonly orderBy?: 'asc' | 'desc'
  readonly limit?: number
  readonly cursor?: string
  readonly scan?: boolean
  readonly select?: readonly string[]
  readonly consistency?: 'strong' | 'eventual'
  readonly maxScanned?: number
}

/** One page, untyped. */
export interface RawPage {
  readonly items: Fields[]
  readonly cursor?: string
}

const QUERY_OPTIONS = new Set([
  'where',
  'index',
  'orderBy',
  'limit',
  'cursor',
  'scan',
  'select',
  'consistency',
  'maxScanned',
  'signal',
])
const COUNT_OPTIONS = new Set(['where', 'index', 'scan', 'maxScanned', 'consistency', 'signal'])
const DEFAULT_LIMIT = 100
const MAX_LIMIT = 1000
const MAX_SCANNED = 10_000

/** Reads by keys, strongly unless asked otherwise, repeating what fails for passing reasons. */
export const fetchRecords = (
  scope: Scope,
  keys: readonly Key[],
  options: GetOptions,
): Promise<readonly (StoredRecord | undefined)[]> =>
  attemptRead(scope.runtime, scope.model.name, options, () =>
    scope.runtime.driver.get(scope.model, keys, options),
  )

/** `repository.get`. */
export const getOne = async (
  scope: Scope,
  input: unknown,
  options: GetOptions = {},
): Promise<Fields | undefined> => {
  const [record] = await fetchRecords(scope, [parseKey(scope.model, input)], options)
  return verified(scope, visible(scope, record))
}

const KEYS_PER_READ = 100

/** `repository.getMany`: one answer per key, in order. */
export const getMany = async (
  scope: Scope,
  inputs: readonly unknown[],
  options: GetOptions = {},
): Promise<(Fields | undefined)[]> => {
  const keys = inputs.map((input) => parseKey(scope.model, input))
  const texts = keys.map(encodeTuple)
  const distinct = [...new Map(keys.map((key, at) => [texts[at] ?? '', key]))]
  const found = new Map<string, StoredRecord>()
  for (let at = 0; at < distinct.length; at += KEYS_PER_READ) {
    const chunk = distinct.slice(at, at + KEYS_PER_READ)
    const records = await fetchRecords(
      scope,
      chunk.map(([, key]) => key),
      options,
    )
    chunk.forEach(([text], position) => {
      const record = records[position]
      if (record !== undefined) found.set(text, record)
    })
  }
  const answers = new Map<string, Fields | undefined>()
  for (const [text, record] of found)
    answers.set(text, await verified(scope, visible(scope, record)))
  const handedOut = new Set<string>()
  return texts.map((text) => {
    const answer = answers.get(text)
    if (answer === undefined || !handedOut.has(text)) {
      handedOut.add(text)
      return answer
    }
    return { ...answer }
  })
}

/** With `verify: 'always'`, checks a record read against its schema. */
const verified = async (scope: Scope, row: Fields | undefined): Promise<Fields | undefined> => {
  if (!scope.verify || row === undefined) return row
  const result = await scope.entity.schema['~standard'].validate(row)
  if (result.issues !== undefined) {
    const [segment] = result.issues[0]?.path ?? []
    const field =
      segment === undefined
        ? undefined
        : String(typeof segment === 'object' ? segment.key : segment)
    throw new HoldfastError(
      'MISCONFIGURED',
      `A stored record of ${scope.model.name} does not fit its schema at ${field ?? 'its top'}; repair it with store.unrestricted().`,
      { entity: scope.model.name, field },
    )
  }
  return row
}

const checkedQuery = (scope: Scope, query: unknown, allowed: ReadonlySet<string>): RawQuery => {
  const { model } = scope
  if (!isPlainObject(query))
    throw invalid(`A query on ${model.name} must be an object.`, { entity: model.name })
  for (const [name, value] of Object.entries(query)) {
    const fail = (rule: string): never => {
      throw invalid(`Query option ${name} on ${model.name} ${rule}`, {
        entity: model.name,
        field: name,
      })
    }
    if (!allowed.has(name)) fail(`is not known here; use ${[...allowed].join(', ')}.`)
    if (name === 'where' && value === undefined) fail('is undefined; leave it out.')
    if (value === undefined) continue
    if (
      name === 'limit' &&
      !(Number.isInteger(value) && Number(value) >= 1 && Number(value) <= MAX_LIMIT)
    )
      fail(`must be 1 to ${MAX_LIMIT}.`)
    if (name === 'maxScanned' && !(Number.isInteger(value) && Number(value) >= 1))
      fail('must be a positive integer.')
    if (name === 'orderBy' && value !== 'asc' && value !== 'desc') fail(`must be 'asc' or 'desc'.`)
    if (name === 'select') {
      if (!Array.isArray(value) || value.length === 0) fail('must be a list of fields.')
      for (const field of value as unknown[])
        if (!Object.hasOwn(model.fields, String(field)) && field !== model.version)
          fail(`names ${String(field)}, which is no field.`)
    }
  }
  return query
}

interface Prepared {
  readonly query: RawQuery
  readonly plan: Plan
  readonly where: Filter
}

const prepare = (
  scope: Scope,
  input: unknown,
  allowed: ReadonlySet<string> = QUERY_OPTIONS,
): Prepared => {
  const query = checkedQuery(scope, input, allowed)
  const where = query.where === undefined ? ALWAYS : parseWhere(scope.model, query.where)
  const { driver } = scope.runtime
  try {
    const plan = planQuery({
      driver,
      model: scope.model,
      access: scope.access,
      where,
      alive: aliveFilter(scope),
      index: query.index,
      scan: query.scan === true,
    })
    if (plan.partition === undefined && query.orderBy !== undefined)
      throw invalid(
        `A scan of ${scope.model.name} has no order; leave orderBy out or name an index.`,
        { entity: scope.model.name, field: 'orderBy' },
      )
    if (
      plan.index !== undefined &&
      query.consistency === 'strong' &&
      driver.capabilities.indexConsistency !== 'strong'
    )
      throw new HoldfastError(
        'UNSUPPORTED',
        `${driver.name} reads indexes with a delay (capability indexConsistency); query along the key, or leave consistency out.`,
        { entity: scope.model.name },
      )
    return { query, plan, where }
  } catch (error) {
    throw isHoldfastError(error) ? denied(scope, 'read', undefined, error) : error
  }
}

const requestOf = (
  scope: Scope,
  { plan, query }: Prepared,
  after: Position | undefined,
  limit: number,
): QueryRequest => ({
  entity: scope.model,
  index: plan.index,
  partition: plan.partition,
  prefix: plan.prefix,
  range: plan.range,
  descending: query.orderBy === 'desc',
  filter: plan.pushed.op === 'const' && plan.pushed.value === true ? undefined : plan.pushed,
  after,
  limit,
  count: false,
  consistency: query.consistency ?? 'strong',
})

interface Batch {
  readonly records: readonly StoredRecord[]
  readonly next: Position | undefined
}

/** Collects up to `wanted` readable records that pass the residual filter, within the read budget. */
const collect = async (
  scope: Scope,
  prepared: Prepared,
  start: Position | undefined,
  wanted: number,
): Promise<Batch> => {
  const { plan, query } = prepared
  const { runtime, model, access } = scope
  const residual = plan.residual === undefined ? undefined : compileFilter(plan.residual)
  const maxScanned = query.maxScanned ?? MAX_SCANNED
  const records: StoredRecord[] = []
  let after = start
  let scanned = 0
  if (plan.pushed.op === 'const' && plan.pushed.value !== true) return { records, next: undefined }
  for (;;) {
    const missing = wanted - records.length
    const limit =
      residual === undefined
        ? missing
        : Math.min(MAX_LIMIT, maxScanned - scanned, Math.max(100, missing * 2))
    const request = requestOf(scope, prepared, after, limit)
    const page = await attemptRead(runtime, model.name, query, () =>
      runtime.driver.query(request, query),
    )
    for (let at = 0; at < page.records.length; at += 1) {
      const record = page.records[at]
      if (record === undefined || (residual !== undefined && residual(record.value) !== true))
        continue
      if (!access.canRead(record.value)) continue
      records.push(record)
      if (records.length < wanted) continue
      const isLast = at === page.records.length - 1 && page.next === undefined
      return { records, next: isLast ? undefined : positionOf(plan.order, record.value) }
    }
    if (page.next === undefined) return { records, next: undefined }
    after = page.next
    scanned += page.records.length
    if (scanned >= maxScanned) return { records, next: after }
  }
}

const bindingOf = (scope: Scope, { plan, query, where }: Prepared): string => {
  const parts = conjuncts(where).map((one) =>
    JSON.stringify(one, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value)),
  )
  const path = plan.partition === undefined ? 'scan' : (plan.index?.name ?? 'key')
  return JSON.stringify([
    scope.model.name,
    path,
    query.orderBy ?? 'asc',
    parts.sort(),
    scope.actorText(),
  ])
}

const project = (row: Fields, select: readonly string[] | undefined): Fields => {
  if (select === undefined) return row
  const picked: Fields = {}
  for (const field of select) if (field in row) picked[field] = row[field]
  return picked
}

/** `repository.find`. */
export const find = async (scope: Scope, input: unknown): Promise<RawPage> => {
  const prepared = prepare(scope, input)
  const { query, plan } = prepared
  const wanted = query.limit ?? DEFAULT_LIMIT
  const start =
    query.cursor === undefined
      ? undefined
      : await scope.cursors.open(bindingOf(scope, prepared), scope.model, plan.order, query.cursor)
  const { records, next } = await collect(scope, prepared, start, wanted)
  const cursor =
    next === undefined ? undefined : await scope.cursors.seal(bindingOf(scope, prepared), next)
  if (cursor !== undefined && records.length === 0)
    throw new HoldfastError(
      'LIMIT_EXCEEDED',
      `The query on ${scope.model.name} read ${query.maxScanned ?? MAX_SCANNED} records without a match; declare an index that fits, raise maxScanned, or go on with error.cursor.`,
      { entity: scope.model.name, cursor },
    )
  const items: Fields[] = []
  for (const record of records) {
    const row = present(scope, record)
    items.push(project(scope.verify ? ((await verified(scope, row)) ?? row) : row, query.select))
  }
  return cursor === undefined ? { items } : { items, cursor }
}

/** `repository.each`: all matching records, a page at a time. */
export async function* each(scope: Scope, input: unknown): AsyncGenerator<Fields, void, undefined> {
  const prepared = prepare(scope, input)
  const { query } = prepared
  let after =
    query.cursor === undefined
      ? undefined
      : await scope.cursors.open(
          bindingOf(scope, prepared),
          scope.model,
          prepared.plan.order,
          query.cursor,
        )
  do {
    const batch = await collect(scope, prepared, after, query.limit ?? DEFAULT_LIMIT)
    for (const record of batch.records) {
      const row = present(scope, record)
      yield project(scope.verify ? ((await verified(scope, row)) ?? row) : row, query.select)
    }
    after = batch.next
  } while (after !== undefined)
}

/** `repository.count`: exact, policy included. */
export const count = async (scope: Scope, input: unknown): Promise<number> => {
  const prepared = prepare(scope, input, COUNT_OPTIONS)
  const { plan, query } = prepared
  if (plan.pushed.op === 'const' && plan.pushed.value !== true) return 0
  const isPushed = plan.residual === undefined
  let total = 0
  let scanned = 0
  let after: Position | undefined
  do {
    if (isPushed) {
      const request: QueryRequest = { ...requestOf(scope, prepared, after, MAX_LIMIT), count: true }
      const page = await attemptRead(scope.runtime, scope.model.name, query, () =>
        scope.runtime.driver.query(request, query),
      )
      total += page.count ?? 0
      after = page.next
    } else {
      const budget = (query.maxScanned ?? MAX_SCANNED) - scanned
      if (budget <= 0)
        throw new HoldfastError(
          'LIMIT_EXCEEDED',
          `Counting ${scope.model.name} needs more than ${scanned} records read; declare an index that fits or raise maxScanned.`,
          { entity: scope.model.name },
        )
      const batch = await collect(
        scope,
        { ...prepared, query: { ...query, maxScanned: Math.min(budget, MAX_LIMIT) } },
        after,
        MAX_LIMIT,
      )
      total += batch.records.length
      scanned += MAX_LIMIT
      after = batch.next
    }
  } while (after !== undefined)
  return total
}

/** `repository.explain`: how a query would be answered, or why it is refused. Does no I/O. */
export const explain = (scope: Scope, input: unknown): Explanation => {
  try {
    return describePlan(scope.model, prepare(scope, input).plan)
  } catch (error) {
    if (isHoldfastError(error)) return { access: 'refused', refused: error.message }
    throw error
  }
}
