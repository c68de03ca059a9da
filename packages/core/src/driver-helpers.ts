import type { Key, Position, Scalar } from './driver.ts'
import { HoldfastError, type Outcome } from './error.ts'
import type { EntityModel, IndexModel } from './shape.ts'

const KEY_FIELDS = new WeakMap<EntityModel, readonly string[]>()

/** Names of all key fields, partition first. */
export const keyFields = (entity: EntityModel): readonly string[] => {
  let fields = KEY_FIELDS.get(entity)
  if (fields === undefined)
    KEY_FIELDS.set(entity, (fields = [...entity.key.partition, ...entity.key.sort]))
  return fields
}

/**
 * The fields that order a query inside one partition: the sort fields of the index, then the key
 * fields as tie-break, each once and without the partition fields that are fixed anyway. A scan
 * (`partition` not given) is ordered by all key fields.
 */
export const orderFields = (
  entity: EntityModel,
  index: IndexModel | undefined,
  scan: boolean,
): readonly string[] => {
  if (scan) return keyFields(entity)
  const { partition, sort } = index ?? entity.key
  return [...new Set([...sort, ...keyFields(entity)])].filter((name) => !partition.includes(name))
}

/** The key of a record. */
export const keyOf = (entity: EntityModel, value: Readonly<Record<string, unknown>>): Key =>
  keyFields(entity).map((name) => value[name] as Scalar)

/** The position of a record along `orderFields`. */
export const positionOf = (
  fields: readonly string[],
  value: Readonly<Record<string, unknown>>,
): Position => fields.map((name) => (value[name] ?? null) as Scalar | null)

/**
 * The least string greater than every string that starts with `prefix`, by UTF-8 bytes, or
 * `undefined` when there is none (a prefix of U+10FFFF only).
 */
export const prefixEnd = (prefix: string): string | undefined => {
  const points = Array.from(prefix, (char) => char.codePointAt(0) ?? 0)
  while (points.at(-1) === 0x10ffff) points.pop()
  const last = points.pop()
  if (last === undefined) return undefined
  return String.fromCodePoint(...points, last === 0xd7ff ? 0xe000 : last + 1)
}

/**
 * Stops waiting when `signal` aborts. `outcome` says what is then known of the write in flight;
 * give `'not_applied'` for reads.
 * @throws `CANCELLED`
 */
export const withSignal = <T>(
  signal: AbortSignal | undefined,
  outcome: Outcome,
  run: () => Promise<T>,
): Promise<T> => {
  if (signal === undefined) return run()
  if (signal.aborted) return Promise.reject(cancelled(signal, 'not_applied'))
  return new Promise<T>((resolve, reject) => {
    const abort = (): void => reject(cancelled(signal, outcome))
    signal.addEventListener('abort', abort, { once: true })
    run()
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', abort))
  })
}

/** The error of an aborted call. */
export const cancelled = (signal: AbortSignal, outcome: Outcome): HoldfastError =>
  new HoldfastError('CANCELLED', 'The call was aborted by its signal.', {
    outcome,
    cause: signal.reason,
  })
