import type { GetOptions, Key, Position, QueryRequest, StoredRecord } from './driver.ts'
import { HoldfastError, isHoldfastError } from './error.ts'
import { attemptRead } from './failure.ts'
import { describePlan, type Explanation, isPushed } from './plan.ts'
import {
  bindingOf,
  collect,
  COUNT_OPTIONS,
  DEFAULT_LIMIT,
  holdsNever,
  MAX_LIMIT,
  MAX_SCANNED,
  prepare,
  project,
  requestOf,
  startOf,
} from './query.ts'
import { pathOf } from './schema.ts'
import { checkOptions, isVisible, parseKey, present, type Scope } from './scope.ts'
import type { Fields } from './shape.ts'
import { encodeTuple } from './tuple.ts'

/** One page, untyped. */
export interface RawPage {
  readonly items: Fields[]
  readonly cursor?: string
}

/** Reads by keys, strongly unless asked otherwise, repeating what fails for passing reasons. */
export const fetchRecords = (
  scope: Scope,
  keys: readonly Key[],
  options: GetOptions,
): Promise<readonly (StoredRecord | undefined)[]> =>
  attemptRead(scope.runtime, scope.model.name, options, () =>
    scope.runtime.driver.get(scope.model, keys, options),
  )

const READ_OPTIONS = ['consistency', 'signal']

/** `repository.get`. */
export const getOne = async (
  scope: Scope,
  input: unknown,
  options: GetOptions = {},
): Promise<Fields | undefined> => {
  checkOptions(scope.model, options, READ_OPTIONS)
  const [record] = await fetchRecords(scope, [parseKey(scope.model, input)], options)
  return isVisible(scope, record) ? shown(scope, record) : undefined
}

const KEYS_PER_READ = 100

/** `repository.getMany`: one answer per key, in order. */
export const getMany = async (
  scope: Scope,
  inputs: readonly unknown[],
  options: GetOptions = {},
): Promise<(Fields | undefined)[]> => {
  checkOptions(scope.model, options, READ_OPTIONS)
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
    if (isVisible(scope, record)) answers.set(text, await shown(scope, record))
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

/**
 * The record as the actor sees it. With `verify: 'always'`, the whole record is checked against its
 * schema first, hidden fields included.
 */
export const shown = async (scope: Scope, record: StoredRecord): Promise<Fields> => {
  if (!scope.verify) return present(scope, record)
  const { model, entity } = scope
  const { value, version } = record
  const whole = model.version === undefined ? value : { ...value, [model.version]: version }
  const result = await entity.schema['~standard'].validate(whole)
  if (result.issues === undefined) return present(scope, record)
  const [field] = pathOf(result.issues[0])
  throw new HoldfastError(
    'MISCONFIGURED',
    `A stored record of ${model.name} does not fit its schema at ${field ?? 'its top'}; repair it with store.unrestricted().`,
    { entity: model.name, field },
  )
}

/** `repository.find`. */
export const find = async (scope: Scope, input: unknown): Promise<RawPage> => {
  const prepared = prepare(scope, input)
  const { query } = prepared
  const limit = query.limit ?? DEFAULT_LIMIT
  const start = await startOf(scope, prepared)
  const { records, next } = await collect(scope, prepared, start, { limit, lookAhead: true })
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
    const row = scope.verify ? await shown(scope, record) : present(scope, record)
    items.push(project(row, query.select))
  }
  return cursor === undefined ? { items } : { items, cursor }
}

/**
 * `repository.each`: all matching records, a page at a time.
 * @yields the next record
 */
export async function* each(scope: Scope, input: unknown): AsyncGenerator<Fields, void, undefined> {
  const prepared = prepare(scope, input)
  const { query } = prepared
  let after = await startOf(scope, prepared)
  do {
    const batch = await collect(scope, prepared, after, { limit: query.limit ?? DEFAULT_LIMIT })
    for (const record of batch.records) {
      yield project(await shown(scope, record), query.select)
    }
    after = batch.next
  } while (after !== undefined)
}

/** `repository.count`: exact, policy included. */
export const count = async (scope: Scope, input: unknown): Promise<number> => {
  const prepared = prepare(scope, input, COUNT_OPTIONS)
  const { plan, query } = prepared
  if (holdsNever(plan)) return 0
  let total = 0
  let scanned = 0
  let after: Position | undefined
  do {
    if (isPushed(plan)) {
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
        { limit: MAX_LIMIT },
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
