import { positionOf } from './driver-helpers.ts'
import type { CallOptions, Position, QueryRequest, StoredRecord } from './driver.ts'
import { HoldfastError, invalid, isHoldfastError } from './error.ts'
import { attemptRead } from './failure.ts'
import { ALWAYS, conjuncts, filterText, isAlways } from './filter-algebra.ts'
import { compileFilter, type Filter } from './filter.ts'
import { isPushed, type Plan, planQuery } from './plan.ts'
import { aliveFilter, checkOptions, denied, type Scope } from './scope.ts'
import type { Fields } from './shape.ts'
import { parseWhere } from './where.ts'

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

const QUERY_OPTIONS: readonly string[] = [
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
]
export const COUNT_OPTIONS: readonly string[] = [
  'where',
  'index',
  'scan',
  'maxScanned',
  'consistency',
  'signal',
]
export const DEFAULT_LIMIT = 100
export const MAX_LIMIT = 1000
export const MAX_SCANNED = 10_000

const checkedQuery = (scope: Scope, query: unknown, allowed: readonly string[]): RawQuery => {
  const { model } = scope
  checkOptions(model, query, allowed)
  for (const [name, value] of Object.entries(query as RawQuery)) {
    const fail = (rule: string): never => {
      throw invalid(`Query option ${name} on ${model.name} ${rule}`, model.name, name)
    }
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
        if (
          typeof field !== 'string' ||
          !(Object.hasOwn(model.fields, field) || field === model.version)
        )
          fail(`names ${String(field)}, which is no field.`)
    }
  }
  return query as RawQuery
}

export interface Prepared {
  readonly query: RawQuery
  readonly plan: Plan
  readonly where: Filter
}

export const prepare = (
  scope: Scope,
  input: unknown,
  allowed: readonly string[] = QUERY_OPTIONS,
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
        scope.model.name,
        'orderBy',
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

export const requestOf = (
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
  filter: isAlways(plan.pushed) ? undefined : plan.pushed,
  after,
  limit,
  count: false,
  consistency: query.consistency ?? 'strong',
})

/** Whether no record can match, so that nothing need be asked. */
export const holdsNever = ({ pushed }: Plan): boolean =>
  pushed.op === 'const' && pushed.value !== true

export interface Batch {
  readonly records: readonly StoredRecord[]
  readonly next: Position | undefined
}

/** How much to collect. */
export interface Wanted {
  readonly limit: number
  /** Whether to read on until it is known that another record follows: `next` must not tell of hidden ones. */
  readonly lookAhead?: boolean
}

/** Collects readable records that pass the residual filter, within the read budget. */
export const collect = async (
  scope: Scope,
  prepared: Prepared,
  start: Position | undefined,
  { limit: wanted, lookAhead = false }: Wanted,
): Promise<Batch> => {
  const { plan, query } = prepared
  const { runtime, model, access } = scope
  const residual = plan.residual === undefined ? undefined : compileFilter(plan.residual)
  const isWhole = isPushed(plan)
  const maxScanned = query.maxScanned ?? MAX_SCANNED
  const records: StoredRecord[] = []
  let after = start
  let scanned = 0
  const behind = (read: readonly StoredRecord[]): Position | undefined => {
    const last = read.at(-1)
    return last === undefined ? undefined : positionOf(plan.order, last.value)
  }
  if (holdsNever(plan)) return { records, next: undefined }
  for (;;) {
    const missing = wanted - records.length
    const limit = isWhole
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
      if (!plan.sensitive.every((field) => access.reveals(field, record.value))) continue
      if (records.length < wanted) records.push(record)
      else return { records, next: behind(records) }
      if (records.length < wanted || (lookAhead && !isWhole)) continue
      const isLast = at === page.records.length - 1 && page.next === undefined
      return { records, next: isLast ? undefined : behind(records) }
    }
    if (page.next === undefined) return { records, next: undefined }
    after = page.next
    scanned += page.records.length
    if (scanned >= maxScanned)
      return { records, next: records.length === wanted ? behind(records) : after }
  }
}

export const bindingOf = (scope: Scope, { plan, query, where }: Prepared): string => {
  const parts = conjuncts(where).map(filterText)
  const path = plan.partition === undefined ? 'scan' : (plan.index?.name ?? 'key')
  return JSON.stringify([
    scope.model.name,
    path,
    query.orderBy ?? 'asc',
    parts.sort(),
    scope.actorText(),
  ])
}

/** Where a query starts: behind the position in its cursor, if it has one. @throws `INVALID` */
export const startOf = async (scope: Scope, prepared: Prepared): Promise<Position | undefined> => {
  const { cursor } = prepared.query
  if (cursor === undefined) return undefined
  return scope.cursors.open(bindingOf(scope, prepared), scope.model, prepared.plan.order, cursor)
}

export const project = (row: Fields, select: readonly string[] | undefined): Fields => {
  if (select === undefined) return row
  const picked: Fields = {}
  for (const field of select) if (field in row) picked[field] = row[field]
  return picked
}
